/** A worker whose steps end when and how the test says. */
import { assign, setup } from 'xstate';
import { actor, type StepArgs, step, supervisor } from '../../src/index.ts';
import { deferred } from './lab.ts';

/** What the outside world saw of a run. */
export interface Run extends StepArgs<{ item: number }> {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A machine with one step, whose runs the test settles by hand. */
function worker(runs: Run[], { handles = true } = {}) {
  return setup({
    types: {
      context: {} as { item: number; results: readonly unknown[] },
      events: {} as { type: 'leave' } | { type: 'enter' } | { type: 'note' },
    },
    actors: {
      work: step((args: StepArgs<{ item: number }>) => {
        const { promise, resolve, reject } = deferred<unknown>();
        runs.push({ ...args, resolve, reject });
        return promise;
      }),
    },
  }).createMachine({
    id: 'worker',
    context: { item: 1, results: [] },
    initial: 'working',
    states: {
      working: {
        on: { leave: 'resting', note: {} },
        invoke: {
          src: 'work',
          id: 'work',
          input: ({ context }) => ({ item: context.item }),
          onDone: {
            target: 'working',
            reenter: true,
            actions: assign({
              item: ({ context }) => context.item + 1,
              results: ({ context, event }) => [...context.results, event.output],
            }),
          },
          ...(handles
            ? {
                onError: {
                  target: 'resting',
                  actions: assign({
                    results: ({ context, event }) => [
                      ...context.results,
                      (event.error as Error).message,
                    ],
                  }),
                },
              }
            : {}),
        },
      },
      resting: { on: { enter: 'working' } },
    },
  });
}

export const tree = (runs: Run[], options?: { handles: boolean }) =>
  supervisor('app', {
    backoff: false,
    children: [actor('worker', worker(runs, options), { shutdownMs: 1_000 })],
  });

export function last(runs: readonly Run[]): Run {
  const run = runs.at(-1);
  if (run === undefined) throw new Error('nothing ran');
  return run;
}
