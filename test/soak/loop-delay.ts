/** How late timers of this process are: what else runs on the machine, or in the process itself. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Spread } from './messages.ts';

const RESOLUTION_MS = 10;

export class LoopDelay {
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#loop.enable();
  }

  /** Since the last call. */
  take(): Spread {
    const spread = { p50: this.at(50), p99: this.at(99), max: late(this.#loop.max) };
    this.#loop.reset();
    return spread;
  }

  /** Since the last `take`. */
  at(percentile: number): number {
    return late(this.#loop.percentile(percentile));
  }
}

/** The timer itself takes its resolution. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}
