import { expect, test } from 'vitest';
import { pool, supervisor } from '../../src/index.ts';
import { Lab } from './lab.ts';
import { counter } from './machines.ts';

test('health counts those that an earlier process has set aside, before anybody names them', async () => {
  const tree = supervisor('app', {
    children: [pool('clerks', counter, { attemptsMax: 1, intensity: 0, onExceeded: 'quarantine' })],
  });
  const lab = new Lab();
  const first = await lab.open(tree);
  for (const id of ['x', 'y']) await first.pool('/clerks').startChild(id);
  await first.ref('/clerks/x').send({ type: 'crash' });
  await lab.settle();
  expect(first.health()).toMatchObject({ quarantined: 1, status: 'degraded' });
  await lab.kill();

  const second = await lab.open(tree);
  expect(second.health()).toMatchObject({ quarantined: 1, status: 'degraded', ready: true });
  await second.reset('/clerks/x');
  await lab.settle();
  expect(second.health()).toMatchObject({ quarantined: 0, status: 'running' });
  await lab.stop(second);
});
