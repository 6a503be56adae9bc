import { invariant } from '../../src/base/assert.ts';

/** One queue of things to do and a clock that moves only when it is told to. */
export class SimulatedTime {
  nowMs = 0;
  private readonly queue: (() => void)[] = [];
  private timers: { readonly atMs: number; readonly fire: () => void }[] = [];

  /** Does it after everything that already waits. */
  post(fn: () => void): void {
    this.queue.push(fn);
  }

  /** Does it then; a time that has come is after everything that already waits. */
  at(atMs: number, fn: () => void): void {
    if (atMs <= this.nowMs) this.post(fn);
    else this.timers.push({ atMs, fire: fn });
  }

  /** Does everything that waits, and what follows from it, until nothing is left. */
  settle(): void {
    for (let done = 0; ; done += 1) {
      const next = this.queue.shift();
      if (next === undefined) return;
      invariant(done < 100_000, 'what is simulated comes to rest');
      next();
    }
  }

  /** Lets time pass, with a stop at each timer. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = this.timers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined || due.atMs > untilMs) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.nowMs = due.atMs;
      this.post(due.fire);
      this.settle();
    }
    this.nowMs = untilMs;
  }

  isAtRest(): boolean {
    return this.queue.length === 0;
  }
}
