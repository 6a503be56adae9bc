/** Rows of docs/xstate.md about spawned children, and about transitions as actors. */
import {
  assign,
  enqueueActions,
  forwardTo,
  fromTransition,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { describe, expect, it } from 'vitest';
import { counter } from '../support/counter-machine.ts';
import { expectSame } from '../support/differential.ts';

const go = { type: 'GO' };

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
              actions: sendTo(
                ({ event }) => (event as unknown as { to: string }).to as never,
                go as never,
              ),
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
