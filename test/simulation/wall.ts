/** The wall clock of a run, which jumps, and what may not have been seen of that. */
import type { Scheduler } from '../../src/testing/scheduler.ts';

/** Within which a host that waits looks at its wall clock again. */
const SEEN_WITHIN_MS = 60_000;

export class Wall {
  readonly #scheduler: Scheduler;
  /** The latest jump ahead in the process that runs. */
  #jump: { readonly atMs: number; readonly toMs: number } | undefined = undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Another process begins, and looks at the clock. */
  begin(): void {
    this.#jump = undefined;
  }

  shift(ms: number): void {
    const { elapsedMs } = this.#scheduler;
    this.#scheduler.shiftWall(ms);
    // after one back time goes on as if nobody had touched the clock, until the wall is there again
    if (ms > 0) this.#jump = { atMs: elapsedMs, toMs: this.#scheduler.wallMs };
  }

  /** Whether something that was set then may wait still for a moment that a jump left behind. */
  mayBeUnseen(setMs: number | undefined): boolean {
    if (this.#jump === undefined) return false;
    const { atMs, toMs } = this.#jump;
    const isRecent = this.#scheduler.elapsedMs - atMs < SEEN_WITHIN_MS;
    return isRecent && (setMs === undefined || setMs < toMs);
  }
}
