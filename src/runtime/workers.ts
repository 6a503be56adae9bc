/**
 * Starts and stops the actors below supervisors: hooks, snapshots read back from the store, effects aborted
 * and awaited, all within their time.
 */
import { crash, describe, type ExitReason, killed, shutdown } from '../actors/exit-reason.ts';
import { PerdureError, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { ShutdownMs } from '../supervisor/child-spec.ts';
import type { Cell } from './cell.ts';
import { guard } from './guard.ts';
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

interface Rising {
  readonly cell: Cell;
  readonly ends: (() => void)[];
}

export class Workers {
  readonly #world: World;
  readonly #begin: (cell: Cell) => void;
  /** Incarnations that are up and whose `onStop` is owed. */
  readonly #hooked = new Set<number>();
  /** Ends that still take time: the next incarnation waits for them. */
  readonly #ending = new Map<number, Promise<void>>();
  readonly #starts = new Map<number, Start>();
  /** Of hooks that run: aborted when their time is over. */
  readonly #stopSignals = new Map<number, AbortController>();
  /** Of ends that take time: what happens when that is over. */
  readonly #limits = new Map<number, () => void>();
  /** Stops that are to take no time, and have not begun. */
  readonly #cutShort = new Set<number>();
  #rising: Rising | undefined = undefined;

  constructor(world: World, begin: (cell: Cell) => void) {
    this.#world = world;
    this.#begin = begin;
  }

  /** Calls `done` at once if nothing has to be waited for. */
  start(cell: Cell, restored: boolean, done: (outcome: StartOutcome) => void): void {
    cell.hold = 'starting';
    const start: Start = { cell, restored, done, controller: new AbortController() };
    this.#starts.set(cell.uid, start);
    const ending = this.#ending.get(cell.uid);
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
      told(shutdown);
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

  /** Destroys an actor that is starting or being stopped. false: it is doing neither. */
  kill(cell: Cell): boolean {
    const start = this.#starts.get(cell.uid);
    if (start !== undefined) {
      start.controller.abort(killed);
      cell.hold = 'restarting';
      this.#settle(start, { kind: 'startFailed', reason: killed });
      return true;
    }
    if (cell.hold !== 'stopping') return false;
    this.cutShort(cell);
    return true;
  }

  /** It ended by itself: what it held outside is released after that landed. */
  ended(cell: Cell, reason: ExitReason): void {
    const isAborted = reason.kind !== 'crash';
    if (reason.kind === 'killed') this.#hooked.delete(cell.uid);
    if (!(isAborted && this.#hasEffects(cell)) && !this.#hooked.has(cell.uid)) return;
    const { shutdownMs } = cell.settings;
    const givenMs = shutdownMs === 'brutal_kill' ? limits.shutdownMs : shutdownMs;
    const timeoutMs = reason.kind === 'killed' ? 0 : givenMs;
    const ending = new Promise<void>((resolve) => {
      this.#world.committer.pending.afterLanding(() => {
        const orderly = isAborted ? this.#windUp(cell, reason) : this.#runOnStop(cell, reason);
        // what a crashed actor runs goes on, also when its hook is late
        void this.#inTime(cell, timeoutMs, orderly, isAborted).then(() => resolve());
      });
    });
    this.#ending.set(cell.uid, ending);
    void ending.then(() => {
      if (this.#ending.get(cell.uid) === ending) this.#ending.delete(cell.uid);
    });
  }

  /** An actor may end within its first turn: that is told after its start was. */
  afterStart(cell: Cell, end: () => void): boolean {
    if (this.#rising?.cell !== cell) return false;
    this.#rising.ends.push(end);
    return true;
  }

  #up(start: Start): void {
    const { cell } = start;
    const isNew = cell.snapshot === undefined;
    if (cell.settings.onStop !== undefined) this.#hooked.add(cell.uid);
    cell.status = 'running';
    cell.hold = 'none';
    const rising: Rising = { cell, ends: [] };
    this.#rising = rising;
    try {
      if (isNew) this.#begin(cell);
    } catch (error) {
      cell.hold = 'starting';
      this.ended(cell, crash(error));
      this.#settle(start, { kind: 'startFailed', reason: crash(error) });
      return;
    } finally {
      this.#rising = undefined;
    }
    const world = this.#world;
    world.cells.changed(cell);
    const { address, incarnation } = cell;
    world.committer.pending.afterLanding(() => {
      world.events.emit({ type: 'actor.started', address, incarnation, restored: !isNew });
    });
    this.#settle(start, { kind: 'started' });
    if (rising.ends.length === 0) this.wake(cell);
    for (const end of rising.ends) end();
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
    const hook = ports.executor.run(() =>
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
      this.#hooked.delete(cell.uid);
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
    return await this.#runOnStop(cell, reason);
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
        this.#stopSignals.get(cell.uid)?.abort();
        if (abandonsEffects) this.#abandonEffects(cell);
        end(killed);
      };
      this.#limits.set(cell.uid, expire);
      if (timeoutMs !== 'infinity') withdraw = this.#world.ports.clock.after(timeoutMs, expire);
      void orderly.then(end);
    });
  }

  /** Never rejects: what `onStop` throws becomes the reason, as in OTP's terminate. */
  async #runOnStop(cell: Cell, reason: ExitReason): Promise<ExitReason> {
    const { onStop } = cell.settings;
    if (!this.#hooked.delete(cell.uid) || onStop === undefined) return reason;
    const { executor, logger } = this.#world.ports;
    const controller = new AbortController();
    this.#stopSignals.set(cell.uid, controller);
    try {
      const { address } = cell;
      const { signal } = controller;
      await executor.run(() => onStop({ address, reason: describe(reason), signal }));
      return reason;
    } catch (error) {
      logger.error({ actor: cell.address, error: reasonOf(error) }, 'onStop threw');
      return crash(error);
    } finally {
      this.#stopSignals.delete(cell.uid);
    }
  }

  #abandonEffects(cell: Cell): void {
    for (const child of this.#descendants(cell)) this.#abandonEffects(child);
    this.#world.effects.abandon(cell.uid);
  }

  #isBusy(cell: Cell): boolean {
    if (this.#hooked.has(cell.uid) || this.#hasEffects(cell)) return true;
    return this.#descendants(cell).some((child) => this.#isBusy(child));
  }

  #hasEffects(cell: Cell): boolean {
    return this.#world.effects.of(cell.uid).length > 0;
  }

  async #suspendEffects(cell: Cell): Promise<void> {
    await Promise.all(this.#descendants(cell).map((child) => this.#suspendEffects(child)));
    await this.#world.effects.suspend(cell.uid, 'the actor is being stopped');
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
