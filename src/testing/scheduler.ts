/**
 * Owns time and every choice of what is next. Whatever a simulated process wants done is a task here; one
 * runs at a time, and all that it leads to in this turn of the event loop comes before the next. So a run is
 * decided by the order in which tasks are taken, which is that of arrival or comes from a seed.
 */
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';

/** Tasks of one that is not alive are never run. */
export interface Owner {
  readonly isAlive: boolean;
}

/** What a task does, for the trace and for delays. */
export type TaskKind = 'soon' | 'timer' | 'write' | 'heard' | 'open' | 'scan' | 'begin' | 'end';

interface Task {
  readonly owner: Owner;
  readonly kind: TaskKind;
  readonly run: () => void;
}

interface Timer extends Task {
  dueMs: number;
  /** The same on the wall. */
  readonly wallDueMs: number;
}

export interface SchedulerOptions {
  readonly trace: Trace;
  /** Wall time at the start, in ms since the epoch. */
  readonly startMs: number;
  /** Who chooses among tasks; undefined: first come, first served. */
  readonly random?: Random | undefined;
  /** How likely a task of that kind lets others go first, if there are any. */
  readonly delays?: Readonly<Partial<Record<TaskKind, number>>>;
}

/** How long a jump of the wall may go unseen. */
const WALL_LOOK_MS = 60_000;
/** Tasks after which what is simulated does not come to rest. */
const TASKS_MAX = 1_000_000;
/** So often is time moved on for what may never come: some upkeep of the runtime is always due. */
const MOVES_MAX = 10_000;

export class Scheduler {
  readonly #trace: Trace;
  readonly #random: Random | undefined;
  readonly #delays: Readonly<Partial<Record<TaskKind, number>>>;
  readonly #ready: Task[] = [];
  #timers: Timer[] = [];
  #elapsedMs = 0;
  #wallOffsetMs: number;
  #isPumping = false;
  /** Work that takes real time. */
  #outside = 0;
  /** Called before each task: the place where a process can be seen to die. */
  beforeTask: () => void = () => undefined;

  constructor({ trace, startMs, random, delays = {} }: SchedulerOptions) {
    this.#trace = trace;
    this.#random = random;
    this.#delays = delays;
    this.#wallOffsetMs = startMs;
  }

  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  get wallMs(): number {
    return this.#wallOffsetMs + this.#elapsedMs;
  }

  /** Long waits look at the wall once in a minute, as those of the system's clock do. */
  shiftWall(ms: number): void {
    this.#wallOffsetMs += ms;
    for (const timer of this.#timers) {
      const restMs = Math.max(timer.wallDueMs - this.wallMs, WALL_LOOK_MS);
      timer.dueMs = Math.min(timer.dueMs, this.#elapsedMs + restMs);
    }
  }

  post(owner: Owner, kind: TaskKind, run: () => void): void {
    if (!owner.isAlive) return;
    this.#ready.push({ owner, kind, run });
    this.#pump();
  }

  /** Runs it when that time has passed. Returns how to withdraw it. */
  after(owner: Owner, delayMs: number, run: () => void): () => void {
    const timer: Timer = {
      owner,
      kind: 'timer',
      run,
      dueMs: this.#elapsedMs + Math.max(0, delayMs),
      wallDueMs: this.wallMs + Math.max(0, delayMs),
    };
    if (owner.isAlive) this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Whether nothing is to be done before time passes, as far as it is known now. */
  get isIdle(): boolean {
    return this.#ready.length === 0 && this.#outside === 0;
  }

  /** Nothing is at rest before that has ended: the one thing here that takes real time. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#outside += 1;
    try {
      return await work;
    } finally {
      this.#outside -= 1;
    }
  }

  /** When the next timer is due, in elapsed time. */
  get nextDueMs(): number | undefined {
    this.#timers = this.#timers.filter(({ owner }) => owner.isAlive);
    let next: number | undefined;
    for (const { dueMs } of this.#timers) if (next === undefined || dueMs < next) next = dueMs;
    return next;
  }

  /** Resolves when nothing is left to do before time passes. Knows nothing of other real I/O than {@link during}. */
  async settled(): Promise<void> {
    for (let tasks = 0; tasks < TASKS_MAX; ) {
      // all promises that can settle have settled before the next turn of the event loop
      await nextTurn();
      if (this.isIdle) return;
      if (this.#ready.length > 0) tasks += 1;
    }
    throw new Error(`no rest after ${TASKS_MAX} tasks`);
  }

  /** Lets time pass: what becomes due on the way is done at its time, in the order in which it was set. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await this.settled();
    for (let dueMs = this.nextDueMs; dueMs !== undefined; dueMs = this.nextDueMs) {
      if (dueMs > untilMs) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, dueMs);
      this.#fire();
      await this.settled();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, untilMs);
  }

  /** Lets time pass until the next thing is due; false if there is none. */
  async advanceToNext(): Promise<boolean> {
    const dueMs = this.nextDueMs;
    if (dueMs === undefined) return false;
    await this.advance(Math.max(0, dueMs - this.#elapsedMs));
    return true;
  }

  /** From one thing that is due to the next, until it is over; false if time does not bring that about. */
  async advanceUntil(isOver: () => boolean): Promise<boolean> {
    for (let moves = 0; moves < MOVES_MAX && !isOver(); moves += 1)
      if (!(await this.advanceToNext())) break;
    return isOver();
  }

  /** Lets time pass at one blow, as while a machine sleeps: what is due by then runs after that. */
  async jump(ms: number): Promise<void> {
    this.#elapsedMs += ms;
    this.#fire();
    await this.settled();
  }

  /** What is due becomes ready. */
  #fire(): void {
    const due = this.#timers
      .filter(({ owner, dueMs }) => owner.isAlive && dueMs <= this.#elapsedMs)
      .toSorted((a, b) => a.dueMs - b.dueMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { owner, kind, run } of due) this.post(owner, kind, run);
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      this.beforeTask();
      const task = this.#take();
      if (this.#ready.length > 0) this.#pump();
      if (task?.owner.isAlive !== true) return;
      this.#trace.add(`${this.#elapsedMs} ${task.kind}`);
      task.run();
    });
  }

  #take(): Task | undefined {
    if (this.#random === undefined || this.#ready.length < 2) return this.#ready.shift();
    let place = this.#random.below(this.#ready.length);
    const delay = this.#delays[(this.#ready[place] as Task).kind];
    if (delay !== undefined && this.#random.chance(delay))
      place = this.#random.below(this.#ready.length);
    return this.#ready.splice(place, 1)[0];
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
