/** An actor that crashes at every message until the operator has seen to its cause. */
import { assign, setup } from 'xstate';
import { type Bag, emptyBag, into } from '../crash/chain.ts';

export interface Ill {
  readonly type: 'ill';
  readonly session: number;
}

/** `isHealed` is what the operator changed outside of the machine. */
export function clinic(isHealed: (session: number) => boolean) {
  return setup({
    types: { context: {} as { cured: Bag }, events: {} as Ill },
  }).createMachine({
    id: 'clinic',
    context: { cured: emptyBag },
    on: {
      ill: {
        actions: assign(({ context, event: { session } }) => {
          if (!isHealed(session)) throw new Error(`session ${session} made it ill`);
          return { cured: into(context.cured, String(session)) };
        }),
      },
    },
  });
}
