/** A reset while a group waits for its restart: the whole group is there again, now and in the next process. */
import { expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { Lab } from './lab.ts';
import { counter } from './machines.ts';

const group = supervisor('app', {
  strategy: 'one_for_all',
  backoff: { minMs: 1_000, maxMs: 1_000, jitter: 'none' },
  attemptsMax: 1,
  children: [
    actor('a', counter),
    actor('b', counter),
    supervisor('s', { children: [actor('c', counter)] }),
  ],
});

test('the siblings of an actor that is reset while they wait for its restart run again, also after a stop', async () => {
  const lab = new Lab();
  const first = await lab.open(group);
  void first.ref('/a').send({ type: 'fail' });
  await lab.advance(100);

  await first.reset('/a');
  await lab.settle();
  const counts = [await first.supervisor('/').countChildren()];
  await lab.stop(first);
  const second = await lab.open(group);
  await lab.settle();
  counts.push(await second.supervisor('/').countChildren());

  const { context } = await second.ref('/s/c').snapshot();
  expect(context.total).toBe(0);
  expect(counts).toMatchObject([{ counts: { active: 3 } }, { counts: { active: 3 } }]);
  await lab.stop(second);
});

test('a group that waits for its restart when the system is stopped runs again in the next process', async () => {
  const lab = new Lab();
  const first = await lab.open(group);
  void first.ref('/b').send({ type: 'fail' });
  await lab.advance(100);
  await lab.stop(first);

  const second = await lab.open(group);
  await lab.advance(2_000);

  expect(await second.supervisor('/').countChildren()).toMatchObject({ counts: { active: 3 } });
  await lab.stop(second);
});
