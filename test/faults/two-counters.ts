/** A store with two counters and a worker in it, for damage. */
import { Envelope } from '../../src/actors/envelope.ts';
import { actor, supervisor } from '../../src/index.ts';
import { createCodec } from '../../src/persistence/codec.ts';
import { keys } from '../../src/persistence/keyspace.ts';
import { packEnvelope } from '../../src/persistence/records.ts';
import { counter } from '../runtime/machines.ts';
import type { StoreLab } from './store-lab.ts';
import { Outside, workerOn } from './worker.ts';

const codec = createCodec({ writeRef: (ref) => ref, readRef: (data) => data as object });

export const tree = supervisor('app', {
  children: [
    actor('a', counter, { mailboxMax: 4 }),
    actor('b', counter),
    actor('worker', workerOn(new Outside())),
  ],
});
/** Their uids: the root has the first. */
export const A = 2;
export const B = 3;

/** Both have handled 1 and 2. */
export async function filled(lab: StoreLab): Promise<void> {
  const system = await lab.open(tree);
  for (const n of [1, 2]) {
    await system.ref('/a').send({ type: 'add', n });
    await system.ref('/b').send({ type: 'add', n });
  }
  await system.stop();
}

/** Three messages wait at a, as if the process had been killed before their turns. */
export async function waiting(lab: StoreLab): Promise<void> {
  await filled(lab);
  await lab.edit(async (rows) => {
    for (const n of [3, 4, 5]) {
      const envelope = new Envelope(n, 0, { kind: 'message', event: { type: 'add', n } as never });
      await rows.put(keys.message(A, n), Buffer.from(codec.encode(packEnvelope(envelope))));
    }
  });
}
