/** Steps with every kind of option, and what of it can be seen from outside. */
import { type Resources, step, type StepArgs, type StepOptions } from '../../src/index.ts';
import type { Task } from './machine.ts';
import type { Outside } from './outside.ts';
import type { PolicyName } from './program.ts';

type Options = Omit<StepOptions<string, Task>, 'run'>;

/** Failures after which a patient step gives up. */
export const PATIENCE = 3;
export const RATE = { max: 3, perMs: 200 } as const;
export const resources: Resources = { api: { concurrency: 2, rate: RATE } };

/** Under these names they are in the machine. */
export function policiesOf(outside: () => Outside): Readonly<Record<PolicyName, Options>> {
  return {
    patient: { retry: { attemptsMax: PATIENCE, minMs: 1, maxMs: 30 } },
    hasty: { timeoutMs: 10, retry: { attemptsMax: 2, minMs: 1, maxMs: 30 } },
    limited: { totalTimeoutMs: 60, retry: { attemptsMax: 100, minMs: 5, maxMs: 30 } },
    reporting: { onInterrupted: 'report' },
    verifying: {
      onInterrupted: async ({ input: { id, ms } }) => {
        if (ms > 0) await outside().world.sleep(1);
        return outside().hasEnded(id) ? { happened: true, output: id } : { happened: false };
      },
    },
    sharing: { resource: 'api', retry: { attemptsMax: 2, minMs: 1, maxMs: 30 } },
  };
}

export function stepsOf(
  outside: () => Outside,
  run: (args: StepArgs<Task>) => Promise<string>,
): Record<string, ReturnType<typeof step<string, Task>>> {
  const steps = Object.entries(policiesOf(outside)).map(
    ([name, options]) => [name, step<string, Task>({ ...options, run })] as const,
  );
  return Object.fromEntries(steps);
}
