/**
 * Steps: effects written by the user. `step()` goes where `fromPromise` goes; the runtime reads the options
 * it carries and makes the effect durable. On a plain `createActor` it behaves as `fromPromise`.
 */
import { fromPromise } from 'xstate';
import type { NonReducibleUnknown, PromiseActorLogic } from 'xstate';
import { stepOptionsSchema } from '../base/logic-options.ts';
import { readOptions } from '../base/option-reading.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** What a step is run with. @public */
export interface StepArgs<TInput> {
  readonly input: TInput;
  /** Aborted when the machine leaves the state, the actor stops, or the attempt has no time left. */
  readonly signal: AbortSignal;
  /** The same for all attempts at this effect, across crashes; unlike that of any other effect. */
  readonly idempotencyKey: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** Says that it is still at work, see `heartbeatMs`. A note is told as the event `effect.heartbeat`. */
  readonly heartbeat: (note?: unknown) => void;
}

/** What a person or a program found out about an attempt that was cut short. @public */
export type Verdict<TOutput> =
  | { readonly happened: true; readonly output: TOutput }
  | { readonly happened: false }
  /** Nobody can tell. */
  | { readonly happened: 'unknown' };

/** @public */
export type Verify<TOutput, TInput> = (args: {
  readonly input: TInput;
  readonly signal: AbortSignal;
  /** As the attempt had it. */
  readonly idempotencyKey: string;
}) => PromiseLike<Verdict<TOutput>>;

/** @public */
export interface StepOptions<TOutput, TInput> {
  readonly run: (args: StepArgs<TInput>) => PromiseLike<TOutput>;
  /** How long one attempt may take. @defaultValue no limit */
  readonly timeoutMs?: number;
  /**
   * How long all attempts may take together with the pauses between them, from the turn that asked for it; the
   * time in which no process ran counts. @defaultValue no limit
   */
  readonly totalTimeoutMs?: number;
  /** How long an attempt may go on without `heartbeat()`. @defaultValue no limit */
  readonly heartbeatMs?: number;
  /** Whether a failed attempt is followed by another before the machine hears of it. @defaultValue no */
  readonly retry?: RetryPolicy;
  /**
   * What becomes of an attempt that was cut short, by the end of the process, a stop of its actor or a timeout,
   * so that nobody knows what it did:
   *
   * - `'rerun'`: it runs again, under the same key. For what may be done twice, or is deduplicated by its key.
   * - `'report'`: it never runs twice. The machine gets STEP_OUTCOME_UNKNOWN (after a timeout: STEP_TIMEOUT).
   * - a function that finds out: with the output it is done; did it not happen, it runs again; if nobody can
   *   tell, the machine gets STEP_OUTCOME_UNKNOWN. It is asked up to three times if it throws.
   *
   * For the latter two the beginning of each attempt is durable before `run` is called.
   *
   * @defaultValue 'rerun'
   */
  readonly onInterrupted?: 'rerun' | 'report' | Verify<NoInfer<TOutput>, NoInfer<TInput>>;
  /** Name of a resource of `createSystem({ resources })`, whose limits it keeps. @defaultValue none */
  readonly resource?: string;
}

// Of the registry, so that logic made by another copy of the package is known too.
const carried: unique symbol = Symbol.for('perdure.step') as never;

/**
 * An effect that is recorded exactly once and executed at least once, under one key for all attempts. An attempt
 * that outlives its time goes on by itself if it ignores its signal; what it returns is refused.
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
  return stepOf(checked as unknown as StepOptions<TOutput, TInput>);
}

/** What another actor emits, instead of code that is run: the input says where to go on, in `cursor`. */
export interface EmissionReads {
  readonly address: string;
  /** Those that are wanted; undefined: all. */
  readonly types: readonly string[] | undefined;
  /** At most so many at once. */
  readonly limit: number;
}

/** What the runtime is told of a step. */
export interface KnownStep<TOutput, TInput> extends StepOptions<TOutput, TInput> {
  readonly reads?: EmissionReads;
  /** URL of the module that is run in a thread, instead of `run`. */
  readonly module?: string;
}

/** Of options that were checked. */
export function stepOf<TOutput, TInput>(
  options: KnownStep<TOutput, TInput>,
): PromiseActorLogic<TOutput, TInput> {
  const logic = fromPromise<TOutput, TInput>(({ input, signal, self }) =>
    options.run({
      input,
      signal,
      idempotencyKey: self.sessionId,
      attempt: 1,
      heartbeat: () => undefined,
    }),
  );
  return Object.defineProperty(logic, carried, { value: Object.freeze(options) });
}

/** The options of a logic that {@link stepOf} made, undefined for any other. */
export function stepOptionsOf(logic: object): KnownStep<unknown, unknown> | undefined {
  return (logic as { [carried]?: KnownStep<unknown, unknown> })[carried];
}
