import { expect, test } from 'vitest';
import { Lab } from './lab.ts';
import { type Run, tree } from './step-worker.ts';

test('what comes of a run that was given up is nothing, also while the next attempt runs', async () => {
  const runs: Run[] = [];
  const lab = new Lab();
  const system = await lab.open(tree(runs));
  const app = system.supervisor('/');
  const stopped = app.terminateChild('worker');
  await lab.advance(1_000);
  await stopped;
  await app.restartChild('worker');
  await lab.settle();
  expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2]);
  const results = async () => (await system.ref('/worker').snapshot()).context.results;
  runs[0]?.resolve('late');
  await lab.settle();
  expect(await results()).toEqual([]);
  runs[1]?.resolve('in time');
  await lab.settle();
  expect(await results()).toEqual(['in time']);
  await lab.stop(system);
});
