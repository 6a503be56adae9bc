import { limits } from '../base/limits.ts';

/** Exponential, with full jitter: somewhere between nothing and `min · factor^(n-1)`, at most `max`. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(
    limits.backoffMaxMs,
    limits.backoffMinMs * limits.backoffFactor ** Math.max(0, attempt - 1),
  );
  return Math.floor(random * ceiling);
}
