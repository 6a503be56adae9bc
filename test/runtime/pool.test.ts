import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, pool, poolAt, startChild, supervisor, terminateChild } from '../../src/index.ts';
import { codeOf, deferred, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const AT_ONCE = { backoff: false } as const;

const clerk = setup({
  types: {
    input: {} as { name: string },
    context: {} as { name: string; done: number },
    events: {} as { type: 'work' } | { type: 'fail' } | { type: 'finish' },
    output: {} as number,
  },
}).createMachine({
  id: 'clerk',
  context: ({ input }) => ({ name: input.name, done: 0 }),
  initial: 'busy',
  states: {
    busy: {
      on: {
        work: { actions: assign({ done: ({ context }) => context.done + 1 }) },
        fail: {
          actions: assign(() => {
            throw new Error('failed on purpose');
          }),
        },
        finish: 'finished',
      },
    },
    finished: { type: 'final' },
  },
  output: ({ context }) => context.done,
});

/** Starts and ends clerks, and notes what it is told. */
const boss = setup({
  types: {
    context: {} as { news: readonly unknown[] },
    events: {} as
      | { type: 'hire'; id: string }
      | { type: 'fire'; id: string }
      | { type: 'perdure.child.started'; id: string; address: string }
      | { type: 'perdure.child.terminated'; id: string }
      | { type: 'perdure.child.refused'; id: string; code: string },
  },
}).createMachine({
  id: 'boss',
  context: { news: [] },
  on: {
    hire: {
      actions: startChild(poolAt<typeof clerk>('/clerks'), ({ event }) => ({
        id: event.id,
        input: { name: `hired ${event.id}` },
      })),
    },
    fire: { actions: terminateChild(poolAt<typeof clerk>('/clerks'), ({ event }) => event.id) },
    'perdure.child.*': {
      actions: assign({ news: ({ context, event }) => [...context.news, event] }),
    },
  },
});

const tree = supervisor('app', {
  ...AT_ONCE,
  children: [
    actor('boss', boss),
    pool('clerks', clerk, { ...AT_ONCE, restart: 'transient', childrenMax: 3 }),
    pool('counters', counter, AT_ONCE),
  ],
});

describe('a pool', () => {
  test('starts children with an input, by id', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const seven = await system.pool('/clerks').startChild('7', { input: { name: 'Ada' } });
    expect(seven.address).toBe('/clerks/7');
    expect((await seven.snapshot()).context).toEqual({ name: 'Ada', done: 0 });
    expect((await system.ref('/clerks/7').snapshot()).context.name).toBe('Ada');
    await lab.stop(system);
  });

  test('refuses a second child of the same id; ensureChild gives the one that is there', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const clerks = system.pool('/clerks');
    await clerks.ensureChild('7', { input: { name: 'Ada' } });
    expect(await codeOf(clerks.startChild('7', { input: { name: 'Bob' } }))).toBe('CHILD_REFUSED');
    const same = await clerks.ensureChild('7', { input: { name: 'Bob' } });
    expect((await same.snapshot()).context.name).toBe('Ada');
    await lab.stop(system);
  });

  test('called twice at once starts one', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const clerks = system.pool('/clerks');
    const both = ['Ada', 'Bob'].map((name) => clerks.ensureChild('7', { input: { name } }));
    const names = (await Promise.all(both)).map(async (ref) => (await ref.snapshot()).context.name);
    expect(await Promise.all(names)).toEqual(['Ada', 'Ada']);
    await lab.stop(system);
  });

  test('takes messages for a child from the moment of the call', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    void system.pool('/clerks').startChild('7', { input: { name: 'Ada' } });
    await system.ref('/clerks/7').send({ type: 'work' }, { until: 'applied' });
    expect((await system.ref('/clerks/7').snapshot()).context.done).toBe(1);
    await lab.stop(system);
  });

  test('does not start a child that did not land', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    const started = watched(first.pool('/clerks').startChild('7', { input: { name: 'Ada' } }));
    await lab.kill();
    await lab.settle();
    expect(started.isSettled).toBe(false);
    const second = await lab.open(tree);
    expect(await codeOf(second.ref('/clerks/7').snapshot())).toBe('ACTOR_NOT_FOUND');
    await lab.stop(second);
  });

  test('keeps its children over the end of the process, with input and state', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    const clerks = first.pool('/clerks');
    const seven = await clerks.startChild('7', { input: { name: 'Ada' } });
    await clerks.startChild('8', { input: { name: 'Bob' } });
    await seven.send({ type: 'work' });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    expect((await second.ref('/clerks/7').snapshot()).context).toEqual({ name: 'Ada', done: 1 });
    expect((await second.ref('/clerks/8').snapshot()).context).toEqual({ name: 'Bob', done: 0 });
    expect(await codeOf(second.pool('/clerks').startChild('7', { input: { name: 'Bob' } }))).toBe(
      'CHILD_REFUSED',
    );
    await lab.stop(second);
  });

  test('ends a child for good: its id is free, its address is nobody', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    const clerks = first.pool('/clerks');
    const seven = await clerks.startChild('7', { input: { name: 'Ada' } });
    await seven.send({ type: 'work' }, { until: 'applied' });
    await clerks.terminateChild('7');
    expect(await codeOf(seven.send({ type: 'work' }))).toBe('ACTOR_NOT_FOUND');
    expect(await codeOf(clerks.terminateChild('7'))).toBe('ACTOR_NOT_FOUND');
    await lab.kill();
    const second = await lab.open(tree);
    expect(await codeOf(second.ref('/clerks/7').snapshot())).toBe('ACTOR_NOT_FOUND');
    const again = await second.pool('/clerks').startChild('7', { input: { name: 'Bob' } });
    expect((await again.snapshot()).context).toEqual({ name: 'Bob', done: 0 });
    expect(await again.send({ type: 'work' })).toEqual({ position: 1, duplicate: false });
    await lab.stop(second);
  });

  test('restarts a child that crashes, alone', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const seven = await system.pool('/clerks').startChild('7', { input: { name: 'Ada' } });
    await seven.send({ type: 'work' });
    await seven.send({ type: 'fail' });
    await seven.send({ type: 'work' }, { until: 'applied' });
    expect((await seven.snapshot()).context).toEqual({ name: 'Ada', done: 2 });
    await lab.stop(system);
  });

  test('forgets a transient child that is done, a permanent one begins anew', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const seven = await system.pool('/clerks').startChild('7', { input: { name: 'Ada' } });
    const done = watched(seven.done());
    await seven.send({ type: 'finish' });
    const one = await system.pool('/counters').startChild('1');
    await one.send({ type: 'add', n: 4 });
    await one.send({ type: 'finish' });
    await lab.settle();
    expect(done.value).toBe(0);
    expect(await codeOf(seven.send({ type: 'work' }))).toBe('ACTOR_NOT_FOUND');
    expect((await one.snapshot()).context.total).toBe(0);
    await lab.stop(system);
  });

  test('forgets the keys of an instance with the instance; an actor that stays and starts it keeps them', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const order = { input: { name: 'order 7' } };
    const once = { key: 'delivery-1' };
    const first = await system.pool('/clerks').ensureChild('7', order);
    await first.send({ type: 'finish' }, { ...once, until: 'applied' });
    expect(await codeOf(first.send({ type: 'finish' }, once))).toBe('ACTOR_NOT_FOUND');
    const anew = await system.pool('/clerks').ensureChild('7', order);
    expect((await anew.send({ type: 'finish' }, once)).duplicate).toBe(false);
    await lab.settle();

    await system.ref('/boss').send({ type: 'hire', id: '8' }, once);
    await lab.settle();
    await system.ref('/clerks/8').send({ type: 'finish' }, { until: 'applied' });
    expect((await system.ref('/boss').send({ type: 'hire', id: '8' }, once)).duplicate).toBe(true);
    await lab.settle();
    expect(await codeOf(system.ref('/clerks/8').snapshot())).toBe('ACTOR_NOT_FOUND');
    await lab.stop(system);
  });

  test('has a bound, for callers and for machines', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const clerks = system.pool('/clerks');
    for (const id of ['1', '2', '3']) await clerks.startChild(id, { input: { name: id } });
    expect(await codeOf(clerks.startChild('4', { input: { name: '4' } }))).toBe('POOL_FULL');
    expect(await codeOf(clerks.ensureChild('3', { input: { name: '3' } }))).toBe('resolved');
    await system.ref('/boss').send({ type: 'hire', id: '4' });
    await lab.settle();
    expect((await system.ref('/boss').snapshot()).context.news).toMatchObject([
      { type: 'perdure.child.refused', id: '4', code: 'pool_full' },
    ]);
    await lab.stop(system);
  });

  test('refuses ids and inputs that cannot be stored', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const clerks = system.pool('/clerks');
    expect(await codeOf(clerks.startChild('', { input: { name: 'x' } }))).toBe('ADDRESS_INVALID');
    expect(await codeOf(clerks.startChild('a/b', { input: { name: 'x' } }))).toBe('resolved');
    const input = { name: 'x', fn: () => 1 };
    expect(await codeOf(clerks.startChild('7', { input }))).toBe('VALUE_NOT_STORABLE');
    await lab.stop(system);
  });

  test('keeps the input of the first call while it is busy', async () => {
    const lab = new Lab();
    const gate = deferred();
    const busy = supervisor('app', {
      children: [pool('clerks', clerk, { restart: 'transient', onStop: () => gate.promise })],
    });
    const system = await lab.open(busy);
    const clerks = system.pool('/clerks');
    await clerks.startChild('1', { input: { name: 'one' } });
    const ended = clerks.terminateChild('1');
    const both = ['Ada', 'Bob'].map((name) => clerks.startChild('7', { input: { name } }));
    const outcomes = both.map((started) => codeOf(started));
    await lab.settle();
    gate.resolve();
    await ended;
    expect(await Promise.all(outcomes)).toEqual(['resolved', 'CHILD_REFUSED']);
    expect((await system.ref('/clerks/7').snapshot()).context.name).toBe('Ada');
    await lab.stop(system);
  });
});

describe('a machine', () => {
  test('starts and ends children of a pool in the commit of its turn, and is told', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/boss').send({ type: 'hire', id: '7' });
    await first.ref('/boss').send({ type: 'hire', id: '7' });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    expect((await second.ref('/clerks/7').snapshot()).context.name).toBe('hired 7');
    await second.ref('/boss').send({ type: 'fire', id: '7' });
    await second.ref('/boss').send({ type: 'fire', id: '7' });
    await second.ref('/boss').send({ type: 'hire', id: '' });
    await second.ref('/boss').send({ type: 'hire', id: 7 as never });
    await lab.settle();
    expect((await second.ref('/boss').snapshot()).context.news).toMatchObject([
      { type: 'perdure.child.started', id: '7', address: '/clerks/7' },
      { type: 'perdure.child.refused', id: '7', code: 'already_started' },
      { type: 'perdure.child.terminated', id: '7' },
      { type: 'perdure.child.refused', id: '7', code: 'not_found' },
      { type: 'perdure.child.refused', id: '', code: 'invalid_id' },
      { type: 'perdure.child.refused', id: 7, code: 'invalid_id' },
    ]);
    expect(await codeOf(second.ref('/clerks/7').snapshot())).toBe('ACTOR_NOT_FOUND');
    await lab.stop(second);
  });
});
