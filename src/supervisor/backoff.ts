/** How long a restart waits. Not part of OTP, whose retries are immediate. */

/** @public */
export interface Backoff {
  /** Delay before the first restart in a row. */
  readonly minMs: number;
  /** No delay is longer. */
  readonly maxMs: number;
  /** The delay grows by this with each further restart in a row. */
  readonly factor: number;
  /** `full`: anything between 0 and the delay, so that many children do not come back at one instant. */
  readonly jitter: 'full' | 'none';
}

/**
 * The delay in whole ms before the `nth` consecutive restart of a child (the first is 1).
 *
 * @param random - a number in [0, 1), used with `jitter: 'full'` only
 */
export function backoffDelayMs(backoff: Backoff, nth: number, random: number): number {
  const grown = backoff.minMs * backoff.factor ** Math.max(0, nth - 1);
  // The largest power is Infinity, which `min` takes care of; 0 * Infinity is not a number.
  const ceiling = backoff.minMs === 0 ? 0 : Math.min(backoff.maxMs, grown);
  return Math.round(backoff.jitter === 'full' ? ceiling * random : ceiling);
}
