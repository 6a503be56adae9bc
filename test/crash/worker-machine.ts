/** A child machine: waits, does one step, and ends with the item it was given. */
import { fromPromise, setup } from 'xstate';

interface Input {
  readonly source: string;
  readonly n: number;
}

export const worker = setup({
  types: { input: {} as Input, context: {} as Input, output: {} as Input },
  actors: { work: fromPromise<void, Input>(() => Promise.reject(new Error('no work given'))) },
  delays: { a_while: ({ context }) => 1 + (context.n % 23) },
}).createMachine({
  id: 'worker',
  context: ({ input: { source, n } }) => ({ source, n }),
  initial: 'waiting',
  states: {
    waiting: { after: { a_while: 'working' } },
    working: {
      invoke: { src: 'work', input: ({ context }) => context, onDone: 'finished' },
    },
    finished: { type: 'final' },
  },
  output: ({ context: { source, n } }) => ({ source, n }),
});
