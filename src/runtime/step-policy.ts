/** What the options of a step mean for its attempts. */
import { retryAtMs } from '../actors/retry-policy.ts';
import { type KnownStep, stepOptionsOf } from '../actors/step.ts';
import { isPerdureError, PerdureError } from '../base/errors.ts';
import type { EffectRecord } from '../persistence/effect-records.ts';
import type { Cell } from './cell.ts';
import { askedDelayMs } from './retry-after.ts';
import type { RunLimits, StepOutcome } from './running-steps.ts';

export type AnyStepOptions = KnownStep<unknown, unknown>;

export function optionsOf(owner: Cell, record: EffectRecord): AnyStepOptions | undefined {
  if (record.kind !== 'step') return undefined;
  const logic = owner.logic.child(record.src)?.logic;
  return logic === undefined ? undefined : stepOptionsOf(logic);
}

/** Whether an attempt that was cut short must not simply be followed by another. */
export function isDelicate(options: AnyStepOptions | undefined): boolean {
  return (options?.onInterrupted ?? 'rerun') !== 'rerun';
}

/** Of one attempt. */
export function limitsOf(
  owner: Cell,
  record: EffectRecord,
  options: AnyStepOptions | undefined,
): RunLimits | undefined {
  const { timeoutMs, heartbeatMs } = options ?? {};
  if (timeoutMs === undefined && heartbeatMs === undefined) return undefined;
  const { address } = owner;
  const { id: step, attempts: attempt } = record;
  return {
    timeoutMs,
    heartbeatMs,
    exceeded: (limit, limitMs) =>
      new PerdureError('STEP_TIMEOUT', { address, step, attempt, limit, limitMs }),
  };
}

/** It took too long, and as is known now it did nothing. */
export function attemptTimeout(
  owner: Cell,
  record: EffectRecord,
  options: AnyStepOptions | undefined,
): Error {
  const { timeoutMs, heartbeatMs } = options ?? {};
  const limits = limitsOf(owner, record, options);
  if (limits === undefined) return totalTimeout(owner, record, options);
  return timeoutMs === undefined
    ? limits.exceeded('heartbeatMs', heartbeatMs ?? 0)
    : limits.exceeded('timeoutMs', timeoutMs);
}

/** When all attempts have taken too long. */
export function totalTimeout(
  owner: Cell,
  record: EffectRecord,
  options: AnyStepOptions | undefined,
): PerdureError<'STEP_TIMEOUT'> {
  return new PerdureError('STEP_TIMEOUT', {
    address: owner.address,
    step: record.id,
    attempt: record.attempts,
    limit: 'totalTimeoutMs',
    limitMs: options?.totalTimeoutMs ?? 0,
  });
}

/** What comes after an attempt that failed. */
export type Next =
  | { readonly kind: 'again'; readonly atMs: number; readonly inDoubt: boolean }
  /** Somebody has to find out what it did, and that is all that is left to do. */
  | { readonly kind: 'verify' }
  | { readonly kind: 'fail'; readonly error: unknown; readonly isFinal: boolean };

export function afterFailure(
  record: EffectRecord,
  options: AnyStepOptions | undefined,
  outcome: Extract<StepOutcome, { ok: false }>,
  now: { readonly nowMs: number; readonly random: () => number },
): Next {
  const { error, isCutShort } = outcome;
  if (options === undefined) return { kind: 'fail', error, isFinal: false };
  const { retry } = options;
  const isInDoubt = isCutShort && isDelicate(options);
  const isOver =
    isOutOfTime(error) || isUnknown(error) || (isInDoubt && options.onInterrupted === 'report');
  if (isOver) return { kind: 'fail', error, isFinal: true };
  if (record.isFinal) return { kind: 'fail', error, isFinal: true };
  const { nowMs, random } = now;
  const { failures: attempts, deadlineMs } = record;
  try {
    const askedMs = askedDelayMs(error, nowMs);
    const atMs =
      retry === undefined
        ? undefined
        : retryAtMs(retry, { error, attempts, nowMs, random: random(), deadlineMs, askedMs });
    if (atMs !== undefined) return { kind: 'again', atMs, inDoubt: isInDoubt };
    return isInDoubt ? { kind: 'verify' } : { kind: 'fail', error, isFinal: retry !== undefined };
  } catch (thrown) {
    return { kind: 'fail', error: thrown, isFinal: true }; // by `when`
  }
}

function isOutOfTime(error: unknown): boolean {
  return (
    isPerdureError(error) &&
    error.code === 'STEP_TIMEOUT' &&
    (error.facts as { limit?: string }).limit === 'totalTimeoutMs'
  );
}

function isUnknown(error: unknown): boolean {
  return isPerdureError(error) && error.code === 'STEP_OUTCOME_UNKNOWN';
}
