/** Seeded bug: the money is taken while the turn is computed. A turn that does not land is taken again. */
import { assign, type AnyStateMachine } from 'xstate';
import { step } from '../../src/index.ts';
import type { World } from '../../src/testing/index.ts';
import { payment } from './payment.ts';
import { chargeNow } from './provider.ts';

export function chargesInTurn(world: World): AnyStateMachine {
  return payment(world).provide({
    actions: {
      count: assign({
        approvals: ({ context }) => {
          if (context.approvals === 1) chargeNow(world, context.cents);
          return context.approvals + 1;
        },
      }),
    },
    actors: { charge: step(async () => 'charged before') },
  });
}
