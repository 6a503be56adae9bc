/** A new life begins where the old one stood: what was counted in its snapshot row is not lost with it. */
import { expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { all, Lab } from './lab.ts';
import { counter } from './machines.ts';

const AT_ONCE = { backoff: false } as const;

test('a process that ends before the first turn of a new life loses neither place nor emissions', async () => {
  const lab = new Lab();
  const never = new Promise<void>(() => undefined);
  let hangs = false;
  const child = actor('a', counter, {
    restartFrom: 'initial',
    attemptsMax: 3,
    onStart: () => (hangs ? never : undefined),
  });
  const tree = supervisor('app', { ...AT_ONCE, children: [child] });
  const first = await lab.open(tree);
  await first.ref('/a').send({ type: 'add', n: 1 });
  await first.ref('/a').send({ type: 'add', n: 2 });
  hangs = true;
  await first.ref('/a').send({ type: 'fail' });
  await lab.settle();
  await lab.kill();

  hangs = false;
  const second = await lab.open(tree);
  await lab.settle();
  expect(second.health().quarantined).toBe(0);
  const receipt = await second.ref('/a').send({ type: 'add', n: 7 });
  expect(receipt.position).toBe(4);
  await lab.settle();
  const emissions = await all(second.ref('/a').emitted({ from: 1, follow: false }));
  expect(emissions.map(({ event }) => event)).toEqual([
    { type: 'added', total: 1 },
    { type: 'added', total: 3 },
    { type: 'added', total: 7 },
  ]);
  await lab.stop(second);
});
