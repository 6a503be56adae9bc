/** A step that computes for long, or that may never end: it runs in a thread, which is ended with its time. */
import type { PromiseActorLogic } from 'xstate';
import { type StepArgs, type StepOptions, stepOf } from '../actors/step.ts';
import { workerStepOptionsSchema } from '../base/logic-options.ts';
import { readOptions } from '../base/option-reading.ts';

/** What the default export of the module is called with. @public */
export interface WorkerStepArgs<TInput> {
  readonly input: TInput;
  /** The same for all attempts, as in `step()`. */
  readonly idempotencyKey: string;
  /** Counts from 1. */
  readonly attempt: number;
}

/** A module whose default export does the work. @public */
export interface WorkerModule {
  readonly default: (args: WorkerStepArgs<never>) => unknown;
}

type InputOf<M extends WorkerModule> = Parameters<M['default']>[0]['input'];
type OutputOf<M extends WorkerModule> = Awaited<ReturnType<M['default']>>;

/** As of `step()`. A thread gives no heartbeats. @public */
export type WorkerStepOptions<TOutput, TInput> = Omit<
  StepOptions<TOutput, TInput>,
  'run' | 'heartbeatMs'
>;

/**
 * A step whose work is the default export of a module, called in a worker thread:
 * `workerStep<typeof import('./render.ts')>(new URL('./render.ts', import.meta.url), { timeoutMs: 60_000 })`.
 *
 * All that is promised of `step()` holds. In addition a run that blocks, or loops for ever, holds nobody up, and ends
 * when its time is over, when the machine leaves the state, or when the actor stops: its thread is ended wherever it
 * is. There are as many threads as the machine has cores; a run that waits for one has its time run. Input and
 * output are copied (structured clone), and so is an error, which loses its own fields but `name`, `message` and
 * `stack`. On a plain `createActor`, and in simulated worlds, the module runs in the thread that called it.
 *
 * @throws {@link PerdureError} OPTION_INVALID, also by `createSystem` if there is no such file
 * @public
 */
export function workerStep<M extends WorkerModule>(
  module: URL,
  options: WorkerStepOptions<OutputOf<M>, InputOf<M>> = {},
): PromiseActorLogic<OutputOf<M>, InputOf<M>> {
  const checked = readOptions('workerStep()', workerStepOptionsSchema, { module, ...options });
  const { href } = module;
  return stepOf<OutputOf<M>, InputOf<M>>({
    ...(checked as WorkerStepOptions<OutputOf<M>, InputOf<M>>),
    module: href,
    run: (call) => runHere(href, call) as Promise<OutputOf<M>>,
  });
}

/** Where there are no threads. */
async function runHere(
  href: string,
  { input, idempotencyKey, attempt }: StepArgs<unknown>,
): Promise<unknown> {
  const { default: work } = (await import(href)) as WorkerModule;
  return await work({ input: input as never, idempotencyKey, attempt });
}
