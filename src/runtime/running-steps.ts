import type { Executor } from '../ports/executor.ts';

/** How a run ended. */
export type StepOutcome =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly error: unknown };

interface Run {
  readonly attempt: number;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  outcome: StepOutcome | undefined;
}

/**
 * User code that runs right now, by effect. Outlives a world that is dropped after a failed write: the next
 * world adopts what still runs and is offered every result that has not landed.
 */
export class RunningSteps {
  readonly #executor: Executor;
  readonly #runs = new Map<number, Run>();
  /** Who takes results: the current world. */
  onSettled: ((uid: number, attempt: number, outcome: StepOutcome) => void) | undefined = undefined;

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  get count(): number {
    let running = 0;
    for (const run of this.#runs.values()) if (run.outcome === undefined) running += 1;
    return running;
  }

  has(uid: number): boolean {
    return this.#runs.has(uid);
  }

  start(uid: number, attempt: number, run: (signal: AbortSignal) => unknown): void {
    const controller = new AbortController();
    const ended = this.#executor
      .run('step', () => {
        // whoever executes it may have been a while about it
        controller.signal.throwIfAborted();
        return run(controller.signal);
      })
      .then(
        (output): StepOutcome => ({ ok: true, output }),
        (error: unknown): StepOutcome => ({ ok: false, error }),
      )
      .then((outcome) => {
        if (this.#runs.get(uid) !== entry) return; // given up meanwhile
        if (!outcome.ok && controller.signal.aborted) {
          this.#runs.delete(uid); // interrupted: that is no outcome, it runs again when its actor does
          return;
        }
        entry.outcome = outcome;
        this.onSettled?.(uid, attempt, outcome);
      });
    const entry: Run = { attempt, controller, ended, outcome: undefined };
    this.#runs.set(uid, entry);
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
    if (attempt === undefined || this.#runs.get(uid)?.attempt === attempt) this.#runs.delete(uid);
  }

  /** Aborts the run. Resolves when it has ended; its result is still taken if it comes. */
  abort(uid: number, reason: string): Promise<void> {
    const run = this.#runs.get(uid);
    if (run === undefined) return Promise.resolve();
    run.controller.abort(new DOMException(reason, 'AbortError'));
    return run.ended;
  }

  /** Resolves when what runs of this effect now has ended. */
  async whenEnded(uid: number): Promise<void> {
    await this.#runs.get(uid)?.ended;
  }

  /** Nobody will take a result any more. */
  abortAll(reason: string): void {
    for (const uid of this.#runs.keys()) void this.abort(uid, reason);
  }
}
