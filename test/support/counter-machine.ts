import { assign, sendParent, setup } from 'xstate';

/** Counts GO, tells its parent of each, and is done at three. */
export const counter = setup({
  types: { context: {} as { n: number; step: number }, input: {} as { step: number } | undefined },
}).createMachine({
  context: ({ input }) => ({ n: 0, step: input?.step ?? 1 }),
  initial: 'counting',
  output: ({ context }) => ({ total: context.n }),
  states: {
    counting: {
      on: {
        GO: {
          actions: [
            assign({ n: ({ context }) => context.n + context.step }),
            sendParent(({ context }) => ({ type: 'COUNTED', n: context.n })),
          ],
        },
        FAIL: { actions: () => undefined, target: 'broken' },
      },
      always: { guard: ({ context }) => context.n >= 3, target: 'end' },
    },
    broken: {
      entry: assign(() => {
        throw new RangeError('broken on purpose');
      }),
    },
    end: { type: 'final' },
  },
});
