/** The machine that every worker of a vector runs: it ends in the way it is told to. */
import { assign, setup } from 'xstate';
import { exit } from '../../src/index.ts';
import type { How } from '../support/otp-vectors.ts';

/** What `exit('shutdown', TERM)` adds to the reason. */
export const TERM = 'term';

export const vectorWorker = setup({
  types: { events: {} as { type: Exclude<How, 'kill'> } },
}).createMachine({
  id: 'vectorWorker',
  initial: 'working',
  states: {
    working: {
      on: {
        normal: 'finished',
        shutdown: { actions: exit('shutdown') },
        shutdown_term: { actions: exit('shutdown', TERM) },
        crash: {
          actions: assign(() => {
            throw new Error('crash');
          }),
        },
      },
    },
    finished: { type: 'final' },
  },
});
