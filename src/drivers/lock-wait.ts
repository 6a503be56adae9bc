import { setTimeout as sleep } from 'node:timers/promises';
import { isPerdureError } from '../base/errors.ts';

const RETRY_MIN_MS = 10;
const RETRY_MAX_MS = 250;

/**
 * Calls `open` until it does not fail with STORE_LOCKED, at most for `waitMs`. The error of the last
 * attempt is thrown when the time is over or `signal` is aborted.
 */
export async function waitForLock<T>(
  open: () => Promise<T>,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const deadlineMs = performance.now() + waitMs;
  for (let pauseMs = RETRY_MIN_MS; ; pauseMs = Math.min(RETRY_MAX_MS, pauseMs * 2)) {
    try {
      return await open();
    } catch (error) {
      const restMs = deadlineMs - performance.now();
      const isHeld = isPerdureError(error) && error.code === 'STORE_LOCKED';
      if (!isHeld || restMs <= 0 || !(await pause(Math.min(pauseMs, restMs), signal))) throw error;
    }
  }
}

/** Whether the pause went by without an abort. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch {
    return false; // aborted: whoever waits is told what it waited for
  }
}
