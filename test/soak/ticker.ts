/** A durable timer that is set again and again, for ever. */
import { assign, setup } from 'xstate';

const TICK_MS = 100;

export const ticker = setup({
  types: { context: {} as { count: number } },
  delays: { tick: TICK_MS },
}).createMachine({
  id: 'ticker',
  context: { count: 0 },
  initial: 'waiting',
  states: {
    waiting: {
      after: {
        tick: {
          target: 'waiting',
          reenter: true,
          actions: assign({ count: ({ context }) => context.count + 1 }),
        },
      },
    },
  },
});
