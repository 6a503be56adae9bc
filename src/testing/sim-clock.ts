/**
 * A clock that stands still until it is told to move: a test lets three days pass at once and never sleeps.
 * The wall and the elapsed time move together, unless a test shifts the wall alone.
 */
import type { Clock } from '../ports/clock.ts';

/** What reading the elapsed time costs, so that a loop that runs until some time has passed comes to an end. */
const READ_COSTS_MS = 1 / 1_024;
const START_MS = Date.UTC(2030, 0, 1);
/** Turns of the event loop after which what is simulated does not come to rest. */
const SETTLE_TURNS_MAX = 100_000;

/** A {@link Clock} for tests. */
export interface SimClock extends Clock {
  /**
   * Lets `ms` pass: callbacks run at their time, in the order of their due times, those of one time in the
   * order in which they were set. Between two of them everything comes to rest.
   */
  advance(ms: number): Promise<void>;
  /** Lets `ms` pass at one blow, as while a machine sleeps: what is due by then runs after that, in order. */
  jump(ms: number): void;
  /** Resolves when nothing is left to do before time passes. Knows nothing of real I/O. */
  settled(): Promise<void>;
  /** Sets the wall clock forward or back, as an operator or NTP does; elapsed time does not notice. */
  shiftWall(ms: number): void;
  /** Callbacks that wait for time to pass. */
  readonly waiting: number;
}

interface Timer {
  readonly dueMs: number;
  readonly fn: () => void;
}

/** @param startMs - wall time at which the clock stands, in ms since the epoch */
export function simClock(startMs: number = START_MS): SimClock {
  return new SimulatedClock(startMs);
}

class SimulatedClock implements SimClock {
  #elapsedMs = 0;
  #wallOffsetMs: number;
  #reads = 0;
  #soon = 0;
  // In the order in which they were set.
  readonly #timers = new Set<Timer>();

  constructor(startMs: number) {
    this.#wallOffsetMs = startMs;
  }

  get waiting(): number {
    return this.#timers.size;
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    this.#reads += 1;
    return this.#elapsedMs + this.#reads * READ_COSTS_MS;
  }

  after(delayMs: number, fn: () => void): () => void {
    const timer: Timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), fn };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  soon(fn: () => void): void {
    this.#soon += 1;
    setImmediate(() => {
      this.#soon -= 1;
      fn();
    });
  }

  hold(): () => void {
    return () => undefined;
  }

  shiftWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  jump(ms: number): void {
    this.#elapsedMs += ms;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (next.dueMs > this.#elapsedMs) return;
      this.#timers.delete(next);
      this.soon(next.fn);
    }
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await this.settled();
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (next.dueMs > untilMs) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      this.#timers.delete(next);
      next.fn();
      await this.settled();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, untilMs);
  }

  async settled(): Promise<void> {
    for (let turns = 0; turns < SETTLE_TURNS_MAX; turns += 1) {
      // all promises that can settle have settled before the next turn of the event loop
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      if (this.#soon === 0) return;
    }
    throw new Error(`no rest after ${SETTLE_TURNS_MAX} turns of the event loop`);
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}
