import { expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { codeOf, deferred, Lab } from './lab.ts';
import { counter } from './machines.ts';

test('a request that waited and was served is not served again by the next process', async () => {
  const released = deferred();
  const slow = actor('slow', counter, { onStop: () => released.promise, shutdownMs: 60_000 });
  const tree = supervisor('app', { children: [actor('a', counter), slow] });
  const lab = new Lab();
  const first = await lab.open(tree);
  const app = first.supervisor('/');
  const busy = app.terminateChild('slow');
  const waiting = app.terminateChild('a');
  await lab.settle();
  released.resolve();
  await Promise.all([busy, waiting]);
  await app.restartChild('a');
  await lab.kill();
  const second = await lab.open(tree);
  await lab.settle();
  expect(await codeOf(second.ref('/a').send({ type: 'add', n: 1 }))).toBe('resolved');
  await lab.stop(second);
});
