/** A payment as it should be: two people approve it within thirty days, then it is charged, once. */
import { assign, setup } from 'xstate';
import { step, type StepArgs } from '../../src/index.ts';
import type { World } from '../../src/testing/index.ts';
import { charge } from './provider.ts';
import type { Approve, Order } from './order.ts';

export function payment(world: World) {
  return setup({
    types: { input: {} as { cents: number }, context: {} as Order, events: {} as Approve },
    delays: { patience: 30 * 24 * 3_600_000 },
    guards: { isLastApproval: ({ context }) => context.approvals === 1 },
    actions: { count: assign({ approvals: ({ context }) => context.approvals + 1 }) },
    actors: {
      charge: step(({ input, idempotencyKey }: StepArgs<number>) =>
        charge(world, input, idempotencyKey),
      ),
    },
  }).createMachine({
    id: 'payment',
    context: ({ input }) => ({ cents: input.cents, approvals: 0, receipt: undefined }),
    initial: 'waiting',
    states: {
      waiting: {
        on: {
          approve: [
            { guard: 'isLastApproval', target: 'charging', actions: 'count' },
            { actions: 'count' },
          ],
        },
        after: { patience: 'expired' },
      },
      charging: {
        invoke: {
          src: 'charge',
          input: ({ context }) => context.cents,
          onDone: { target: 'paid', actions: assign({ receipt: ({ event }) => event.output }) },
        },
      },
      paid: { type: 'final' },
      expired: { type: 'final' },
    },
  });
}
