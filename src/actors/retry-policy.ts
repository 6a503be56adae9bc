/** When a step that failed is tried again: exponential backoff with full jitter, or as the error asks for. */
import { limits } from '../base/limits.ts';

/** @public */
export interface RetryPolicy {
  /** Attempts in all, the first one included. @defaultValue 3 */
  readonly attemptsMax?: number;
  /** Pause before the second attempt, at most: it is drawn between nothing and this. @defaultValue 100 */
  readonly minMs?: number;
  /** No pause is longer, unless the error asks for it. @defaultValue 30,000 */
  readonly maxMs?: number;
  /** By so much the pause grows each time. @defaultValue 2 */
  readonly factor?: number;
  /**
   * Whether this error is worth another attempt.
   *
   * @defaultValue unless it says itself that it is not: `retryable` or `isRetryable` is `false`
   */
  readonly when?: (error: unknown) => boolean;
}

export interface Failure {
  readonly error: unknown;
  /** Begun so far. */
  readonly attempts: number;
  /** Durable time, in ms. */
  readonly nowMs: number;
  /** Until when all has to be over; 0: no limit. */
  readonly deadlineMs: number;
  /** How long the error itself asks to wait. */
  readonly askedMs: number | undefined;
  /** From 0 to 1. */
  readonly random: number;
}

/** When to try again, in durable time; undefined: not at all. */
export function retryAtMs(policy: RetryPolicy, failure: Failure): number | undefined {
  const { error, attempts, nowMs, deadlineMs, askedMs, random } = failure;
  const { attemptsMax = limits.attemptsMax, when = isWorthRetrying } = policy;
  if (attempts >= attemptsMax || !when(error)) return undefined;
  const delayMs = askedMs ?? pauseMs(policy, attempts, random);
  const atMs = nowMs + delayMs;
  return deadlineMs > 0 && atMs >= deadlineMs ? undefined : atMs;
}

function pauseMs(policy: RetryPolicy, attempts: number, random: number): number {
  const { minMs = limits.backoffMinMs, maxMs = limits.backoffMaxMs } = policy;
  const { factor = limits.backoffFactor } = policy;
  return Math.floor(random * Math.min(maxMs, minMs * factor ** (attempts - 1)));
}

function isWorthRetrying(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true;
  const { retryable, isRetryable } = error as { retryable?: unknown; isRetryable?: unknown };
  return retryable !== false && isRetryable !== false;
}
