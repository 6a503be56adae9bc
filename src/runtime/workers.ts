/**
 * Starts and stops the actors below supervisors: hooks, snapshots read back from the store, effects aborted
 * and awaited, all within their time.
 */
import { crash, type ExitReason, killed, shutdown } from '../actors/exit-reason.ts';
import { PerdureError, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { ShutdownMs } from '../supervisor/child-spec.ts';
import type { Cell } from './cell.ts';
import { guard } from './guard.ts';
import { StopHooks } from './stop-hooks.ts';
import { whyNoFirstTurn } from './turns.ts';
import type { World } from './world.ts';

export type StartOutcome =
  | { readonly kind: 'started' }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'startFailed'; readonly reason: ExitReason };

/** A start that takes time. What comes of it after the actor was told to stop is nobody's business. */
interface Start {
  readonly cell: Cell;
  readonly restored: boolean;
  readonly done: (outcome: StartOutcome) => void;
  readonly controller: AbortController;
}

export class Workers {
  readonly #world: World;
  readonly #begin: (cell: Cell) => void;
  readonly stopHooks: StopHooks;
  /** Ends that still take time, by address: whoever starts there next waits for them. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #starts = new Map<number, Start>();
  /** Of ends that take time: what happens when that is over. */
  readonly #limits = new Map<number, () => void>();
  /** Stops that are to take no time, and have not begun. */
  readonly #cutShort = new Set<number>();
  /** Those whose first turn is being taken, one within another, and ends that wait for it. */
  readonly #rising = new Map<Cell, (() => void)[]>();

  constructor(world: World, begin: (cell: Cell) => void) {
    this.#world = world;
    this.#begin = begin;
    this.stopHooks = new StopHooks(world.ports);
  }

  /** Calls `done` at once if nothing has to be waited for. */
  start(cell: Cell, restored: boolean, done: (outcome: StartOutcome) => void): void {
    cell.hold = 'starting';
    this.#cutShort.delete(cell.uid);
    const start: Start = { cell, restored, done, controller: new AbortController() };
    this.#starts.set(cell.uid, start);
    const ending = this.#ending.get(cell.address);
    if (ending === undefined) this.#prepare(start);
    else void ending.then(() => guard(this.#world, () => this.#prepare(start)));
  }

  /** The world ends: nothing will come of what is starting. */
  dismiss(): void {
    for (const { controller } of this.#starts.values()) controller.abort();
    this.#starts.clear();
  }

  #isCurrent(start: Start): boolean {
    const { cell } = start;
    return this.#world.isAlive && cell.hold === 'starting' && this.#starts.get(cell.uid) === start;
  }

  #prepare(start: Start): void {
    if (!this.#isCurrent(start)) return;
    const { cell, restored } = start;
    const { committer, dispatcher } = this.#world;
    if (restored && !cell.isClean) {
      // the bytes to go on from are on their way to the store
      committer.pending.afterLanding(() => this.#prepare(start));
      dispatcher.wake();
      return;
    }
    if (!restored) {
      const why = whyNoFirstTurn(cell);
      if (why !== undefined) {
        this.#settle(start, { kind: 'startFailed', reason: { kind: 'quarantined', why } });
        return;
      }
    }
    if (!restored && this.#world.recorder.isOn && !this.#world.recorder.mayTake(cell)) {
      // a first turn that ends the process is looked for in the store afterwards
      committer.pending.afterLanding(() => this.#prepare(start));
      dispatcher.wake();
      return;
    }
    if (restored) {
      const unfit = this.#reload(cell);
      if (unfit !== undefined) {
        this.#settle(start, { kind: 'startFailed', reason: { kind: 'quarantined', why: unfit } });
        return;
      }
    }
    if (cell.settings.onStart === undefined) {
      this.#up(start);
      return;
    }
    // a hook touches the outside: it comes after the decision that it belongs to
    committer.pending.afterLanding(() => {
      if (this.#isCurrent(start)) void this.#startWithHook(start);
    });
    dispatcher.wake();
  }

  #settle({ cell, done }: Start, outcome: StartOutcome): void {
    this.#starts.delete(cell.uid);
    done(outcome);
  }

  stop(cell: Cell, shutdownMs: ShutdownMs, told: (reason: ExitReason) => void): void {
    cell.hold = 'stopping';
    this.#starts.get(cell.uid)?.controller.abort();
    this.#starts.delete(cell.uid);
    this.rest(cell);
    if (!this.#isBusy(cell)) {
      told(endOf(shutdownMs));
      return;
    }
    this.#world.committer.pending.afterLanding(() => {
      const limit = this.#cutShort.delete(cell.uid) ? 'brutal_kill' : shutdownMs;
      void this.#stopInTime(cell, limit).then((reason) => guard(this.#world, () => told(reason)));
    });
    this.#world.dispatcher.wake();
  }

  /** The time that its stop may take is over now. */
  cutShort(cell: Cell): void {
    const expire = this.#limits.get(cell.uid);
    if (expire === undefined) this.#cutShort.add(cell.uid);
    else expire();
  }

  /** Ends an actor that is starting: a failed start. false: it is not starting, or in its first turn. */
  endStart(cell: Cell, reason: ExitReason): boolean {
    const start = this.#starts.get(cell.uid);
    if (start === undefined || this.#rising.has(cell)) return false;
    start.controller.abort(reason);
    cell.hold = 'restarting';
    this.#settle(start, { kind: 'startFailed', reason });
    return true;
  }

  /** It ended by itself: what it held outside is released after that landed. */
  ended(cell: Cell, reason: ExitReason): void {
    const isAborted = reason.kind !== 'crash';
    if (reason.kind === 'killed') this.stopHooks.waive(cell);
    if (isAborted) this.rest(cell);
    if (!(isAborted && this.#runsEffects(cell)) && !this.stopHooks.isOwed(cell)) return;
    const { shutdownMs } = cell.settings;
    const givenMs = shutdownMs === 'brutal_kill' ? limits.shutdownMs : shutdownMs;
    const timeoutMs = reason.kind === 'killed' ? 0 : givenMs;
    const ending = new Promise<void>((resolve) => {
      this.#world.committer.pending.afterLanding(() => {
        const orderly = isAborted ? this.#windUp(cell, reason) : this.stopHooks.run(cell, reason);
        // what a crashed actor runs goes on, also when its hook is late
        void this.#inTime(cell, timeoutMs, orderly, isAborted).then(() => resolve());
      });
    });
    this.#ending.set(cell.address, ending);
    void ending.then(() => {
      if (this.#ending.get(cell.address) === ending) this.#ending.delete(cell.address);
    });
  }

  /** Resolves when nothing is still ending, of those that ended by themselves. */
  async quiet(): Promise<void> {
    await Promise.all(this.#ending.values());
  }

  /** It must not run any more, nor what it started: its effects are aborted, and run again if it does. */
  halt(cell: Cell): void {
    this.rest(cell);
    this.#world.committer.pending.afterLanding(() => {
      const ended = this.#suspendEffects(cell).then(() => shutdown);
      void this.#inTime(cell, limits.shutdownMs, ended);
    });
  }

  /** An actor may end within its first turn: that is told after its start was. */
  afterStart(cell: Cell, end: () => void): boolean {
    const ends = this.#rising.get(cell);
    ends?.push(end);
    return ends !== undefined;
  }

  #up(start: Start): void {
    const { cell } = start;
    const isNew = cell.snapshot === undefined;
    this.stopHooks.owe(cell);
    cell.status = 'running';
    cell.hold = 'none';
    const ends: (() => void)[] = [];
    this.#rising.set(cell, ends);
    try {
      // the first turn of one that is paused waits too
      if (isNew && !this.#world.pauses.holds(cell.address)) this.#begin(cell);
    } catch (error) {
      cell.hold = 'starting';
      this.ended(cell, crash(error));
      this.#settle(start, { kind: 'startFailed', reason: crash(error) });
      return;
    } finally {
      this.#rising.delete(cell);
    }
    const world = this.#world;
    world.cells.changed(cell);
    const { address, incarnation } = cell;
    world.committer.pending.afterLanding(() => {
      world.events.emit({ type: 'actor.started', address, incarnation, restored: !isNew });
    });
    this.#settle(start, { kind: 'started' });
    if (ends.length === 0) this.wake(cell);
    for (const end of ends) end();
  }

  /** Everything of an actor that waited for it to run. */
  wake(cell: Cell): void {
    const world = this.#world;
    world.effects.resume(cell.uid);
    world.actions.resume(cell);
    world.timers.rearm(cell.uid);
    world.dispatcher.ready(cell);
    for (const child of this.#descendants(cell)) {
      if (child.hold !== 'stopping') continue;
      child.hold = 'none';
      this.wake(child);
    }
  }

  /** Why it cannot go on, if it cannot. */
  #reload(cell: Cell): string | undefined {
    try {
      this.#world.cells.reload(cell);
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  async #startWithHook(start: Start): Promise<void> {
    let outcome: StartOutcome;
    try {
      const said = await this.#runOnStart(start);
      outcome = said === 'ignore' ? { kind: 'ignored' } : { kind: 'started' };
    } catch (error) {
      outcome = { kind: 'startFailed', reason: crash(error) };
    }
    guard(this.#world, () => {
      if (!this.#isCurrent(start)) return;
      if (outcome.kind === 'started') this.#up(start);
      else this.#settle(start, outcome);
      this.#world.dispatcher.wake();
    });
  }

  async #runOnStart({ cell, controller }: Start): Promise<unknown> {
    const { settings } = cell;
    const { ports } = this.#world;
    let withdraw = (): void => undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      withdraw = ports.clock.after(settings.startTimeoutMs, () => {
        const late = new PerdureError('START_TIMEOUT', {
          address: cell.address,
          timeoutMs: settings.startTimeoutMs,
        });
        controller.abort(late);
        reject(late);
      });
    });
    const hook = ports.executor.run('hook', () =>
      settings.onStart?.({
        input: cell.input,
        address: cell.address,
        incarnation: cell.incarnation,
        restored: cell.snapshot !== undefined,
        signal: controller.signal,
      }),
    );
    try {
      return await Promise.race([hook, timeout]);
    } finally {
      withdraw();
    }
  }

  async #stopInTime(cell: Cell, shutdownMs: ShutdownMs): Promise<ExitReason> {
    if (shutdownMs === 'brutal_kill') {
      this.stopHooks.waive(cell);
      return await this.#inTime(
        cell,
        0,
        this.#suspendEffects(cell).then(() => killed),
      );
    }
    return await this.#inTime(cell, shutdownMs, this.#windUp(cell, shutdown));
  }

  /** Aborts what it runs, waits for that, then lets it release what it holds. */
  async #windUp(cell: Cell, reason: ExitReason): Promise<ExitReason> {
    await this.#suspendEffects(cell);
    return await this.stopHooks.run(cell, reason);
  }

  /** What does not end in its time is abandoned: whatever comes of it is refused. */
  #inTime(
    cell: Cell,
    timeoutMs: number | 'infinity',
    orderly: Promise<ExitReason>,
    abandonsEffects = true,
  ): Promise<ExitReason> {
    return new Promise((resolve) => {
      let withdraw = (): void => undefined;
      const end = (reason: ExitReason): void => {
        withdraw();
        if (this.#limits.get(cell.uid) === expire) this.#limits.delete(cell.uid);
        resolve(reason);
      };
      const expire = (): void => {
        this.stopHooks.expire(cell);
        // what runs in the world after this one is not this one's to give up
        if (abandonsEffects && this.#world.isAlive) this.#abandonEffects(cell);
        end(killed);
      };
      this.#limits.set(cell.uid, expire);
      if (timeoutMs !== 'infinity') withdraw = this.#world.ports.clock.after(timeoutMs, expire);
      void orderly.then(end);
    });
  }

  #abandonEffects(cell: Cell): void {
    for (const child of this.#descendants(cell)) this.#abandonEffects(child);
    this.#world.effects.abandon(cell.uid);
  }

  #isBusy(cell: Cell): boolean {
    // one that has itself stopped takes its turn to the end
    if (cell.isTurning || this.stopHooks.isOwed(cell) || this.#hasEffects(cell)) return true;
    return this.#descendants(cell).some((child) => this.#isBusy(child));
  }

  #hasEffects(cell: Cell): boolean {
    const { effects, running } = this.#world;
    return effects.of(cell.uid).length > 0 || running.isGoing(cell.uid);
  }

  /** It, or something that it spawned or invoked. */
  #runsEffects(cell: Cell): boolean {
    return (
      this.#hasEffects(cell) || this.#descendants(cell).some((child) => this.#runsEffects(child))
    );
  }

  async #suspendEffects(cell: Cell): Promise<void> {
    // a world that was dropped runs nothing, and has no store to read from
    if (!this.#world.isAlive) return;
    const below = this.#descendants(cell).map((child) => this.#suspendEffects(child));
    // all are told now: told after a slow one has ended, it could be the next incarnation's that ends
    const own = this.#world.effects.suspend(cell.uid, 'the actor is being stopped');
    await Promise.all([...below, own]);
  }

  /** What it spawned or invoked takes no turn before it is up again. */
  rest(cell: Cell): void {
    for (const child of this.#descendants(cell)) {
      child.hold = 'stopping';
      this.rest(child);
    }
  }

  /** Actors it spawned or invoked, as far as they are in memory. */
  #descendants(cell: Cell): Cell[] {
    return this.#world.lifecycle.childrenOf(cell);
  }
}

/** How one ends that has nothing to wind up: a kill is a kill also then. */
export function endOf(shutdownMs: ShutdownMs): ExitReason {
  return shutdownMs === 'brutal_kill' ? killed : shutdown;
}
