import type { Clock } from '../ports/clock.ts';

/**
 * Durable time: follows the wall clock while that is ahead, and the monotonic clock while the wall is
 * behind. Never goes back, in this process or the next (each marker stores it).
 */
export class DurableTime {
  readonly #clock: Clock;
  #atMs: number;
  #monotonicMs: number;

  constructor(clock: Clock, storedMs: number) {
    this.#clock = clock;
    this.#atMs = Math.max(storedMs, Math.floor(clock.wallMs()));
    this.#monotonicMs = clock.monotonicMs();
  }

  nowMs(): number {
    const wall = Math.floor(this.#clock.wallMs());
    const monotonic = this.#clock.monotonicMs();
    if (wall >= this.#atMs) {
      this.#atMs = wall;
      this.#monotonicMs = monotonic;
    } else {
      const elapsed = Math.floor(monotonic - this.#monotonicMs);
      if (elapsed > 0) {
        this.#atMs += elapsed;
        // what is left of a millisecond counts next time
        this.#monotonicMs += elapsed;
      }
    }
    return this.#atMs;
  }
}
