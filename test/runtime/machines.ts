/** Machines that many tests use. */
import { assign, emit, setup } from 'xstate';
import { type Ask, exit, reply } from '../../src/index.ts';

export type CounterEvent =
  | { type: 'add'; n: number }
  | { type: 'fail' }
  | { type: 'crash' }
  | { type: 'finish' }
  | { type: 'leave'; reason: 'normal' | 'shutdown' }
  | { type: 'tell'; word: string }
  | { type: 'date'; at: Date }
  | Ask<{ type: 'total' }, number>
  | Ask<{ type: 'silence' }, number>
  | Ask<{ type: 'broken' }, number>;

/** Counts; `seen` is the order in which it saw numbers. Throws at `fail`, ends at `finish`. */
export const counter = setup({
  types: {
    context: {} as { total: number; seen: readonly number[] },
    events: {} as CounterEvent,
    emitted: {} as { type: 'added'; total: number } | { type: 'told'; word: string },
    output: {} as number,
  },
}).createMachine({
  id: 'counter',
  context: { total: 0, seen: [] },
  initial: 'counting',
  states: {
    counting: {
      on: {
        add: {
          actions: [
            assign({
              total: ({ context, event }) => context.total + event.n,
              seen: ({ context, event }) => [...context.seen, event.n],
            }),
            emit(({ context }) => ({ type: 'added', total: context.total })),
          ],
        },
        fail: {
          actions: assign(() => {
            throw new Error('failed on purpose');
          }),
        },
        crash: {
          actions: assign(() => {
            throw new Error('failed on purpose');
          }),
        },
        broken: {
          actions: assign(() => {
            throw new Error('failed on purpose');
          }),
        },
        leave: [
          { guard: ({ event }) => event.reason === 'normal', actions: exit('normal') },
          { actions: exit('shutdown', 'asked to') },
        ],
        tell: { actions: emit(({ event }) => ({ type: 'told', word: event.word })) },
        total: { actions: reply(({ context }) => context.total) },
        silence: {},
        finish: 'finished',
      },
    },
    finished: { type: 'final' },
  },
  output: ({ context }) => context.total,
});
