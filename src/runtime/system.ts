/**
 * The system as its embedder holds it: opens the store, keeps a world running on it, makes a new one after a
 * failed write, and ends in order.
 */
import { InvariantViolation } from '../base/assert.ts';
import { isPerdureError, PerdureError, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Ports } from '../ports/ports.ts';
import type { OpenStore, Store } from '../ports/store.ts';
import type { WatchOptions } from '../ports/turn-watch.ts';
import { type BuiltWorld, buildWorld, LogicRegistry, resumeWork, startWorld } from './boot.ts';
import { type SystemEvent, SystemEvents } from './events.ts';
import { Bystanders } from './bystanders.ts';
import { FailedWrites } from './failed-writes.ts';
import { closedBy, type EndCause, rootStartError } from './how-it-ended.ts';
import { holdInquest } from './inquest.ts';
import type { Resources } from './resource-limits.ts';
import { RunningActions } from './running-actions.ts';
import { RunningSteps } from './running-steps.ts';
import type { StoredWorld } from './stored-world.ts';
import type { SupervisingSpec } from './supervisor-node.ts';
import type { Closed, Health, StopOptions } from './system-types.ts';

export interface HostOptions {
  readonly root: SupervisingSpec;
  readonly store: Store;
  readonly lockWaitMs: number;
  readonly sync: boolean;
  readonly keepAlive: boolean;
  readonly signal: AbortSignal | undefined;
  readonly ports: Ports;
  readonly resources: Resources;
  /** Turns that last too long are reported. */
  readonly watchdog?: WatchOptions;
  /** Hears every event, also those of the opening. */
  readonly onEvent?: (event: SystemEvent) => void;
}

type Status = Health['status'];

/** What stands behind `System`. */
export class SystemHost {
  readonly events: SystemEvents;
  readonly outside: Bystanders;
  readonly closed: Promise<Closed>;
  readonly ports: Ports;
  readonly registry: LogicRegistry = new LogicRegistry();
  readonly #options: HostOptions;
  readonly #running: RunningSteps;
  readonly #runningActions = new RunningActions();
  #status: Status = 'recovering';
  #world: BuiltWorld | undefined = undefined;
  #store: OpenStore | undefined = undefined;
  #resolveClosed: (closed: Closed) => void = () => undefined;
  #release: () => void = () => undefined;
  #stopping: Promise<void> | undefined = undefined;
  readonly #failedWrites: FailedWrites;
  #isFenced = false;
  #recovery: Promise<void> | undefined = undefined;
  #endPause: () => void = () => undefined;
  #onTreeEnded: (() => void) | undefined = undefined;
  /** Whether there is a world that has gone on with its work. */
  #takesCalls = false;
  /** Calls that came while there was none. */
  #waiting: (() => void)[] = [];

  constructor(options: HostOptions) {
    this.#options = options;
    this.ports = options.ports;
    this.events = new SystemEvents(options.ports.logger);
    if (options.onEvent !== undefined) this.events.on('*', options.onEvent);
    this.outside = new Bystanders(options.ports.logger);
    this.#running = new RunningSteps(options.ports);
    this.#failedWrites = new FailedWrites(options.store.location, options.ports.logger);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Opens the store and starts the tree, or goes on with it. */
  async open(): Promise<void> {
    const { ports, keepAlive, signal } = this.#options;
    if (keepAlive) this.#release = ports.clock.hold();
    try {
      signal?.throwIfAborted();
      await this.#openWorld();
      // its tree may have ended meanwhile
      if (this.#status === 'recovering') this.#setStatus('running');
      const stop = (): void => void this.stop({ reason: 'aborted' });
      if (signal?.aborted === true) stop();
      signal?.addEventListener('abort', stop, { once: true });
      void this.closed.then(() => signal?.removeEventListener('abort', stop));
    } catch (error) {
      this.#release();
      await this.#dropWorld(error as Error);
      await this.#releaseOutside('start_failed');
      this.#failedWrites.giveUp();
      await this.#running.end('the system did not start');
      this.#setStatus('closed');
      throw error;
    }
  }

  /** Runs `call` in the world, at once if there is one: the order of calls is kept. */
  withWorld(call: (world: BuiltWorld) => void, refused: (error: Error) => void): void {
    if (this.#isEnding) {
      refused(new PerdureError('SYSTEM_STOPPING', { status: this.#status }));
      return;
    }
    const run = (): void => {
      const world = this.#world;
      if (world === undefined || !world.isAlive) {
        refused(new PerdureError('SYSTEM_STOPPING', { status: this.#status }));
        return;
      }
      try {
        call(world);
      } catch (error) {
        refused(error as Error);
        if (error instanceof InvariantViolation) world.panic(error);
      }
    };
    if (this.#takesCalls && this.#waiting.length === 0) run();
    else this.#waiting.push(run);
  }

  /** For reading: also while the system is stopping. */
  get world(): BuiltWorld | undefined {
    return this.#world;
  }

  health(): Health {
    const status = this.#status;
    const world = this.#world;
    const quarantined = new Set<string>(world?.supervision.quarantined());
    for (const cell of world?.cells.loaded() ?? [])
      if (cell.status === 'quarantined') quarantined.add(cell.address);
    return {
      live: status !== 'closed',
      ready: status === 'running' || status === 'degraded',
      status: status === 'running' && quarantined.size > 0 ? 'degraded' : status,
      quarantined: quarantined.size,
      deadLetters: world?.deadLetters.count ?? 0,
      orphans: world?.supervision.orphans() ?? [],
      paused: [...(world?.pauses.list() ?? [])].slice(0, limits.pausedShownMax),
    };
  }

  stop(options: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#stop(options);
    return this.#stopping;
  }

  async #stop({
    deadlineMs = limits.stopDeadlineMs,
    reason = 'stopped',
  }: StopOptions): Promise<void> {
    if (this.#recovery !== undefined) await this.#within(deadlineMs, this.#recovery);
    if (this.#status === 'closed') return;
    this.#setStatus('stopping');
    // one that still goes on ends at its next attempt
    this.#endPause();
    await this.#recovery;
    const world = this.#world;
    if (world?.isAlive === true) {
      const ended = new Promise<void>((resolve) => {
        this.#onTreeEnded = resolve;
      });
      world.supervision.close(reason);
      await this.#within(deadlineMs, ended);
      // one that crashed shortly before has its hook running still
      if (world.isAlive) await this.#within(deadlineMs, world.supervision.released());
      await this.#within(deadlineMs, this.#lastFlush(world));
    }
    this.#endPause();
    await this.#recovery;
    await this.#close({ reason: 'stopped', exitCode: 0 });
  }

  async #lastFlush(world: BuiltWorld): Promise<void> {
    if (!world.isAlive) return;
    try {
      await world.committer.flush();
    } catch (error) {
      this.ports.logger.error({ error: reasonOf(error) }, 'the last batch failed');
    }
  }

  #within(deadlineMs: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const withdraw = this.ports.clock.after(deadlineMs, resolve);
      void work.then(() => {
        withdraw();
        resolve();
      });
    });
  }

  async #close(closed: Closed): Promise<void> {
    if (this.#status === 'closed') return;
    const why = new PerdureError('SYSTEM_STOPPING', { status: 'stopped' });
    this.outside.close('stopped');
    await this.#dropWorld(why);
    this.#world?.supervision.abandon();
    this.#world?.committer.abandon(why);
    await this.#running.end('the system has ended');
    this.#takesCalls = true;
    for (const call of this.#waiting.splice(0)) call();
    this.#release();
    this.#setStatus('closed');
    this.#resolveClosed(closed);
  }

  async #dropWorld(why: Error): Promise<void> {
    const world = this.#world;
    this.#takesCalls = false;
    if (world !== undefined) {
      world.isAlive = false;
      world.timers.stop();
      world.effects.stopVolatile();
      world.supervision.dismiss(why);
    }
    const store = this.#store;
    this.#store = undefined;
    try {
      store?.flight?.finish();
    } catch (error) {
      this.ports.logger.warn({ error: reasonOf(error) }, 'the end in order could not be noted');
    }
    try {
      await store?.close();
    } catch (error) {
      this.ports.logger.error({ error: reasonOf(error) }, 'the store did not close');
    }
  }

  /** What the actors of the dropped world hold outside, such as a port, is wanted by those of the next. */
  async #releaseOutside(reason: string): Promise<void> {
    const supervision = this.#world?.supervision;
    if (this.#isEnding) return; // there will be no next
    this.#endPause = () => supervision?.abandon();
    await supervision?.release(reason);
    this.#endPause = () => undefined;
  }

  /** Resolves when the tree is up and that is durable. */
  async #openWorld(): Promise<void> {
    const { store, lockWaitMs, signal, ports } = this.#options;
    const opened = await store.open({
      storeId: ports.entropy.id(),
      lockWaitMs,
      ...(signal === undefined ? {} : { signal }),
    });
    this.#store = opened;
    let started: () => void = () => undefined;
    let failed: (error: Error) => void = () => undefined;
    let isOpening = true;
    const up = new Promise<void>((resolve) => {
      started = resolve;
    });
    const trouble = new Promise<never>((_resolve, reject) => {
      failed = reject;
    });
    trouble.catch(() => undefined); // it may come when nobody waits for the start any more
    const { world, stored: found } = await buildWorld({
      ports,
      store: opened,
      location: store.location,
      sync: this.#options.sync,
      root: this.#options.root,
      registry: this.registry,
      outside: this.outside,
      events: this.events,
      running: this.#running,
      resources: this.#options.resources,
      runningActions: this.#runningActions,
      onFailure: (flight, pending, verdict) => {
        world.isAlive = false;
        this.#isFenced ||= verdict === 'fenced';
        const { epoch, lastError: cause } = opened;
        const error = this.#failedWrites.add({ flight, pending, epoch, cause }, verdict);
        if (isOpening) failed(error);
        else this.#recovery = this.#recover(error);
      },
      onPanic: (error) => {
        failed(error as Error);
        this.#panicked(error);
      },
      onStarted: () => started(),
      onStartFailed: (failure) => {
        // what was tried is told and written before the system says that it did not start
        void this.#lastFlush(world).then(() => failed(rootStartError(failure)));
      },
      onExited: (_reason, cause) => this.#treeEnded(cause),
    });
    this.#failedWrites.settle(world);
    this.#world = world;
    this.outside.world = world;
    const stored = holdInquest(world, found);
    // what is counted is durable before anything can run again
    if (opened.flight?.left !== undefined) await Promise.race([world.committer.flush(), trouble]);
    world.recorder.take(stored, this.#options.watchdog);
    startWorld(world, stored);
    await Promise.race([up, trouble]);
    await Promise.race([this.#goOn(world, stored), trouble]);
    isOpening = false;
  }

  async #goOn(world: BuiltWorld, stored: StoredWorld): Promise<void> {
    resumeWork(world, stored);
    this.outside.resume(world);
    this.#takesCalls = true;
    for (const call of this.#waiting.splice(0)) call();
    await world.committer.flush();
  }

  #treeEnded(cause: EndCause): void {
    // told while stop() is still on its way to its first wait
    this.#onTreeEnded?.();
    if (this.#onTreeEnded !== undefined || this.#stopping !== undefined) return;
    this.#setStatus('stopping');
    const closed = closedBy(cause);
    this.#stopping = (async () => {
      const world = this.#world;
      if (world !== undefined) {
        await this.#lastFlush(world);
        await this.#within(limits.stopDeadlineMs, world.supervision.released());
      }
      await this.#close(closed);
    })();
  }

  #panicked(error: unknown): void {
    this.ports.logger.error(
      { error: reasonOf(error), stack: (error as Error).stack },
      'perdure met a bug of its own',
    );
    this.#setStatus('stopping');
    this.#stopping ??= this.#close({ reason: 'broken', error: error as Error, exitCode: 70 });
  }

  /**
   * A write failed, or nobody knows. The whole world in memory is dropped; the store is opened again and its
   * markers tell what landed; then everything goes on from there.
   */
  async #recover(error: PerdureError): Promise<void> {
    const { ports } = this.#options;
    this.#takesCalls = false; // before anybody hears of it
    if (this.#status === 'running') this.#setStatus('recovering');
    this.#failedWrites.hasLanded = undefined;
    await this.#dropWorld(error);
    this.events.emit({ type: 'store.failed', error });
    await this.#releaseOutside('store_failed');
    this.#onTreeEnded?.();
    for (let attempts = 1; this.#mayOpenAgain(attempts); attempts += 1) {
      try {
        await this.#openWorld();
        if (this.#status === 'recovering') this.#setStatus('running');
        const landed = this.#failedWrites.hasLanded === true;
        this.events.emit({ type: 'store.recovered', landed, attempts });
        return;
      } catch (failure) {
        const fields = { error: reasonOf(failure), attempt: attempts };
        ports.logger.error(fields, 'the store could not be opened again');
        await this.#dropWorld(error);
        await this.#releaseOutside('store_failed');
        if (isPerdureError(failure) && !failure.retryable) break;
        await this.#pause(Math.min(limits.reopenMaxMs, limits.reopenMinMs * 2 ** (attempts - 1)));
      }
    }
    this.#failedWrites.giveUp();
    const closing = this.#close({ reason: 'store_failed', error, exitCode: 74 });
    this.#stopping ??= closing;
    await closing;
  }

  get #isEnding(): boolean {
    return this.#status === 'stopping' || this.#status === 'closed';
  }

  #mayOpenAgain(attempts: number): boolean {
    return !this.#isFenced && !this.#isEnding && attempts <= limits.reopenAttemptsMax;
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const withdraw = this.ports.clock.after(delayMs, resolve);
      this.#endPause = () => {
        withdraw();
        resolve();
      };
    });
  }

  #setStatus(status: Status): void {
    if (this.#status === status) return;
    this.#status = status;
    this.events.emit({ type: 'system.status', status });
  }
}
