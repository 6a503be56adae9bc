/**
 * Steps: effects written by the user. `step()` goes where `fromPromise` goes; the runtime reads the options
 * it carries and makes the effect durable. On a plain `createActor` it behaves as `fromPromise`.
 */
import { fromPromise } from 'xstate';
import type { NonReducibleUnknown, PromiseActorLogic } from 'xstate';
import { stepOptionsSchema } from '../base/logic-options.ts';
import { readOptions } from '../base/option-reading.ts';

/** What a step is run with. @public */
export interface StepArgs<TInput> {
  readonly input: TInput;
  /** Aborted when the machine leaves the state, or the actor stops. */
  readonly signal: AbortSignal;
  /** The same for all attempts at this effect, across crashes; unlike that of any other effect. */
  readonly idempotencyKey: string;
  /** Counts from 1. */
  readonly attempt: number;
}

/** @public */
export interface StepOptions<TOutput, TInput> {
  readonly run: (args: StepArgs<TInput>) => PromiseLike<TOutput>;
}

// Of the registry, so that logic made by another copy of the package is known too.
const carried: unique symbol = Symbol.for('perdure.step') as never;

/**
 * An effect that is recorded exactly once and executed at least once, under one key for all attempts.
 *
 * @throws {@link PerdureError} OPTION_INVALID
 * @public
 */
export function step<TOutput, TInput = NonReducibleUnknown>(
  run: (args: StepArgs<TInput>) => PromiseLike<TOutput>,
): PromiseActorLogic<TOutput, TInput>;
export function step<TOutput, TInput = NonReducibleUnknown>(
  options: StepOptions<TOutput, TInput>,
): PromiseActorLogic<TOutput, TInput>;
export function step<TOutput, TInput>(
  given: StepOptions<TOutput, TInput>['run'] | StepOptions<TOutput, TInput>,
): PromiseActorLogic<TOutput, TInput> {
  const checked = readOptions(
    'step()',
    stepOptionsSchema,
    typeof given === 'function' ? { run: given } : given,
  );
  const options = Object.freeze(checked) as unknown as StepOptions<TOutput, TInput>;
  const logic = fromPromise<TOutput, TInput>(({ input, signal, self }) =>
    options.run({ input, signal, idempotencyKey: self.sessionId, attempt: 1 }),
  );
  return Object.defineProperty(logic, carried, { value: options });
}

/** The options of a logic that {@link step} made, undefined for any other. */
export function stepOptionsOf(logic: object): StepOptions<unknown, unknown> | undefined {
  return (logic as { [carried]?: StepOptions<unknown, unknown> })[carried];
}
