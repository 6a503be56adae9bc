/** Rows of docs/xstate.md about child actors with state of their own: machines and transitions. */
import {
  assign,
  enqueueActions,
  forwardTo,
  fromTransition,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { describe, expect, it } from 'vitest';
import { expectSame } from '../support/differential.ts';

const go = { type: 'GO' };

/** Counts GO, tells its parent of each, and is done at three. */
const counter = setup({
  types: { context: {} as { n: number; step: number }, input: {} as { step: number } | undefined },
}).createMachine({
  context: ({ input }) => ({ n: 0, step: input?.step ?? 1 }),
  initial: 'counting',
  output: ({ context }) => ({ total: context.n }),
  states: {
    counting: {
      on: {
        GO: {
          actions: [
            assign({ n: ({ context }) => context.n + context.step }),
            sendParent(({ context }) => ({ type: 'COUNTED', n: context.n })),
          ],
        },
        FAIL: { actions: () => undefined, target: 'broken' },
      },
      always: { guard: ({ context }) => context.n >= 3, target: 'end' },
    },
    broken: {
      entry: assign(() => {
        throw new RangeError('broken on purpose');
      }),
    },
    end: { type: 'final' },
  },
});

describe('invoked machines', () => {
  it('get input, take events, tell their parent, and end with onDone and output', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          actors: { counter },
          actions: { tell: ({ event }) => note(event) },
        }).createMachine({
          initial: 'on',
          states: {
            on: {
              invoke: {
                src: 'counter',
                id: 'kid',
                input: ({ context: _ }) => ({ step: 2 }),
                onDone: { target: 'over', actions: 'tell' },
              },
              on: { GO: { actions: sendTo('kid', go) }, COUNTED: { actions: 'tell' } },
            },
            over: { on: { BACK: 'on' } },
          },
        }),
      [go, go, { type: 'BACK' }, go],
    );

    expect(run.notes).toEqual([
      [{ type: 'COUNTED', n: 2 }],
      [{ type: 'COUNTED', n: 4 }],
      [{ type: 'xstate.done.actor.kid', output: { total: 4 }, actorId: 'kid' }],
      [{ type: 'COUNTED', n: 2 }],
    ]);
  });

  it('without an id, inline in the config, several in one state', async () => {
    await expectSame(
      (note) =>
        setup({ actions: { tell: ({ event }) => note(event.type) } }).createMachine({
          initial: 'on',
          states: {
            on: {
              invoke: [
                { src: counter, onDone: { actions: 'tell' } },
                { src: counter, input: { step: 5 }, onDone: { actions: 'tell' } },
              ],
              on: {
                GO: { actions: sendTo('0.(machine).on', go) },
                OTHER: { actions: sendTo('1.(machine).on', go) },
                COUNTED: { actions: 'tell' },
              },
            },
          },
        } as never),
      [go, { type: 'OTHER' }, go, go],
    );
  });

  it('are stopped when the state is left, and begin anew when it is entered again', async () => {
    const run = await expectSame(
      () =>
        setup({ actors: { counter } }).createMachine({
          initial: 'on',
          states: {
            on: {
              invoke: { src: 'counter', id: 'kid' },
              on: {
                GO: { actions: sendTo('kid', go) },
                OFF: 'off',
                AGAIN: { target: 'on', reenter: true },
              },
            },
            off: { on: { ON: 'on' } },
          },
        }),
      [go, { type: 'AGAIN' }, go, go, { type: 'OFF' }, { type: 'ON' }, go],
    );

    expect(run.states.at(-1)).toMatchObject({ children: { kid: { context: { n: 1 } } } });
  });

  it('that throw: onError, with the error', async () => {
    const run = await expectSame(
      (note) =>
        setup({ actors: { counter }, actions: { tell: ({ event }) => note(event) } }).createMachine(
          {
            initial: 'on',
            states: {
              on: {
                invoke: { src: 'counter', id: 'kid', onError: { target: 'off', actions: 'tell' } },
                on: { FAIL: { actions: forwardTo('kid') } },
              },
              off: {},
            },
          },
        ),
      [{ type: 'FAIL' }],
      { acceptLetters: true },
    );

    expect(run.notes).toEqual([
      [
        {
          type: 'xstate.error.actor.kid',
          error: 'RangeError: broken on purpose',
          actorId: 'kid',
        },
      ],
    ]);
  });

  it('that throw while they start', async () => {
    await expectSame(
      (note) =>
        setup({
          actors: {
            bad: setup({}).createMachine({
              context: () => {
                throw new Error('no context');
              },
            }),
          },
          actions: { tell: ({ event }) => note(event) },
        }).createMachine({
          initial: 'off',
          states: {
            off: { on: { GO: 'on' } },
            on: { invoke: { src: 'bad', id: 'kid', onError: { target: 'off', actions: 'tell' } } },
          },
        }),
      [go, go],
    );
  });

  it('onSnapshot', async () => {
    await expectSame(
      (note) =>
        setup({
          actors: { counter },
          actions: {
            tell: ({ event }) => {
              const { snapshot } = event as unknown as {
                snapshot: { status: string; value: string; context: { n: number } };
              };
              note(event.type, snapshot.status, snapshot.value, snapshot.context);
            },
          },
        }).createMachine({
          invoke: { src: 'counter', id: 'kid', onSnapshot: { actions: 'tell' } },
          on: { GO: { actions: sendTo('kid', go) } },
        }),
      [go, go, go],
    );
  });

  it('three levels deep', async () => {
    const middle = setup({ actors: { counter } }).createMachine({
      invoke: { src: 'counter', id: 'leaf', onDone: '.over' },
      initial: 'on',
      states: { on: {}, over: { type: 'final' } },
      output: 'middle is done',
      on: {
        GO: { actions: forwardTo('leaf') },
        COUNTED: { actions: sendParent(({ event }) => event) },
      },
    });
    await expectSame(
      (note) =>
        setup({ actors: { middle }, actions: { tell: ({ event }) => note(event) } }).createMachine({
          invoke: { src: 'middle', id: 'mid', onDone: { actions: 'tell' } },
          on: { GO: { actions: forwardTo('mid') }, COUNTED: { actions: 'tell' } },
        }),
      [go, go, go],
    );
  });

  it('run the actions of their last turn although their parent stops them at once', async () => {
    const last = (note: (what: string) => void) =>
      setup({ actions: { tell: () => note('last words') } }).createMachine({
        initial: 'on',
        states: { on: { on: { GO: 'end' } }, end: { type: 'final', entry: 'tell' } },
      });
    const run = await expectSame(
      (note) =>
        setup({ actors: { last: last(note) } }).createMachine({
          initial: 'on',
          states: {
            on: {
              invoke: { src: 'last', id: 'kid', onDone: 'off' },
              on: { GO: { actions: forwardTo('kid') } },
            },
            off: {},
          },
        }),
      [go],
    );

    expect(run.notes).toEqual([['last words']]);
  });
});

describe('spawned machines', () => {
  it('by spawnChild, with a static and a dynamic id, stopped by stopChild', async () => {
    await expectSame(
      () =>
        setup({ actors: { counter }, types: { context: {} as { made: number } } }).createMachine({
          context: { made: 0 },
          entry: spawnChild('counter', { id: 'first' }),
          on: {
            NEW: {
              actions: [
                assign({ made: ({ context }) => context.made + 1 }),
                spawnChild('counter', { id: ({ context }) => `kid-${context.made}` }),
              ],
            },
            GO: {
              actions: sendTo(({ event }) => (event as unknown as { to: string }).to as never, go),
            },
            STOP: { actions: stopChild(({ event }) => (event as unknown as { to: string }).to) },
          },
        }),
      [
        { type: 'NEW' },
        { type: 'GO', to: 'first' },
        { type: 'NEW' },
        { type: 'GO', to: 'kid-2' },
        { type: 'STOP', to: 'first' },
        { type: 'GO', to: 'kid-1' },
        { type: 'STOP', to: 'kid-2' },
      ],
    );
  });

  it('inside assign and in the context factory, with refs kept in context', async () => {
    const run = await expectSame(
      () =>
        setup({
          actors: { counter },
          types: { context: {} as { boss: any; kids: any[]; byName: Record<string, any> } },
        }).createMachine({
          context: ({ spawn }) => ({
            boss: spawn('counter', { id: 'boss' }),
            kids: [],
            byName: {},
          }),
          on: {
            NEW: {
              actions: assign({
                kids: ({ context, spawn }) => [
                  ...context.kids,
                  spawn('counter', { id: `kid-${context.kids.length}`, input: { step: 2 } }),
                ],
              }),
            },
            NAMED: {
              actions: assign({
                byName: ({ spawn }) => ({ x: { ref: spawn('counter', { id: 'x' }) } }),
              }),
            },
            GO: { actions: [sendTo(({ context }) => context.boss, go)] },
            KID: { actions: sendTo(({ context }) => context.kids[1], go) },
            X: { actions: sendTo(({ context }) => context.byName['x'].ref, go) },
            DROP: { actions: [stopChild(({ context }) => context.boss)] },
          },
        }),
      ['NEW', 'NEW', 'GO', 'KID', 'NAMED', 'X', 'X', 'DROP'].map((type) => ({ type })),
    );

    expect(run.states.at(-1)).toMatchObject({
      context: { boss: 'ref boss', kids: ['ref kid-0', 'ref kid-1'] },
    });
  });

  it('and stopped in the same turn: neither happens', async () => {
    await expectSame(
      () =>
        setup({ actors: { counter } }).createMachine({
          on: {
            GO: {
              actions: enqueueActions(({ enqueue }) => {
                enqueue.spawnChild('counter', { id: 'kid' });
                enqueue.stopChild('kid');
              }),
            },
          },
        }),
      [go],
    );
  });

  it('with syncSnapshot', async () => {
    await expectSame(
      (note) =>
        setup({
          actors: { counter },
          actions: { tell: ({ event }) => note(event.type) },
        }).createMachine({
          entry: spawnChild('counter', { id: 'kid', syncSnapshot: true }),
          on: {
            GO: { actions: sendTo('kid', go) },
            'xstate.snapshot.*': { actions: 'tell' },
          },
        }),
      [go],
    );
  });
});

describe('fromTransition', () => {
  it('keeps its state, emits, and knows its input', async () => {
    const sum = fromTransition(
      (state: { n: number }, event: { type: string; by?: number }, { emit }) => {
        emit({ type: 'summed' });
        return { n: state.n + (event.by ?? 0) };
      },
      ({ input }: { input: { start: number } }) => ({ n: input.start }),
    );
    await expectSame(
      () =>
        setup({ actors: { sum } }).createMachine({
          invoke: { src: 'sum', id: 'sum', input: { start: 10 } },
          on: { GO: { actions: forwardTo('sum') } },
        }),
      [
        { type: 'GO', by: 1 },
        { type: 'GO', by: 2 },
      ],
    );
    const run = await expectSame(
      () => sum as never,
      [
        { type: 'GO', by: 1 },
        { type: 'GO', by: 2 },
      ],
      { input: { start: 5 } },
    );
    expect(run.emitted).toHaveLength(2);
  });
});
