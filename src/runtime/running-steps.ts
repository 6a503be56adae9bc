import type { Clock } from '../ports/clock.ts';
import type { Executor } from '../ports/executor.ts';
import type { Ports } from '../ports/ports.ts';
import type { Threads } from '../ports/threads.ts';

/** How a run ended. */
export type StepOutcome =
  | { readonly ok: true; readonly output: unknown }
  /** `isCutShort`: it had no time left, and may go on; nobody knows what it did or does. */
  | { readonly ok: false; readonly error: unknown; readonly isCutShort: boolean };

/** How long a run may take, or go on without a sign of life. */
export interface RunLimits {
  readonly timeoutMs?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  exceeded(limit: 'timeoutMs' | 'heartbeatMs', limitMs: number): Error;
}

/** What a run is called with. */
export interface RunTools {
  readonly signal: AbortSignal;
  /** It is alive. */
  readonly heartbeat: () => void;
}

interface NewRun {
  readonly uid: number;
  /** The actor that invoked it. */
  readonly owner: number;
  readonly attempt: number;
  readonly run: (tools: RunTools) => unknown;
  readonly limits: RunLimits | undefined;
  /** The resource that it uses. */
  readonly resource: string | undefined;
}

interface Run extends Pick<NewRun, 'attempt' | 'resource'> {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  outcome: StepOutcome | undefined;
  /** Withdraws its timers. */
  readonly timers: { timeout?: () => void; heartbeat?: () => void };
}

/**
 * User code that runs right now, by effect. Outlives a world that is dropped after a failed write: the next
 * world adopts what still runs and is offered every result that has not landed.
 */
export class RunningSteps {
  readonly #executor: Executor;
  readonly #clock: Clock;
  readonly #threads: Threads | undefined;
  readonly #runs = new Map<number, Run>();
  /** Ends of all that goes on for an actor, also of what nobody wants any more. */
  readonly #going = new Map<number, Set<Promise<void>>>();
  /** How many use each resource. */
  readonly #users = new Map<string, number>();
  /** Who takes results: the current world. */
  onSettled: ((uid: number, attempt: number, outcome: StepOutcome) => void) | undefined = undefined;
  /** One that used this resource does not run any more, as far as anybody waits for it. */
  onOver: ((resource: string) => void) | undefined = undefined;

  constructor({ executor, clock, threads }: Pick<Ports, 'executor' | 'clock' | 'threads'>) {
    this.#executor = executor;
    this.#clock = clock;
    this.#threads = threads;
  }

  get count(): number {
    let running = 0;
    for (const run of this.#runs.values()) if (run.outcome === undefined) running += 1;
    return running;
  }

  has(uid: number): boolean {
    return this.#runs.has(uid);
  }

  /** Of those that run now. */
  countOf(resource: string): number {
    return this.#users.get(resource) ?? 0;
  }

  start({ uid, owner, attempt, run, limits, resource }: NewRun): void {
    const controller = new AbortController();
    const heartbeat = (): void => this.#heard(uid, entry, limits);
    const ended = this.#executor
      .run('step', () => {
        // whoever executes it may have been a while about it
        controller.signal.throwIfAborted();
        return run({ signal: controller.signal, heartbeat });
      })
      .then(
        (output): StepOutcome => ({ ok: true, output }),
        (error: unknown): StepOutcome => ({ ok: false, error, isCutShort: false }),
      )
      .then((outcome) => {
        // given up meanwhile, or its time is over: what it says now is refused
        if (this.#runs.get(uid) !== entry || entry.outcome !== undefined) return;
        if (!outcome.ok && controller.signal.aborted) {
          this.#delete(uid); // interrupted: that is no outcome, it runs again when its actor does
          return;
        }
        this.#settle(uid, entry, outcome);
      });
    const entry: Run = { attempt, resource, controller, ended, outcome: undefined, timers: {} };
    this.#runs.set(uid, entry);
    this.#goesOn(owner, ended);
    if (resource !== undefined) this.#users.set(resource, this.countOf(resource) + 1);
    if (limits === undefined) return;
    const { timeoutMs } = limits;
    if (timeoutMs !== undefined) {
      entry.timers.timeout = this.#clock.after(timeoutMs, () =>
        this.#cut(uid, entry, limits.exceeded('timeoutMs', timeoutMs)),
      );
    }
    this.#heard(uid, entry, limits);
  }

  /** Its time is over. What it returns from now on is refused. */
  cutShort(uid: number, error: Error): void {
    const run = this.#runs.get(uid);
    if (run !== undefined) this.#cut(uid, run, error);
  }

  /**
   * Offers again what has ended but has not landed; true if there was something or it still runs. One that
   * was aborted and has not ended yet may leave nothing to offer: `again` is called then.
   */
  adopt(uid: number, again: () => void): boolean {
    const run = this.#runs.get(uid);
    if (run === undefined) return false;
    if (run.outcome !== undefined) this.onSettled?.(uid, run.attempt, run.outcome);
    else if (run.controller.signal.aborted)
      void run.ended.then(() => {
        if (!this.#runs.has(uid)) again();
      });
    return true;
  }

  /** Its result is durable, or nobody wants it. */
  forget(uid: number, attempt?: number): void {
    if (attempt === undefined || this.#runs.get(uid)?.attempt === attempt) this.#delete(uid);
  }

  /** Aborts the run. Its result is still taken if it comes. */
  abort(uid: number, reason: string): void {
    this.#runs.get(uid)?.controller.abort(new DOMException(reason, 'AbortError'));
  }

  /** Whether anything that was begun for this actor goes on, also what nobody wants any more. */
  isGoing(owner: number): boolean {
    return this.#going.has(owner);
  }

  /** Resolves when all that was begun for this actor has ended, results that are refused included. */
  async allEnded(owner: number): Promise<void> {
    await Promise.all([...(this.#going.get(owner) ?? [])]);
  }

  /** What still goes on for it is not waited for any more. */
  giveUp(owner: number): void {
    this.#going.delete(owner);
  }

  /** Nobody will take a result any more. Resolves when no thread is left. */
  async end(reason: string): Promise<void> {
    for (const uid of this.#runs.keys()) this.abort(uid, reason);
    await this.#threads?.close();
  }

  #goesOn(owner: number, ended: Promise<void>): void {
    const going = this.#going.get(owner) ?? new Set();
    this.#going.set(owner, going.add(ended));
    void ended.then(() => {
      going.delete(ended);
      if (going.size === 0 && this.#going.get(owner) === going) this.#going.delete(owner);
    });
  }

  #heard(uid: number, run: Run, limits: RunLimits | undefined): void {
    const heartbeatMs = limits?.heartbeatMs;
    if (limits === undefined || heartbeatMs === undefined) return;
    if (this.#runs.get(uid) !== run || run.outcome !== undefined) return;
    run.timers.heartbeat?.();
    run.timers.heartbeat = this.#clock.after(heartbeatMs, () =>
      this.#cut(uid, run, limits.exceeded('heartbeatMs', heartbeatMs)),
    );
  }

  #cut(uid: number, run: Run, error: Error): void {
    if (this.#runs.get(uid) !== run || run.outcome !== undefined) return;
    this.#settle(uid, run, { ok: false, error, isCutShort: true });
    run.controller.abort(error);
  }

  #settle(uid: number, run: Run, outcome: StepOutcome): void {
    this.#over(run);
    run.outcome = outcome;
    this.onSettled?.(uid, run.attempt, outcome);
  }

  #delete(uid: number): void {
    const run = this.#runs.get(uid);
    if (run?.outcome === undefined && run !== undefined) this.#over(run);
    this.#runs.delete(uid);
  }

  #over({ timers, resource }: Run): void {
    timers.timeout?.();
    timers.heartbeat?.();
    if (resource === undefined) return;
    this.#users.set(resource, this.countOf(resource) - 1);
    this.onOver?.(resource);
  }
}
