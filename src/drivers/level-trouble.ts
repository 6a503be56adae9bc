/** LevelDB's errors in our words. They tell little by their codes, so the text decides. */
import { PerdureError, reasonOf } from '../base/errors.ts';

interface Coded {
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** What is wrong below, under the wrapper that a failed open puts around it. */
export function rootOf(error: unknown): Coded {
  const { code, cause } = (error ?? {}) as Coded;
  return code === 'LEVEL_DATABASE_NOT_OPEN' && cause !== undefined
    ? rootOf(cause)
    : (error as Coded);
}

export function isLockHeld(error: unknown): boolean {
  return rootOf(error).code === 'LEVEL_LOCKED';
}

/** The medium refuses, but nothing is known to be lost. */
const refusals = [
  /no space left/i,
  /quota exceeded/i,
  /read-only file system/i,
  /permission denied/i,
  /operation not permitted/i,
  /too many open files/i,
  /input\/output error/i,
  /device or resource busy/i,
  /cannot allocate memory/i,
  /stale file handle/i,
];

/** STORE_CORRUPT for what cannot be trusted, STORE_UNAVAILABLE for what cannot be reached. */
export function storeTrouble(directory: string, error: unknown): PerdureError {
  const root = rootOf(error);
  const what = reasonOf(root);
  const options = { cause: error };
  if (root.code === 'LEVEL_DATABASE_NOT_OPEN' || root.code === 'LEVEL_ITERATOR_NOT_OPEN') {
    return new PerdureError('STORE_CLOSED', { directory }, options);
  }
  const isDamage =
    root.code === 'LEVEL_CORRUPTION' ||
    (isOfLevel(root) && !refusals.some((refusal) => refusal.test(what)));
  return isDamage
    ? new PerdureError('STORE_CORRUPT', { directory, what }, options)
    : new PerdureError('STORE_UNAVAILABLE', { directory, what }, options);
}

function isOfLevel({ code }: Coded): boolean {
  return typeof code === 'string' && code.startsWith('LEVEL_');
}
