/** Seeded bug: patience ends by a timer of the process instead of `after`. It dies with the process. */
import { setup, type AnyStateMachine } from 'xstate';
import type { World } from '../../src/testing/index.ts';
import type { Approve, Order } from './order.ts';

export function forgetsToExpire(world: World): AnyStateMachine {
  return setup({
    types: {
      input: {} as { cents: number },
      context: {} as Order,
      events: {} as Approve | { type: 'expire' },
    },
    actions: {
      watchTheClock: ({ self }) =>
        void world.after(30 * 24 * 3_600_000, () => self.send({ type: 'expire' })),
    },
  }).createMachine({
    id: 'payment',
    context: ({ input }) => ({ cents: input.cents, approvals: 0, receipt: undefined }),
    initial: 'waiting',
    states: {
      waiting: { entry: 'watchTheClock', on: { expire: 'expired' } },
      expired: { type: 'final' },
    },
  });
}
