/** Seeded bug: approvals are counted in a variable beside the machine. It dies with the process. */
import type { AnyStateMachine } from 'xstate';
import type { World } from '../../src/testing/index.ts';
import { payment } from './payment.ts';

export function countsOutside(world: World): AnyStateMachine {
  let approvals = 0;
  return payment(world).provide({
    guards: {
      isLastApproval: () => {
        approvals += 1;
        return approvals === 2;
      },
    },
  });
}
