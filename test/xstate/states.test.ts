/** Rows of docs/xstate.md about states and transitions: the same on a plain actor and on perdure. */
import { and, assign, createMachine, not, or, raise, setup, stateIn } from 'xstate';
import { describe, expect, it } from 'vitest';
import { expectSame } from '../support/differential.ts';

const go = { type: 'GO' };

describe('states and transitions', () => {
  it('guards, and(), or(), not(), stateIn(), with parameters', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          types: { context: {} as { n: number }, events: {} as { type: 'GO'; by?: number } },
          guards: {
            isAbove: ({ context }, params: { least: number }) => context.n > params.least,
            isEven: ({ context }) => context.n % 2 === 0,
            isBig: and(['isEven', { type: 'isAbove', params: { least: 3 } }]),
          },
          actions: { tell: (_, params: { why: string }) => note(params.why) },
        }).createMachine({
          context: { n: 0 },
          type: 'parallel',
          states: {
            count: {
              on: {
                GO: [
                  {
                    guard: 'isBig',
                    actions: [
                      { type: 'tell', params: { why: 'big' } },
                      assign({ n: ({ context }) => context.n + 1 }),
                    ],
                  },
                  {
                    guard: or([not('isEven'), stateIn({ mode: 'second' })]),
                    actions: [
                      { type: 'tell', params: { why: 'odd or second' } },
                      assign({ n: ({ context }) => context.n + 1 }),
                    ],
                  },
                  {
                    guard: ({ event }) => event.by === 1,
                    actions: [
                      { type: 'tell', params: { why: 'by one' } },
                      assign({ n: ({ context }) => context.n + 1 }),
                    ],
                  },
                ],
              },
            },
            mode: {
              initial: 'first',
              states: {
                first: { on: { GO: { guard: stateIn({ mode: 'first' }), target: 'second' } } },
                second: {},
              },
            },
          },
        }),
      [go, { type: 'GO', by: 1 }, go, go, go, go, go],
    );

    expect(run.notes).toContainEqual(['big']);
  });

  it('nested and parallel states, onDone of a state, final states, output', async () => {
    const run = await expectSame(
      (note) =>
        setup({ actions: { tell: ({ event }) => note(event.type) } }).createMachine({
          initial: 'work',
          output: ({ context, event }) => ({ by: event.type, context }),
          states: {
            work: {
              type: 'parallel',
              states: {
                a: {
                  initial: 'one',
                  states: {
                    one: { on: { A: 'two' } },
                    two: { on: { A: 'end' } },
                    end: { type: 'final' },
                  },
                  onDone: { actions: 'tell' },
                },
                b: {
                  initial: 'one',
                  states: {
                    one: { on: { B: { target: 'end' } } },
                    end: { type: 'final', output: { b: true } },
                  },
                  onDone: { actions: 'tell' },
                },
              },
              onDone: { target: 'end', actions: 'tell' },
            },
            end: { type: 'final', entry: 'tell', output: 7 },
          },
        }),
      [{ type: 'A' }, { type: 'B' }, { type: 'A' }],
    );

    expect(run.states.at(-1)).toMatchObject({ status: 'done', value: 'end' });
  });

  it('always, with and without guards, in a chain', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          types: { context: {} as { n: number } },
          actions: { tell: ({ context }) => note(context.n) },
        }).createMachine({
          context: { n: 0 },
          initial: 'idle',
          states: {
            idle: { on: { GO: 'count' } },
            count: {
              entry: 'tell',
              always: [
                { guard: ({ context }) => context.n >= 3, target: 'over' },
                {
                  actions: assign({ n: ({ context }) => context.n + 1 }),
                  target: 'count',
                  reenter: true,
                },
              ],
            },
            over: { on: { AGAIN: { target: 'count', actions: assign({ n: 1 }) } } },
          },
        }),
      [go, { type: 'AGAIN' }],
    );

    expect(run.notes).toEqual([[0], [1], [2], [3], [1], [2], [3]]);
  });

  it('tags and meta', async () => {
    const run = await expectSame(
      () =>
        setup({ types: { tags: {} as 'busy' | 'late' } }).createMachine({
          initial: 'a',
          meta: { top: true },
          states: {
            a: { tags: ['busy'], meta: { note: 'a' }, on: { GO: 'b' } },
            b: { tags: ['busy', 'late'], meta: { note: 'b' } },
          },
        }),
      [go],
    );

    expect(run.states[1]).toMatchObject({
      tags: ['busy', 'late'],
      meta: { '(machine)': { top: true }, '(machine).b': { note: 'b' } },
    });
  });

  it('wildcards, partial wildcards, forbidden events, multiple targets', async () => {
    await expectSame(
      (note) =>
        setup({
          actions: { tell: ({ event }, params: { by: string }) => note(event.type, params.by) },
        }).createMachine({
          type: 'parallel',
          on: {
            '*': { actions: { type: 'tell', params: { by: 'any' } } },
            'mouse.*': { actions: { type: 'tell', params: { by: 'mouse' } } },
            BOTH: ['.a.two', '.b.two'] as never,
          },
          states: {
            a: {
              initial: 'one',
              states: { one: { on: { NEVER: {}, GO: 'two' } }, two: {} },
            },
            b: { initial: 'one', states: { one: {}, two: {} } },
          },
        }),
      [{ type: 'mouse.up' }, { type: 'other' }, { type: 'NEVER' }, { type: 'BOTH' }, go],
    );
  });

  it('internal and re-entering transitions, with entry and exit actions in order', async () => {
    const run = await expectSame(
      (note) =>
        setup({ actions: { tell: (_, params: { at: string }) => note(params.at) } }).createMachine({
          initial: 'p',
          states: {
            p: {
              entry: { type: 'tell', params: { at: 'in p' } },
              exit: { type: 'tell', params: { at: 'out p' } },
              initial: 'c',
              on: {
                INSIDE: { target: '.c', actions: { type: 'tell', params: { at: 'inside' } } },
                OUTSIDE: { target: '.c', reenter: true },
                STAY: { actions: { type: 'tell', params: { at: 'stay' } } },
                OUT: 'q',
              },
              states: {
                c: {
                  entry: { type: 'tell', params: { at: 'in c' } },
                  exit: { type: 'tell', params: { at: 'out c' } },
                },
              },
            },
            q: { type: 'final', entry: { type: 'tell', params: { at: 'in q' } } },
          },
          exit: { type: 'tell', params: { at: 'out of all' } },
        }),
      ['INSIDE', 'OUTSIDE', 'STAY', 'OUT'].map((type) => ({ type })),
    );

    expect(run.notes.flat()).toEqual([
      ...['in p', 'in c', 'out c', 'inside', 'in c', 'out c', 'out p', 'in p', 'in c'],
      ...['stay', 'out c', 'out p', 'in q', 'out of all'],
    ]);
  });

  it('raise, also in a chain, before the next message', async () => {
    const run = await expectSame(
      (note) =>
        setup({ actions: { tell: ({ event }) => note(event.type) } }).createMachine({
          on: {
            GO: { actions: ['tell', raise({ type: 'ONE' }), raise({ type: 'TWO' })] },
            ONE: { actions: ['tell', raise({ type: 'THREE' })] },
            TWO: { actions: 'tell' },
            THREE: { actions: 'tell' },
          },
        }),
      [go],
    );

    expect(run.notes.flat()).toEqual(['GO', 'ONE', 'TWO', 'THREE']);
  });

  it('an event that nothing handles changes nothing', async () => {
    await expectSame(() => setup({}).createMachine({ initial: 'a', states: { a: {} } }), [go, go]);
  });

  it('a machine that is done at once', async () => {
    await expectSame(
      () =>
        setup({}).createMachine({
          initial: 'end',
          states: { end: { type: 'final' } },
          output: { at: 'once' },
        }),
      [],
    );
  });

  it('routes to a state by its id', async () => {
    const run = await expectSame(
      () =>
        createMachine({
          initial: 'a',
          on: { GO: { actions: raise({ type: 'xstate.route', to: '#bee' } as never) } },
          states: { a: {}, b: { id: 'bee', route: {} } },
        } as never),
      [go],
    );

    expect(run.states[1]).toMatchObject({ value: 'b' });
  });
});
