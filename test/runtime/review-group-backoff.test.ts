import { expect, test } from 'vitest';
import { actor, supervisor, template } from '../../src/index.ts';
import { codeOf, deferred, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const group = supervisor('app', {
  strategy: 'one_for_all',
  backoff: { minMs: 1_000, maxMs: 1_000, jitter: 'none' },
  intensity: 100,
  attemptsMax: 1,
  children: [
    actor('a', counter),
    actor('b', counter),
    supervisor('s', { children: [actor('c', counter)] }),
  ],
});

test('siblings that wait with the one that is restarted take mail', async () => {
  const lab = new Lab();
  const system = await lab.open(group);
  void system.ref('/a').send({ type: 'fail' });
  await lab.advance(100);
  const sends = (['/a', '/b', '/s/c'] as const).map((to) =>
    codeOf(system.ref(to).send({ type: 'add', n: 1 })),
  );
  expect(await Promise.all(sends)).toEqual(['resolved', 'resolved', 'resolved']);
  await lab.advance(2_000);
  const { context } = await system.ref('/s/c').snapshot();
  expect(context.total).toBe(1);
  await lab.stop(system);
});

test('and are started at once when that restart is withdrawn', async () => {
  const lab = new Lab();
  const system = await lab.open(group);
  void system.ref('/a').send({ type: 'fail' });
  await lab.advance(100);
  await system.supervisor('/').terminateChild('a');
  const sends = (['/a', '/b', '/s/c'] as const).map((to) =>
    codeOf(system.ref(to).send({ type: 'add', n: 1 })),
  );
  const refused = 'ACTOR_NOT_RUNNING';
  expect(await Promise.all(sends)).toEqual([refused, 'resolved', 'resolved']);
  await lab.stop(system);
});

test('also after the death of the process they come back with it, not before', async () => {
  const lab = new Lab();
  const first = await lab.open(group);
  void first.ref('/a').send({ type: 'fail' });
  await lab.advance(100);
  await lab.kill();
  const second = await lab.open(group);
  await lab.settle();
  const shown = async (): Promise<string[]> => {
    const answer = await second.supervisor('/').whichChildren();
    return answer.ok ? answer.children.map(({ id, state }) => `${id} ${state}`) : [];
  };
  const before = await shown();
  const sent = codeOf(second.ref('/s/c').send({ type: 'add', n: 1 }));
  await lab.advance(1_000);
  expect([before, await sent, await shown()]).toEqual([
    ['s undefined', 'b undefined', 'a restarting'],
    'resolved',
    ['s running', 'b running', 'a running'],
  ]);
  await lab.stop(second);
});

test('a startChild whose request landed is not said to be not accepted when a later write fails', async () => {
  const lab = new Lab();
  const gate = deferred();
  const slow = template('t', counter, { onStart: () => gate.promise });
  const system = await lab.open(
    supervisor('app', {
      children: [actor('other', counter), supervisor('s', { children: [], templates: [slow] })],
    }),
  );
  const asked = watched(system.supervisor('/s').startChild('x'));
  await lab.settle();
  lab.failNextWrite();
  void system.ref('/other').send({ type: 'add', n: 1 });
  await lab.advance(10_000);
  gate.resolve();
  await lab.advance(10_000);
  expect(await system.supervisor('/s').whichChildren()).toMatchObject({
    children: [{ id: 'x', state: 'running' }],
  });
  expect(asked.error).toMatchObject({ code: 'STORE_WRITE_FAILED', facts: { outcome: 'unknown' } });
  await lab.stop(system);
});
