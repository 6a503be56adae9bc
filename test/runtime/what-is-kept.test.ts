/** One test for each row of "What is kept when" in docs/guarantees.md. */
import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, exit, pool, presets, step, type StepArgs, supervisor } from '../../src/index.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { codeOf, Lab } from './lab.ts';

const TICK_MS = 10_000;

/** What the step did, seen from outside: it never ends by itself. */
interface Work {
  runs: number;
  aborts: number;
  keys: Set<string>;
  fails: boolean;
}

function holderMachine(work: Work) {
  return setup({
    types: {
      context: {} as { total: number; ticks: number },
      events: {} as
        | { type: 'add'; n: number }
        | { type: 'fail' | 'finish' | 'leave' | 'work' | 'arm' },
    },
    actors: {
      work: step(
        ({ signal, idempotencyKey }: StepArgs<undefined>) =>
          new Promise<void>((_resolve, reject) => {
            work.runs += 1;
            work.keys.add(idempotencyKey);
            signal.addEventListener('abort', () => {
              work.aborts += 1;
              reject(signal.reason as Error);
            });
            if (work.fails) reject(new Error('the step failed'));
          }),
      ),
    },
  }).createMachine({
    id: 'holder',
    context: { total: 0, ticks: 0 },
    initial: 'live',
    states: {
      live: {
        type: 'parallel',
        on: {
          add: { actions: assign({ total: ({ context, event }) => context.total + event.n }) },
          fail: {
            actions: assign(() => {
              throw new Error('failed on purpose');
            }),
          },
          leave: { actions: exit('shutdown') },
          finish: 'done',
        },
        states: {
          step: {
            initial: 'idle',
            states: {
              idle: { on: { work: 'busy' } },
              busy: { invoke: { src: 'work', input: undefined } },
            },
          },
          timer: {
            initial: 'idle',
            states: {
              idle: { on: { arm: 'armed' } },
              armed: {
                after: {
                  [TICK_MS]: {
                    target: 'idle',
                    actions: assign({ ticks: ({ context }) => context.ticks + 1 }),
                  },
                },
              },
            },
          },
        },
      },
      done: { type: 'final' },
    },
  });
}

type Holder = ReturnType<typeof holderMachine>;
type Restart = 'permanent' | 'transient' | 'temporary';

interface Scene {
  readonly lab: Lab;
  readonly work: Work;
  readonly machine: Holder;
  system: System;
  send(event: { type: 'add'; n: number } | { type: 'fail' | 'finish' | 'leave' }): void;
  /** Puts the tree into the next process. */
  reopen(): Promise<void>;
}

type TreeOf = (machine: Holder) => Parameters<Lab['open']>[0];

/** An actor at `/a` with total 2, a timer that is set and a step that runs. */
async function scene(treeOf: TreeOf, address = '/a'): Promise<Scene> {
  const lab = new Lab();
  const work: Work = { runs: 0, aborts: 0, keys: new Set(), fails: false };
  const machine = holderMachine(work);
  const tree = treeOf(machine);
  const made: Scene = {
    lab,
    work,
    machine,
    system: (await lab.open(tree)) as System,
    send(event) {
      made.system
        .ref(address, machine)
        .send(event)
        .catch(() => undefined);
    },
    async reopen() {
      await lab.kill();
      made.system = (await lab.open(tree)) as System;
      await lab.settle();
    },
  };
  if (address.startsWith('/p/')) await made.system.pool('/p', machine).startChild('a');
  const ref = made.system.ref(address, machine);
  await ref.send({ type: 'add', n: 2 });
  await ref.send({ type: 'arm' });
  await ref.send({ type: 'work' }, { until: 'applied' });
  await lab.settle();
  return made;
}

const one =
  (options: { restart?: Restart; attemptsMax?: number; restartFrom?: 'initial' } = {}): TreeOf =>
  (machine) =>
    supervisor('app', { backoff: false, children: [actor('a', machine, options)] });

/** What there is now, and what there is when the timer's time has come. */
async function account({ lab, system, machine, work }: Scene, address = '/a'): Promise<object> {
  await lab.settle();
  const look = (): Promise<{ total?: number; ticks?: number; status: string }> =>
    system
      .ref(address, machine)
      .snapshot()
      .then(
        ({ context, status }) => ({ ...context, status }),
        (error: { code: string }) => ({ status: error.code }),
      );
  const { total, status } = await look();
  const takes = await codeOf(
    Promise.race([
      system.ref(address, machine).send({ type: 'add', n: 100 }),
      lab.advance(1).then(() => undefined),
    ]),
  );
  await lab.advance(TICK_MS);
  const { ticks } = await look();
  const dead: string[] = [];
  for await (const { event, reason } of system.deadLetters.list())
    dead.push(`${event.type} ${reason}`);
  const { runs, aborts, keys } = work;
  return { total, status, takes, ticks, dead, runs, aborts, keys: keys.size };
}

const kept = { total: 3, status: 'active', takes: 'resolved', ticks: 1, dead: [], keys: 1 };

describe('what is kept', () => {
  test('when a turn throws: state, mail, timers; its step runs on; the message is parked', async () => {
    const here = await scene(one({ attemptsMax: 2 }));
    here.send({ type: 'fail' });
    here.send({ type: 'add', n: 1 });
    expect(await account(here)).toEqual({ ...kept, dead: ['fail parked'], runs: 1, aborts: 0 });
  });

  test('when nobody handles the error of a step: the state; it is tried again, and then a dead letter', async () => {
    const here = await scene(one({ attemptsMax: 3 }));
    here.work.fails = true;
    await here.reopen();
    here.send({ type: 'add', n: 1 });
    await here.lab.advance(5_000);
    expect(await account(here)).toEqual({
      ...kept,
      dead: [expect.stringMatching(/effect$/)],
      runs: 4,
      aborts: 0,
    });
  });

  test('when it is killed: all of it; its step is aborted and runs again', async () => {
    const here = await scene(one());
    here.send({ type: 'add', n: 1 });
    void here.system.kill('/a');
    expect(await account(here)).toEqual({ ...kept, runs: 2, aborts: 1 });
  });

  test('when it exits and is restarted: all of it; its step is aborted and runs again', async () => {
    const here = await scene(one());
    here.send({ type: 'leave' });
    here.send({ type: 'add', n: 1 });
    expect(await account(here)).toEqual({ ...kept, runs: 2, aborts: 1 });
  });

  test('when it exits and is not restarted: all of it waits, new mail is refused', async () => {
    const here = await scene(one({ restart: 'transient' }));
    here.send({ type: 'leave' });
    here.send({ type: 'add', n: 1 });
    await here.lab.settle();
    const down = { ...kept, total: 2, takes: 'ACTOR_NOT_RUNNING', ticks: 0, runs: 1, aborts: 1 };
    expect(await account(here)).toEqual(down);
    void here.system.supervisor('/').restartChild('a');
    expect(await account(here)).toEqual({ ...kept, runs: 2, aborts: 1 });
  });

  test('when it is done and not restarted: its state; mail is dead letters, the rest is gone', async () => {
    const here = await scene(one({ restart: 'transient' }));
    here.send({ type: 'finish' });
    here.send({ type: 'add', n: 1 });
    expect(await account(here)).toEqual({
      ...kept,
      total: 2,
      status: 'done',
      takes: 'ACTOR_NOT_RUNNING',
      ticks: 0,
      dead: ['add ended'],
      runs: 1,
      aborts: 1,
    });
  });

  test('when a permanent one is done: its mail, for a fresh life', async () => {
    const here = await scene(one());
    here.send({ type: 'finish' });
    here.send({ type: 'add', n: 1 });
    expect(await account(here)).toEqual({ ...kept, total: 1, ticks: 0, runs: 1, aborts: 1 });
  });

  test('when its group is restarted: all of it; its step runs again', async () => {
    const here = await scene((machine) =>
      supervisor('app', {
        backoff: false,
        strategy: 'one_for_all',
        children: [actor('a', machine), actor('b', machine, { attemptsMax: 1 })],
      }),
    );
    here.send({ type: 'add', n: 1 });
    void here.system.ref('/b', here.machine).send({ type: 'fail' });
    expect(await account(here)).toEqual({ ...kept, dead: ['fail parked'], runs: 2, aborts: 1 });
  });

  for (const [finished, status] of [
    ['keep', 'done'],
    ['rerun', 'active'],
  ] as const) {
    test(`when its group is restarted and it was done, finished: '${finished}': it is ${status}`, async () => {
      const here = await scene((machine) =>
        supervisor('app', {
          backoff: false,
          strategy: 'one_for_all',
          finished,
          children: [actor('a', machine, { restart: 'transient' }), actor('b', machine)],
        }),
      );
      here.send({ type: 'finish' });
      await here.lab.settle();
      await here.system.kill('/b');
      expect(await account(here)).toMatchObject({ status, ticks: 0, runs: 1 });
    });
  }

  test('when it is told to start from the initial state: its mail', async () => {
    const here = await scene(one({ restartFrom: 'initial', attemptsMax: 1 }));
    here.send({ type: 'fail' });
    here.send({ type: 'add', n: 1 });
    expect(await account(here)).toEqual({
      ...kept,
      total: 1,
      ticks: 0,
      dead: ['fail parked'],
      runs: 1,
      aborts: 1,
    });
  });

  test('when it is terminated and restarted by a caller: all of it', async () => {
    const here = await scene(one());
    here.send({ type: 'add', n: 1 });
    void here.system.supervisor('/').terminateChild('a');
    await here.lab.settle();
    void here.system.supervisor('/').restartChild('a');
    expect(await account(here)).toEqual({ ...kept, runs: 2, aborts: 1 });
  });

  test('when it was done and is restarted by a caller: nothing, it begins a fresh life', async () => {
    const here = await scene(one({ restart: 'transient' }));
    here.send({ type: 'finish' });
    await here.lab.settle();
    void here.system.supervisor('/').restartChild('a');
    expect(await account(here)).toMatchObject({ total: 0, status: 'active', ticks: 0, runs: 1 });
  });

  test('when it is deleted: nothing; its mail is dead letters', async () => {
    const here = await scene(one());
    const { system, lab } = here;
    void system.supervisor('/').terminateChild('a');
    here.send({ type: 'add', n: 1 });
    await lab.settle();
    void system.supervisor('/').deleteChild('a');
    expect(await account(here)).toMatchObject({
      status: 'ACTOR_NOT_FOUND',
      takes: 'ACTOR_NOT_FOUND',
      runs: 1,
    });
  });

  test('when an instance of a pool ends and is not restarted: nothing; its mail is dead letters', async () => {
    const here = await scene(
      (machine) => supervisor('app', { children: [pool('p', machine, { restart: 'transient' })] }),
      '/p/a',
    );
    here.send({ type: 'leave' });
    here.send({ type: 'add', n: 1 });
    expect(await account(here, '/p/a')).toMatchObject({
      status: 'ACTOR_NOT_FOUND',
      takes: 'ACTOR_NOT_FOUND',
      dead: ['add ended'],
      runs: 1,
      aborts: 1,
    });
  });

  test('when a temporary child ends: nothing; its mail is dead letters', async () => {
    const here = await scene(one({ restart: 'temporary' }));
    here.send({ type: 'leave' });
    here.send({ type: 'add', n: 1 });
    expect(await account(here)).toMatchObject({ status: 'ACTOR_NOT_FOUND', dead: ['add ended'] });
  });

  test('when its supervisor is restarted: all of it, and its window is empty', async () => {
    const here = await scene(
      (machine) =>
        supervisor('app', {
          backoff: false,
          children: [
            supervisor('s', { intensity: 1, backoff: false, children: [actor('a', machine)] }),
          ],
        }),
      '/s/a',
    );
    const ended: string[] = [];
    here.system.events.on('supervisor.ended', ({ address }) => ended.push(address));
    // the second is one too many for /s: it gives up, and its next life begins with an empty window
    for (let kill = 1; kill <= 3; kill += 1) {
      void here.system.kill('/s/a');
      await here.lab.settle();
    }
    await here.system.ref('/s/a', here.machine).send({ type: 'add', n: 1 });

    expect(await account(here, '/s/a')).toEqual({ ...kept, runs: 4, aborts: 3 });
    expect(ended).toEqual(['/s']);
  });

  test('when the process dies: all of it, also of a temporary one, at the original deadline', async () => {
    const here = await scene(one({ restart: 'temporary' }));
    here.send({ type: 'add', n: 1 });
    await here.lab.settle();
    await here.lab.advance(TICK_MS - 5_000);
    await here.reopen();
    await here.lab.advance(4_999);
    const before = await here.system.ref('/a', here.machine).snapshot();
    await here.lab.advance(1);
    const after = await here.system.ref('/a', here.machine).snapshot();
    expect([before.context.ticks, after.context.ticks]).toEqual([0, 1]);
    expect(await account(here)).toEqual({ ...kept, runs: 2, aborts: 0 });
  });

  test('when it is quarantined: all of it, untouched, until a person starts it again', async () => {
    const here = await scene((machine) =>
      supervisor('app', {
        ...presets.fleet,
        backoff: false,
        intensity: 0,
        attemptsMax: 1,
        children: [actor('a', machine)],
      }),
    );
    here.send({ type: 'fail' });
    here.send({ type: 'add', n: 1 });
    const dead = ['fail parked'];
    expect(await account(here)).toEqual({ ...kept, total: 2, ticks: 0, dead, runs: 1, aborts: 1 });
    void here.system.supervisor('/').restartChild('a');
    await here.lab.settle();
    // the message that was sent to look whether it takes mail is among what waited
    expect(await account(here)).toEqual({ ...kept, total: 103, dead, runs: 2, aborts: 1 });
  });
});
