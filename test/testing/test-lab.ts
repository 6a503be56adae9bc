/** Machines and trees for tests of what moves a simulated world. */
import { assign, fromCallback, setup } from 'xstate';
import { actor, step, type StepArgs, supervisor } from '../../src/index.ts';
import type { World } from '../../src/testing/index.ts';

export const DAY_MS = 24 * 3_600_000;

/** Waits thirty days for somebody to approve, then pays, then sends a mail. */
function approval(world: World) {
  return setup({
    types: { events: {} as { type: 'approve' } },
    delays: { patience: 30 * DAY_MS },
    actions: { mail: () => world.note('mail') },
    actors: {
      charge: step(async ({ idempotencyKey }: StepArgs<undefined>) =>
        world.note('charge', { key: idempotencyKey }),
      ),
    },
  }).createMachine({
    id: 'approval',
    initial: 'waiting',
    states: {
      waiting: { on: { approve: 'paying' }, after: { patience: 'expired' } },
      paying: { invoke: { src: 'charge', onDone: { target: 'paid', actions: 'mail' } } },
      paid: {},
      expired: {},
    },
  });
}

/** Counts what it is sent. */
export const tally = setup({
  types: { context: {} as { n: number }, events: {} as { type: 'add' } },
}).createMachine({
  id: 'tally',
  context: { n: 0 },
  on: { add: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
});

/** Hears of each start of its callback. */
function listener(world: World) {
  return setup({
    types: {
      context: {} as { heard: number },
      events: {} as { type: 'listening' } | { type: 'listen' },
    },
    actors: {
      ears: fromCallback(({ sendBack }) => {
        world.note('listening');
        sendBack({ type: 'listening' });
      }),
    },
  }).createMachine({
    id: 'listener',
    context: { heard: 0 },
    initial: 'deaf',
    states: { deaf: { on: { listen: 'open' } }, open: { invoke: { src: 'ears' } } },
    on: { listening: { actions: assign({ heard: ({ context }) => context.heard + 1 }) } },
  });
}

/** One of each kind of user code. */
export function office(world: World) {
  return supervisor('office', {
    children: [
      actor('approval', approval(world)),
      actor('tally', tally, { onStart: () => world.note('tally is up') }),
      actor('listener', listener(world)),
    ],
  });
}

export const talliesOnly = supervisor('app', { children: [actor('tally', tally)] });
