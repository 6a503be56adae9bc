/** What a hostile review of the supervisors of a running tree found, each as the failure that it was. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type ActorRefFrom, assign, sendTo, setup, stopChild } from 'xstate';
import { describe, expect, test } from 'vitest';
import {
  actor,
  at,
  exit,
  link,
  pool,
  poolAt,
  startChild,
  supervisor,
  template,
  terminateChild,
} from '../../src/index.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import { codeOf, deferred, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const typesAt = (events: readonly SystemEvent[], address: string): string[] =>
  events.flatMap((event) => ('address' in event && event.address === address ? [event.type] : []));

async function rowsOf(lab: Lab): Promise<string[]> {
  const store = await lab.store.open({ storeId: 'reader', lockWaitMs: 0 });
  const found: string[] = [];
  for await (const rows of store.scan({ gte: '', lt: '~' }))
    found.push(...rows.map(([key]) => key).filter((key) => !key.startsWith('k!')));
  await store.close();
  return found;
}

describe('a supervisor whose process died', () => {
  test('lets no actor take a turn before it is up again itself', async () => {
    const lab = new Lab();
    const order: string[] = [];
    let gate: Promise<void> = Promise.resolve();
    const noted = setup({
      types: { context: {} as { n: number }, events: {} as { type: 'add'; n: number } },
    }).createMachine({
      id: 'noted',
      context: { n: 0 },
      on: {
        add: {
          actions: assign(({ context }) => {
            order.push('turn');
            return { n: context.n + 1 };
          }),
        },
      },
    });
    const caller = setup({}).createMachine({
      id: 'caller',
      initial: 'waiting',
      states: {
        waiting: { after: { 5_000: 'calling' } },
        calling: { entry: sendTo(at<typeof noted>('/desk/noted'), { type: 'add', n: 1 }) },
      },
    });
    const onStart = (): void => {
      order.push('onStart');
    };
    const tree = supervisor('app', {
      children: [
        actor('caller', caller),
        actor('slow', counter, { onStart: () => gate }),
        supervisor('desk', { children: [actor('noted', noted, { onStart })] }),
      ],
    });
    await lab.open(tree);
    await lab.settle();
    await lab.kill();
    await lab.advance(6_000);
    order.length = 0;
    const slow = deferred();
    gate = slow.promise;

    const opening = lab.open(tree);
    await lab.advance(100);
    order.push('slow is up');
    slow.resolve();
    const second = await opening;
    await lab.settle();

    expect(order).toEqual(['slow is up', 'onStart', 'turn']);
    await lab.stop(second);
  });

  test('and that is not started again does not run: nor do its actors, whatever is due', async () => {
    const lab = new Lab();
    let fails = false;
    let turns = 0;
    const ticking = setup({
      types: { context: {} as { n: number } },
    }).createMachine({
      id: 'ticking',
      context: { n: 0 },
      initial: 'on',
      states: {
        on: {
          entry: assign(({ context }) => {
            turns += 1;
            return { n: context.n + 1 };
          }),
          after: { 5_000: { target: 'on', reenter: true } },
        },
      },
    });
    const onStart = (): void => {
      if (fails) throw new Error('failed on purpose');
    };
    const tree = supervisor('app', {
      strategy: 'rest_for_one',
      backoff: { minMs: 20_000, maxMs: 20_000, jitter: 'none' },
      intensity: 100,
      children: [
        actor('first', counter, { onStart }),
        supervisor('desk', { children: [actor('ticking', ticking)] }),
      ],
    });
    await lab.open(tree);
    await lab.settle();
    await lab.kill();
    await lab.advance(6_000);
    turns = 0;
    fails = true;

    const second = await lab.open(tree);
    await lab.advance(100);

    expect(turns).toBe(0);
    expect(await second.supervisor('/desk').whichChildren()).toEqual({
      ok: false,
      error: 'noproc',
    });
    expect(await codeOf(second.kill('/desk'))).toBe('ACTOR_NOT_RUNNING');
    await lab.stop(second);
  });

  test('while one above it was being terminated takes no new children, and comes back with it', async () => {
    const lab = new Lab();
    const never = deferred();
    const tree = supervisor('app', {
      children: [
        supervisor('house', {
          children: [
            supervisor('desk', {
              children: [actor('clerk', counter)],
              templates: [template('added', counter)],
            }),
            actor('late', counter, { shutdownMs: 'infinity', onStop: () => never.promise }),
          ],
        }),
      ],
    });
    const first = await lab.open(tree);
    void first.supervisor('/').terminateChild('house');
    await lab.settle();
    await lab.kill();

    const second = await lab.open(tree);
    const desk = second.supervisor('/house/desk');

    expect(await desk.startChild('x')).toEqual({ ok: false, error: 'noproc' });
    expect(await codeOf(second.kill('/house'))).toBe('ACTOR_NOT_RUNNING');
    expect(await codeOf(second.kill('/house/desk/clerk'))).toBe('ACTOR_NOT_RUNNING');
    await second.supervisor('/').restartChild('house');
    expect(await desk.whichChildren()).toMatchObject({
      children: [{ id: 'clerk', state: 'running' }],
    });
    await lab.stop(second);
  });
});

describe('a supervisor that is gone for good', () => {
  test('takes along what is below it, also if the code had no template for it any more', async () => {
    const lab = new Lab();
    const team = supervisor('team', { children: [actor('clerk', counter)] });
    const desk = { childrenOnRestart: 'forget', children: [] } as const;
    const tree = supervisor('app', {
      children: [supervisor('desk', { ...desk, templates: [team] })],
    });
    const bare = supervisor('app', { children: [supervisor('desk', desk)] });
    const first = await lab.open(tree);
    await first.supervisor('/desk').startChild('t1');
    await first.ref('/desk/t1/clerk', counter).send({ type: 'add', n: 5 }, { until: 'applied' });
    await lab.kill();
    const second = await lab.open(bare);
    expect(second.health().orphans).toEqual(['/desk/t1']);
    await second.kill('/desk');
    await lab.advance(60_000);
    await lab.stop(second);
    const rows = await rowsOf(lab);

    const third = await lab.open(tree);
    await third.supervisor('/desk').startChild('t1');

    expect(rows.filter((key) => key.includes('t1'))).toEqual([]);
    expect((await third.ref('/desk/t1/clerk', counter).snapshot()).context.total).toBe(0);
    await lab.stop(third);
  });

  test('in quarantine makes nobody wait for what is below it', async () => {
    const lab = new Lab();
    const tree = supervisor('app', {
      onExceeded: 'quarantine',
      intensity: 0,
      children: [
        supervisor('desk', {
          intensity: 0,
          attemptsMax: 1,
          children: [actor('a', counter), actor('b', counter)],
        }),
      ],
    });
    const system = await lab.open(tree);
    const waits = codeOf(system.ref('/desk/b', counter).waitFor(({ status }) => status === 'done'));
    void system.ref('/desk/a', counter).send({ type: 'fail' });
    await lab.advance(1_000);

    expect(await waits).toBe('WAIT_ENDED');
    await lab.stop(system);
  });
});

describe('a call for the end of something', () => {
  test('that rests below a terminated supervisor is refused, and its next stop is one in order', async () => {
    const lab = new Lab();
    let stops = 0;
    const onStop = (): void => {
      stops += 1;
    };
    const tree = supervisor('app', {
      children: [supervisor('desk', { children: [actor('clerk', counter, { onStop })] })],
    });
    const system = await lab.open(tree);
    const root = system.supervisor('/');
    await root.terminateChild('desk');

    expect(await codeOf(system.kill('/desk/clerk'))).toBe('ACTOR_NOT_RUNNING');
    await root.restartChild('desk');
    await root.terminateChild('desk');
    expect(stops).toBe(2);
    await lab.stop(system);
  });

  test('takes first turns that come of it outside of the async context of the caller', async () => {
    const lab = new Lab();
    const callers = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const machine = setup({ types: { context: {} as { n: number } } }).createMachine({
      id: 'machine',
      context: () => {
        seen.push(callers.getStore());
        return { n: 1 };
      },
    });
    const tree = supervisor('app', {
      backoff: false,
      children: [actor('m', machine, { restartFrom: 'initial' })],
    });
    const system = await lab.open(tree);
    callers.run('caller', () => void system.kill('/m'));
    await lab.settle();

    expect(seen).toEqual([undefined, undefined]);
    await lab.stop(system);
  });

  test('of the system waits for the hook of an actor that crashed just before', async () => {
    const lab = new Lab();
    const log: string[] = [];
    const onStop = async (): Promise<void> => {
      await new Promise<void>((resolve) => {
        lab.clock.after(50, resolve);
      });
      log.push('hook is over');
    };
    const tree = supervisor('app', { children: [actor('c', counter, { attemptsMax: 1, onStop })] });
    const system = await lab.open(tree);
    void system.ref('/c', counter).send({ type: 'fail' });
    await lab.settle();
    const stopped = system.stop().then(() => log.push('stopped'));
    await lab.advance(1_000);
    await stopped;

    expect(log).toEqual(['hook is over', 'stopped']);
  });

  test('of a supervisor, whose limit is not that of an end before it', async () => {
    const lab = new Lab();
    const onStop = (): Promise<void> =>
      new Promise((resolve) => {
        lab.clock.after(10, resolve);
      });
    const clerk = actor('clerk', counter, { restart: 'transient', onStop });
    const tree = supervisor('app', {
      children: [supervisor('desk', { shutdownMs: 50, children: [clerk] })],
    });
    const system = await lab.open(tree);
    const events = eventsOf(system);
    const root = system.supervisor('/');
    const inTime = async (call: Promise<unknown>): Promise<void> => {
      await lab.advance(1_000);
      await call;
    };
    await inTime(system.supervisor('/desk').terminateChild('clerk'));
    // the first of these ends takes no time, the second one does
    const calls = [root.terminateChild('desk'), root.restartChild('desk')];
    calls.push(root.terminateChild('desk'), root.restartChild('desk'));
    await lab.advance(1_000);
    await Promise.all(calls);

    const ends = events.flatMap((event) =>
      event.type === 'supervisor.ended' ? [event.reason] : [],
    );
    expect(ends).toEqual(['shutdown', 'shutdown']);
    await lab.stop(system);
  });
});

describe('what a turn asks for', () => {
  const leaver = setup({ types: { events: {} as { type: 'go' | 'end' } } }).createMachine({
    id: 'leaver',
    initial: 'on',
    states: {
      on: {
        on: {
          go: { actions: [link(at('/nobody')), sendTo(at('/c'), { type: 'add', n: 1 })] },
          end: { target: 'off', actions: link(at('/nobody')) },
        },
      },
      off: { type: 'final' },
    },
  });

  test('and ends its own actor is carried out to the end, and the actor ends once', async () => {
    const lab = new Lab();
    const tree = supervisor('app', {
      backoff: false,
      intensity: 100,
      children: [actor('c', counter), actor('leaver', leaver, { restartFrom: 'initial' })],
    });
    const system = await lab.open(tree);
    const events = eventsOf(system);
    void system.ref('/leaver', leaver).send({ type: 'go' });
    await lab.settle();
    void system.ref('/leaver', leaver).send({ type: 'end' });
    await lab.settle();

    const once = ['actor.exited', 'actor.started'];
    expect(typesAt(events, '/leaver').filter((type) => once.includes(type))).toEqual([
      ...once,
      ...once,
    ]);
    expect((await system.ref('/c', counter).snapshot()).context.total).toBe(1);
    await lab.stop(system);
  });

  test('may be the end of its own actor by its pool, in its last turn', async () => {
    const lab = new Lab();
    const guest = setup({ types: { events: {} as { type: 'go' } } }).createMachine({
      id: 'guest',
      initial: 'on',
      states: {
        on: { on: { go: { target: 'off', actions: terminateChild(poolAt('/guests'), 'x') } } },
        off: { type: 'final' },
      },
    });
    const tree = supervisor('app', { children: [pool('guests', guest)] });
    const system = await lab.open(tree);
    const closed = watched(system.closed);
    await system.pool('/guests').startChild('x');
    await system.ref('/guests/x', guest).send({ type: 'go' });
    await lab.advance(1_000);

    expect(closed.value).toBeUndefined();
    expect(await system.supervisor('/guests').whichChildren()).toEqual({ ok: true, children: [] });
    await lab.stop(system);
    expect((await rowsOf(lab)).filter((key) => /^[bsi]!/.test(key))).toEqual([]);
  });

  test('may stop a child that its actor is linked to, in its last turn: it ends once', async () => {
    const lab = new Lab();
    const parent = setup({
      types: {
        context: {} as { kid: ActorRefFrom<typeof counter> },
        events: {} as { type: 'link' | 'stop' },
      },
      actors: { kid: counter },
    }).createMachine({
      id: 'parent',
      context: ({ spawn }) => ({ kid: spawn('kid', { id: 'kid' }) }),
      initial: 'on',
      states: {
        on: {
          on: {
            link: { actions: link(({ context }) => context.kid) },
            stop: { target: 'off', actions: stopChild(({ context }) => context.kid) },
          },
        },
        off: { type: 'final' },
      },
    });
    const tree = supervisor('app', { backoff: false, children: [actor('parent', parent)] });
    const system = await lab.open(tree);
    const events = eventsOf(system);
    await system.ref('/parent', parent).send({ type: 'link' });
    await system.ref('/parent', parent).send({ type: 'stop' });
    await lab.settle();

    expect(events.map(({ type }) => type)).toEqual([
      'actor.exited',
      'supervisor.decided',
      'actor.started',
    ]);
    await lab.stop(system);
  });

  test('in the first turn of an actor may start another one; both ends come after their starts', async () => {
    const lab = new Lab();
    const host = setup({}).createMachine({
      id: 'host',
      entry: [startChild(poolAt<typeof counter>('/guests'), () => ({ id: 'g' })), exit('shutdown')],
    });
    const tree = supervisor('app', {
      children: [pool('guests', counter), pool('hosts', host, { restart: 'temporary' })],
    });
    const system = await lab.open(tree);
    const events = eventsOf(system);

    expect(await codeOf(system.pool('/hosts').startChild('h'))).toBe('resolved');
    await lab.settle();
    expect(typesAt(events, '/hosts/h').slice(0, 2)).toEqual(['actor.started', 'actor.exited']);
    await lab.stop(system);
    expect((await rowsOf(lab)).filter((key) => key.startsWith('b!'))).toHaveLength(1);
  });

  test('may be the end of a chain of links, however long it is', async () => {
    const lab = new Lab();
    const linked = setup({
      types: {
        input: {} as { to: string },
        context: {} as { to: string },
        events: {} as { type: 'go' },
      },
    }).createMachine({
      id: 'linked',
      context: ({ input }) => ({ to: input.to }),
      entry: link(({ context }) => at(context.to)),
      on: { go: { actions: exit('shutdown') } },
    });
    const tree = supervisor('app', {
      children: [actor('c', counter), pool('p', linked, { restart: 'temporary' })],
    });
    const system = await lab.open(tree);
    const closed = watched(system.closed);
    for (let i = 0; i < 3_000; i += 1) {
      const to = i === 0 ? '/c' : `/p/i${i - 1}`;
      void system.pool('/p').startChild(`i${i}`, { input: { to } });
    }
    await lab.settle();
    void system.ref('/p/i0', linked).send({ type: 'go' });
    await lab.settle();

    expect(closed.value).toBeUndefined();
    expect(await system.supervisor('/p').whichChildren()).toEqual({ ok: true, children: [] });
    await lab.stop(system);
  });
});
