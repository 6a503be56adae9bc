/** Starts that are overtaken by stops, and requests to pools that are overtaken by the end of the process. */
import { assign, fromPromise, setup } from 'xstate';
import { expect, test } from 'vitest';
import { actor, pool, poolAt, startChild, supervisor } from '../../src/index.ts';
import { codeOf, deferred, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const AT_ONCE = { backoff: false } as const;
const backoff = { minMs: 1_000, maxMs: 1_000, jitter: 'none' } as const;

test('a start that was given up is told so, and does not stand in for the next one', async () => {
  const lab = new Lab();
  const hooks: { signal: AbortSignal; end: ReturnType<typeof deferred<void>> }[] = [];
  let isSlow = false;
  const tree = supervisor('app', {
    ...AT_ONCE,
    strategy: 'one_for_all',
    children: [
      actor('a', counter, { attemptsMax: 1 }),
      supervisor('below', {
        backoff,
        children: [
          actor('b', counter, {
            attemptsMax: 1,
            onStart: ({ signal }) => {
              if (!isSlow) return undefined;
              const end = deferred();
              hooks.push({ signal, end });
              return end.promise;
            },
          }),
        ],
      }),
    ],
  });
  const system = await lab.open(tree);
  isSlow = true;
  await system.ref('/below/b').send({ type: 'fail' });
  await lab.advance(1_000);
  expect(hooks).toHaveLength(1);
  // its supervisor is stopped and started while it starts
  await system.ref('/a').send({ type: 'fail' });
  await lab.settle();
  expect(hooks).toHaveLength(2);
  expect(hooks.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  hooks[0]?.end.resolve();
  await lab.settle();
  hooks[1]?.end.resolve();
  await lab.settle();
  const added = watched(system.ref('/below/b').send({ type: 'add', n: 1 }, { until: 'applied' }));
  await lab.settle();
  expect(added).toMatchObject({ isSettled: true });
  // the supervisor is not stuck: it takes the next crash
  isSlow = false;
  await system.ref('/below/b').send({ type: 'fail' });
  await lab.advance(2_000);
  expect(await codeOf(system.ref('/below/b').send({ type: 'add', n: 1 }))).toBe('resolved');
  await lab.stop(system);
});

test('onStop is called also for an actor that went on after a kill', async () => {
  const lab = new Lab();
  const stopped: string[] = [];
  const child = actor('a', counter, { onStop: ({ reason }) => void stopped.push(reason) });
  const tree = supervisor('app', { ...AT_ONCE, children: [child] });
  await lab.open(tree);
  await lab.kill();
  const second = await lab.open(tree);
  await lab.stop(second);
  expect(stopped).toEqual(['shutdown']);
});

const clerk = setup({ types: { input: {} as string } }).createMachine({ id: 'clerk' });
const boss = setup({
  types: { context: {} as { news: readonly string[] } },
}).createMachine({
  id: 'boss',
  context: { news: [] },
  on: {
    hire: {
      actions: startChild(poolAt<typeof clerk>('/clerks'), ({ event }) => ({
        id: (event as unknown as { id: string }).id,
        input: 'x',
      })),
    },
    'perdure.child.*': {
      actions: assign({
        news: ({ context, event }) => [
          ...context.news,
          `${event.type} ${(event as unknown as { id: string }).id}`,
        ],
      }),
    },
  },
});

function office(slow: () => Promise<void> | undefined) {
  return supervisor('app', {
    ...AT_ONCE,
    children: [actor('boss', boss), pool('clerks', clerk, { ...AT_ONCE, onStart: slow })],
  });
}

test('a machine hears of the child it asked for, also from the process after', async () => {
  const lab = new Lab();
  const never = new Promise<void>(() => undefined);
  let isSlow = true;
  const tree = office(() => (isSlow ? never : undefined));
  const first = await lab.open(tree);
  for (const id of ['1', '2:3']) await first.ref('/boss').send({ type: 'hire', id } as never);
  await lab.settle();
  await lab.kill();
  isSlow = false;
  const second = await lab.open(tree);
  await lab.settle();
  const { news } = (await second.ref('/boss').snapshot()).context;
  expect(news).toEqual(['perdure.child.started 1', 'perdure.child.started 2:3']);
  await lab.stop(second);
});

test('an answer to a request of the last process goes to nobody of this one', async () => {
  const lab = new Lab();
  const hooks: ReturnType<typeof deferred<void>>[] = [];
  const tree = office(() => {
    const hook = deferred();
    hooks.push(hook);
    return hook.promise;
  });
  const first = await lab.open(tree);
  for (const id of ['1', '2']) void first.pool('/clerks').startChild(id, { input: 'x' });
  await lab.settle();
  await lab.kill();
  const opening = lab.open(tree);
  await lab.settle();
  hooks[1]?.resolve(); // '1' is up, and with it the tree; '2' is being started
  const second = await opening;
  const third = watched(second.pool('/clerks').startChild('3', { input: 'x' }));
  const fourth = watched(second.pool('/clerks').startChild('4', { input: 'x' }));
  await lab.settle();
  hooks[2]?.resolve();
  await lab.settle();
  expect([third.isSettled, fourth.isSettled]).toEqual([false, false]);
  hooks[3]?.resolve();
  await lab.settle();
  expect([third.isSettled, fourth.isSettled]).toEqual([true, false]);
  hooks[4]?.resolve();
  await lab.settle();
  expect(fourth).toMatchObject({ isSettled: true, value: { address: '/clerks/4' } });
  await lab.stop(second);
});

test('an actor takes no turn any more while its system stops', async () => {
  const lab = new Lab();
  const held = deferred();
  const slow = deferred();
  const worker = setup({
    actors: { wait: fromPromise(() => held.promise) },
  }).createMachine({
    id: 'worker',
    initial: 'waiting',
    states: {
      waiting: { invoke: { src: 'wait', onDone: 'finished' } },
      finished: { type: 'final' },
    },
  });
  const tree = supervisor('app', {
    ...AT_ONCE,
    children: [
      pool('workers', worker, { ...AT_ONCE, restart: 'transient' }),
      actor('b', counter, { onStop: () => slow.promise }),
    ],
  });
  const first = await lab.open(tree);
  await first.pool('/workers').startChild('1');
  const stopping = first.stop();
  await lab.settle();
  held.resolve();
  await lab.settle();
  slow.resolve();
  await lab.settle();
  await stopping;
  const second = await lab.open(tree);
  await lab.settle();
  // it has ended in this process, and its pool knows
  expect(await codeOf(second.pool('/workers').startChild('1'))).toBe('resolved');
  await lab.stop(second);
});
