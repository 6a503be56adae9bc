/** A machine that is asleep for a while of durable time, and counts how often it woke. */
import { assign, setup } from 'xstate';

export const HOUR_MS = 3_600_000;

/** Asleep for `sleepMs` after each `sleep`. */
export function sleeperFor(sleepMs: number) {
  return setup({
    types: { context: {} as { woken: number }, events: {} as { type: 'sleep' } },
  }).createMachine({
    id: 'sleeper',
    context: { woken: 0 },
    initial: 'awake',
    states: {
      awake: { on: { sleep: 'asleep' } },
      asleep: {
        after: {
          [sleepMs]: {
            target: 'awake',
            actions: assign({ woken: ({ context }) => context.woken + 1 }),
          },
        },
      },
    },
  });
}
