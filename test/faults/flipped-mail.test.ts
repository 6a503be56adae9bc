/** A message that waits is damaged, and its receiver ends: the others are dead letters all the same. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Envelope } from '../../src/actors/envelope.ts';
import { pool, supervisor } from '../../src/index.ts';
import { createCodec } from '../../src/persistence/codec.ts';
import { keys, uidInKey } from '../../src/persistence/keyspace.ts';
import { packEnvelope } from '../../src/persistence/records.ts';
import { all, codeOf } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { StoreLab } from './store-lab.ts';

let lab: StoreLab;
beforeEach(() => {
  lab = new StoreLab();
});
afterEach(() => lab.dispose());

const codec = createCodec({ writeRef: (ref) => ref, readRef: (data) => data as object });
const tree = supervisor('app', { children: [pool('clerks', counter)] });

/** Messages 1 to 4 wait at /clerks/x, as if the process had been killed before their turns. */
async function waitingAtClerk(): Promise<number> {
  const system = await lab.open(tree);
  await system.pool('/clerks').startChild('x');
  await system.stop();
  const [birth = ''] = await lab.keys('b!');
  const uid = uidInKey(birth);
  await lab.edit(async (rows) => {
    for (const n of [1, 2, 3, 4]) {
      const envelope = new Envelope(n, 0, { kind: 'message', event: { type: 'add', n } as never });
      await rows.put(keys.message(uid, n), Buffer.from(codec.encode(packEnvelope(envelope))));
    }
  });
  return uid;
}

it.each(['flipped', 'gone'])(
  'a message that is %s costs none of the others, and its bytes are kept',
  async (how) => {
    const uid = await waitingAtClerk();
    const key = keys.message(uid, 2);
    if (how === 'flipped') await lab.flip(key);
    else await lab.edit((rows) => rows.del(key));
    const damaged = await lab.value(key);
    const system = await lab.open(tree);
    expect(await codeOf(system.ref('/clerks/x').snapshot())).toBe('resolved');
    await system.pool('/clerks').terminateChild('x');
    const letters = await all(system.deadLetters.list());

    expect(letters.map(({ position, reason }) => [position, reason])).toEqual([
      [1, 'ended'],
      [2, 'unreadable'],
      [3, 'ended'],
      [4, 'ended'],
    ]);
    const [, unreadable] = letters;
    expect(unreadable).toMatchObject({ address: '/clerks/x', error: { code: 'VALUE_CORRUPT' } });
    const { row } = (unreadable?.state ?? {}) as { row?: Uint8Array };
    expect(row === undefined ? undefined : Buffer.from(row).toString('hex')).toBe(damaged);
    expect(await codeOf(system.deadLetters.retry(unreadable?.id ?? 0))).toBe(
      'DEAD_LETTER_NOT_RETRYABLE',
    );
    await system.deadLetters.drop(unreadable?.id ?? 0);
    await system.stop();
    expect(await lab.keys('m!')).toEqual([]);
  },
);
