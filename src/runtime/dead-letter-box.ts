/** The dead letters as callers outside see them. */
import { deadLetterOptionsSchema } from '../base/dead-letter-options.ts';
import { PerdureError } from '../base/errors.ts';
import { readOptions } from '../base/option-reading.ts';
import type { DeadLetter } from '../persistence/records.ts';
import type { BuiltWorld } from './boot.ts';
import { takesMail } from './delivery.ts';
import { inWorld } from './in-world.ts';
import type { SystemHost } from './system.ts';
import type { DeadLetterBox } from './system-types.ts';

export function deadLetterBox(host: SystemHost): DeadLetterBox {
  return {
    async *list(given = {}) {
      const options = readOptions('deadLetters.list', deadLetterOptionsSchema, given);
      const { address, from = 1, limit = Number.POSITIVE_INFINITY } = options;
      if (limit === 0) return;
      const letters = await inWorld(host, ({ deadLetters }) => deadLetters.list(from));
      let count = 0;
      for await (const letter of letters) {
        if (address !== undefined && letter.address !== address) continue;
        yield letter;
        count += 1;
        if (count >= limit) return;
      }
    },
    get: (id) => inWorld(host, (world) => world.deadLetters.get(id)),
    drop: (id) =>
      inWorld(host, (world) => {
        found(world, id);
        world.deadLetters.drop(id);
        return world.committer.flush();
      }),
    retry: (id) =>
      inWorld(host, (world) => {
        const { address, event, sender, key, reason } = found(world, id);
        if (reason === 'effect' || reason === 'action' || reason === 'unreadable')
          throw new PerdureError('DEAD_LETTER_NOT_RETRYABLE', { id, reason });
        const cell = world.cells.byAddress(address);
        if (cell === undefined) throw new PerdureError('ACTOR_NOT_FOUND', { address });
        if (!takesMail(world, cell))
          throw new PerdureError('ACTOR_NOT_RUNNING', { address, status: cell.status });
        const content = { kind: 'message', event, sender, key } as const;
        const { position } = world.delivery.enqueue(cell, content);
        if (key !== undefined) world.delivery.remember(cell, key, { position, parked: false });
        world.deadLetters.drop(id);
        return world.committer.flush();
      }),
  };
}

function found(world: BuiltWorld, id: number): DeadLetter {
  const letter = world.deadLetters.get(id);
  if (letter === undefined) throw new PerdureError('DEAD_LETTER_NOT_FOUND', { id });
  return letter;
}
