/** Seeded bug: the step does not hand its key on. A step that runs again is a second charge. */
import type { AnyStateMachine } from 'xstate';
import { step, type StepArgs } from '../../src/index.ts';
import type { World } from '../../src/testing/index.ts';
import { payment } from './payment.ts';
import { charge } from './provider.ts';

export function chargesBlindly(world: World): AnyStateMachine {
  return payment(world).provide({
    actors: { charge: step(({ input }: StepArgs<number>) => charge(world, input)) },
  });
}
