import { expect, test } from 'vitest';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { actor, supervisor } from '../../src/index.ts';
import { FailingStore } from '../faults/failing-store.ts';
import { Lab } from './lab.ts';
import { counter } from './machines.ts';

test('onStart of a new incarnation runs only after the decision to restart landed', async () => {
  const started: number[] = [];
  const onStart = ({ incarnation }: { incarnation: number }): void => {
    started.push(incarnation);
  };
  const child = actor('a', counter, { onStart, attemptsMax: 1 });
  const store = new FailingStore(memoryStore());
  const lab = new Lab(store);
  const system = await lab.open(supervisor('app', { backoff: false, children: [child] }));
  const decision = store.hold('landed');
  void system.ref('/a').send({ type: 'fail' });
  await decision.reached;
  await lab.settle();
  expect(started).toEqual([1]);
  decision.go();
  await lab.settle();
  expect(started).toEqual([1, 2]);
  await lab.stop(system);
});
