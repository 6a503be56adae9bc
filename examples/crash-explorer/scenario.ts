/** Two orders: one is approved by two people, the other is forgotten. */
import type { AnyStateMachine } from 'xstate';
import { actor, supervisor } from '../../src/index.ts';
import { type CrashPoint, type Exploration, explore, type World } from '../../src/testing/index.ts';
import { timesCharged } from './provider.ts';

/** What is explored: the machine of a payment, made anew for each process. */
export type PaymentKind = (world: World) => AnyStateMachine;

const DAY_MS = 24 * 3_600_000;

/** @throws Counterexample if a crash changes what becomes of them */
export async function survives(
  payment: PaymentKind,
  options: { readonly only?: CrashPoint } = {},
): Promise<Exploration> {
  return await explore({
    ...options,
    root: (world) => {
      const machine = payment(world);
      return supervisor('shop', {
        children: [
          actor('books', machine, { restart: 'transient', input: { cents: 4_200 } }),
          actor('lamp', machine, { restart: 'transient', input: { cents: 900 } }),
        ],
      });
    },
    script: async (system, world) => {
      await system.ref('/books').send({ type: 'approve' });
      await world.advance(DAY_MS);
      await system.ref('/books').send({ type: 'approve' });
      await world.advance(31 * DAY_MS);
    },
    invariant: ({ notes }) => timesCharged(notes) <= 1,
  });
}
