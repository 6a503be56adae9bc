import { expect, test } from 'vitest';
import { pool, supervisor } from '../../src/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { all, Lab } from './lab.ts';
import { counter } from './machines.ts';

/** Keys of the messages that wait in a store. */
async function mailIn(store: Store): Promise<string[]> {
  const opened = await store.open({ storeId: 'reader', lockWaitMs: 0 });
  const found: string[] = [];
  for await (const rows of opened.scan({ gte: 'm!', lt: 'm"' }))
    found.push(...rows.map(([key]) => key));
  await opened.close();
  return found;
}

test('all that waits for an actor that ends becomes dead letters, in order, and leaves no row', async () => {
  const tree = supervisor('app', { children: [pool('pool', counter)] });
  const lab = new Lab();
  const first = await lab.open(tree);
  const instance = await first.pool('/pool').startChild('a');
  await first.pause('/pool/a');
  for (const n of [1, 2, 3]) await instance.send({ type: 'add', n });
  await lab.kill();
  const second = await lab.open(tree);
  await second.ref('/pool/a', counter).send({ type: 'add', n: 4 });
  await second.pool('/pool').terminateChild('a');
  await lab.settle();
  const letters = await all(second.deadLetters.list());
  expect(letters.map(({ position, reason, event }) => [position, reason, event])).toEqual(
    [1, 2, 3, 4].map((n) => [n, 'ended', { type: 'add', n }]),
  );
  await lab.kill();
  expect(await mailIn(lab.store)).toEqual([]);
});
