import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../ports/clock.ts';

/**
 * How often a long wait looks at the wall: elapsed time stands still while a machine sleeps, and what was due
 * meanwhile is late already when it wakes.
 */
const SLICE_MS = 60_000;
/** Longer than any test waits, short enough for the host's timers. */
const HOLD_MS = 1_000_000_000;

/**
 * The clock of this machine. Callbacks run in the async context in which the clock was made, never in
 * that of whoever sets a timer. Timers do not keep the process alive; {@link Clock.hold} does.
 */
export function systemClock(): Clock {
  const context = new AsyncResource('perdure.clock');
  const run = (fn: () => void): void => {
    context.runInAsyncScope(fn);
  };
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, fn) {
      const dueMs = performance.now() + delayMs;
      const wallDueMs = Date.now() + delayMs;
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const restMs = Math.max(0, dueMs - performance.now());
        timer = setTimeout(fire, Math.min(Math.ceil(restMs), SLICE_MS)).unref();
      };
      // The host may call early by a fraction of a millisecond, and knows no delay beyond 2^31.
      const fire = (): void => {
        const isOver =
          performance.now() >= dueMs || (delayMs > SLICE_MS && Date.now() >= wallDueMs);
        if (isOver) run(fn);
        else arm();
      };
      arm();
      return () => {
        clearTimeout(timer);
      };
    },
    soon(fn) {
      setImmediate(run, fn);
    },
    hold() {
      const timer = setInterval(() => undefined, HOLD_MS);
      return () => {
        clearInterval(timer);
      };
    },
  };
}
