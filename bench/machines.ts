/** The machines that are measured. */
import { assign, sendTo, setup } from 'xstate';
import { step, type StepArgs } from '../src/index.ts';

/** Ten states, a guard and an assign: a small machine as people write them. */
export const counter = setup({
  types: {} as {
    context: { count: number; last: string; total: number };
    events: { type: 'add'; amount: number } | { type: 'go' };
  },
  guards: { isPositive: ({ event }) => event.type === 'add' && event.amount > 0 },
}).createMachine({
  id: 'counter',
  context: { count: 0, last: 'none', total: 0 },
  initial: 's0',
  on: {
    add: {
      guard: 'isPositive',
      actions: assign(({ context, event }) => ({
        count: context.count + 1,
        last: 'add',
        total: context.total + event.amount,
      })),
    },
  },
  states: Object.fromEntries(
    Array.from({ length: 10 }, (_, state) => [`s${state}`, { on: { go: `s${(state + 1) % 10}` } }]),
  ),
});

export function eventAt(turn: number): { type: 'add'; amount: number } {
  return { type: 'add', amount: (turn % 7) + 1 };
}

/** Sends itself the next event until none is left: turns without a caller outside. */
export const runner = setup({
  types: {} as { context: { count: number }; events: { type: 'run'; left: number } },
}).createMachine({
  id: 'runner',
  context: { count: 0 },
  on: {
    run: {
      guard: ({ event }) => event.left > 0,
      actions: [
        assign({ count: ({ context }) => context.count + 1 }),
        sendTo(
          ({ self }) => self,
          ({ event }) => ({ type: 'run', left: event.left - 1 }),
        ),
      ],
    },
  },
});

/** One item after another, each a step with its own checkpoint. */
export const pipeline = setup({
  types: {} as { input: { items: number }; context: { item: number; items: number } },
  actors: { handle: step(({ input }: StepArgs<number>) => Promise.resolve(input)) },
}).createMachine({
  id: 'pipeline',
  context: ({ input }) => ({ item: 1, items: input.items }),
  initial: 'working',
  states: {
    working: {
      invoke: { src: 'handle', input: ({ context }) => context.item, onDone: 'next' },
    },
    next: {
      entry: assign({ item: ({ context }) => context.item + 1 }),
      always: [
        { guard: ({ context }) => context.item > context.items, target: 'done' },
        { target: 'working' },
      ],
    },
    done: { type: 'final' },
  },
});
