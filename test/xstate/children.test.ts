/** Rows of docs/xstate.md about child actors with state of their own: machines and transitions. */
import { forwardTo, sendParent, sendTo, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { counter } from '../support/counter-machine.ts';
import { expectSame } from '../support/differential.ts';

const go = { type: 'GO' };

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
                input: { step: 2 },
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
