/**
 * The system as its embedder holds it: opens the store, keeps a world running on it, makes a new one after a
 * failed write, and ends in order.
 */
import { describe } from '../actors/exit-reason.ts';
import { invariant, InvariantViolation } from '../base/assert.ts';
import { isPerdureError, PerdureError, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { OpenStore, Store } from '../ports/store.ts';
import type { Command } from '../supervisor/command.ts';
import { describeFailure, type StartFailure } from '../supervisor/start-failure.ts';
import { type BuiltWorld, buildWorld, LogicRegistry, resumeWork, startWorld } from './boot.ts';
import type { Flight } from './committer.ts';
import { SystemEvents } from './events.ts';
import { Bystanders } from './bystanders.ts';
import type { PendingBatch } from './pending-batch.ts';
import { RunningSteps } from './running-steps.ts';
import type { StoredWorld } from './stored-world.ts';
import type { SupervisingSpec } from './supervisor-node.ts';
import type { Closed, Health, StopOptions } from './system-types.ts';
import type { Ports } from './world.ts';

export interface HostOptions {
  readonly root: SupervisingSpec;
  readonly store: Store;
  readonly lockWaitMs: number;
  readonly sync: boolean;
  readonly keepAlive: boolean;
  readonly signal: AbortSignal | undefined;
  readonly ports: Ports;
}

type Status = Health['status'];
type EndCause = Extract<Command, { kind: 'exited' }>['cause'];

/** What stands behind `System`. */
export class SystemHost {
  readonly events: SystemEvents;
  readonly outside: Bystanders;
  readonly closed: Promise<Closed>;
  readonly ports: Ports;
  readonly registry: LogicRegistry = new LogicRegistry();
  readonly #options: HostOptions;
  readonly #running: RunningSteps;
  #status: Status = 'recovering';
  #world: BuiltWorld | undefined = undefined;
  #store: OpenStore | undefined = undefined;
  #resolveClosed: (closed: Closed) => void = () => undefined;
  #release: () => void = () => undefined;
  #stopping: Promise<void> | undefined = undefined;
  #recovery: Promise<void> | undefined = undefined;
  #onTreeEnded: (() => void) | undefined = undefined;
  /** Calls that came while there was no world to take them. */
  #waiting: (() => void)[] = [];

  constructor(options: HostOptions) {
    this.#options = options;
    this.ports = options.ports;
    this.events = new SystemEvents(options.ports.logger);
    this.outside = new Bystanders(options.ports.logger);
    this.#running = new RunningSteps(options.ports.executor);
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
      this.#setStatus('running');
      signal?.addEventListener('abort', () => void this.stop({ reason: 'aborted' }), {
        once: true,
      });
    } catch (error) {
      this.#release();
      await this.#dropWorld();
      this.#setStatus('closed');
      throw error;
    }
  }

  /** Runs `call` in the world, at once if there is one: the order of calls is kept. */
  withWorld(call: (world: BuiltWorld) => void, refused: (error: Error) => void): void {
    if (this.#status === 'stopping' || this.#status === 'closed') {
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
    if (this.#world?.isAlive === true && this.#waiting.length === 0) run();
    else this.#waiting.push(run);
  }

  /** For reading: also while the system is stopping. */
  get world(): BuiltWorld | undefined {
    return this.#world;
  }

  health(): Health {
    const status = this.#status;
    const world = this.#world;
    const unreadable = new Set<string>();
    for (const cell of world?.cells.loaded() ?? [])
      if (cell.status === 'quarantined') unreadable.add(cell.address);
    return {
      live: status !== 'closed',
      ready: status === 'running' || status === 'degraded',
      status: status === 'running' && unreadable.size > 0 ? 'degraded' : status,
      quarantined: unreadable.size,
      deadLetters: world?.deadLetters.count ?? 0,
      orphans: world?.supervision.orphans() ?? [],
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
    if (this.#recovery !== undefined) await this.#recovery;
    if (this.#status === 'closed') return;
    this.#setStatus('stopping');
    const world = this.#world;
    if (world?.isAlive === true) {
      const ended = new Promise<void>((resolve) => {
        this.#onTreeEnded = resolve;
      });
      world.supervision.close(reason);
      await this.#within(deadlineMs, ended);
      await this.#within(deadlineMs, this.#lastFlush(world));
    }
    await this.#close({ reason: 'stopped', exitCode: 0 });
  }

  async #lastFlush(world: BuiltWorld): Promise<void> {
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
    this.outside.close('stopped');
    await this.#dropWorld();
    for (const call of this.#waiting.splice(0)) call();
    this.#release();
    this.#setStatus('closed');
    this.#resolveClosed(closed);
  }

  async #dropWorld(): Promise<void> {
    const world = this.#world;
    if (world !== undefined) {
      world.isAlive = false;
      world.timers.stop();
    }
    const store = this.#store;
    this.#store = undefined;
    try {
      await store?.close();
    } catch (error) {
      this.ports.logger.error({ error: reasonOf(error) }, 'the store did not close');
    }
  }

  /** Resolves when the tree is up. */
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
    const up = new Promise<void>((resolve, reject) => {
      started = resolve;
      failed = reject;
    });
    const { world, stored } = await buildWorld({
      ports,
      store: opened,
      location: store.location,
      sync: this.#options.sync,
      root: this.#options.root,
      registry: this.registry,
      outside: this.outside,
      events: this.events,
      running: this.#running,
      onFailure: (flight, pending, verdict) => {
        this.#recovery = this.#writeFailed(flight, pending, verdict);
      },
      onPanic: (error) => {
        failed(error as Error);
        this.#panicked(error);
      },
      onStarted: () => started(),
      onStartFailed: (failure) => failed(startError(failure)),
      onExited: (reason, cause) => this.#treeEnded(describe(reason), cause),
    });
    this.#world = world;
    this.outside.world = world;
    startWorld(world, stored);
    await up;
    await this.#goOn(world, stored);
  }

  async #goOn(world: BuiltWorld, stored: StoredWorld): Promise<void> {
    resumeWork(world, stored);
    this.outside.resume(world);
    for (const call of this.#waiting.splice(0)) call();
    await world.committer.flush();
  }

  #treeEnded(reason: string, cause: EndCause): void {
    if (this.#stopping !== undefined) {
      this.#onTreeEnded?.();
      return;
    }
    const error =
      cause?.kind === 'intensity'
        ? new PerdureError('SUPERVISOR_GAVE_UP', {
            address: '/',
            child: cause.child,
            intensity: cause.intensity,
            periodMs: cause.periodMs,
          })
        : new PerdureError('SYSTEM_ENDED', { reason });
    this.#setStatus('stopping');
    this.#stopping = (async () => {
      if (this.#world !== undefined) await this.#lastFlush(this.#world);
      await this.#close({ reason: 'root_ended', error, exitCode: 70 });
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
   * last marker tells what landed; then everything goes on from there.
   */
  async #writeFailed(
    flight: Flight,
    pending: PendingBatch,
    verdict: 'fenced' | 'unknown',
  ): Promise<void> {
    const { ports, store } = this.#options;
    const cause = this.#store?.lastError;
    const error = new PerdureError('STORE_WRITE_FAILED', { directory: store.location }, { cause });
    ports.logger.error({ error: reasonOf(cause), verdict }, 'a batch could not be written');
    if (this.#status === 'running') this.#setStatus('recovering');
    await this.#dropWorld();
    this.events.emit({ type: 'store.failed', error });
    let hasLanded = false;
    for (
      let attempt = 1;
      verdict !== 'fenced' && attempt <= limits.reopenAttemptsMax;
      attempt += 1
    ) {
      try {
        const isIn: boolean = await this.#reopen(flight, pending, error);
        hasLanded ||= isIn;
        if (this.#status === 'recovering') this.#setStatus('running');
        this.events.emit({ type: 'store.recovered', landed: hasLanded, attempts: attempt });
        return;
      } catch (failure) {
        ports.logger.error(
          { error: reasonOf(failure), attempt },
          'the store could not be opened again',
        );
        await this.#dropWorld();
        if (isPerdureError(failure) && !failure.retryable) break;
        await this.#pause(Math.min(limits.reopenMaxMs, limits.reopenMinMs * 2 ** (attempt - 1)));
      }
    }
    settle(flight, pending, false, error);
    const closing = this.#close({ reason: 'store_failed', error, exitCode: 74 });
    this.#stopping ??= closing;
    await closing;
  }

  /** Whether the batch in flight had landed after all. */
  async #reopen(flight: Flight, pending: PendingBatch, error: Error): Promise<boolean> {
    const former = this.#world;
    await this.#openWorld();
    invariant(
      this.#world !== undefined && this.#world !== former,
      'an opened store has its own world',
    );
    return settle(flight, pending, this.#world.lastLandedAtBoot >= flight.batch.number, error);
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.ports.clock.after(delayMs, resolve);
    });
  }

  #setStatus(status: Status): void {
    if (this.#status === status) return;
    this.#status = status;
    this.events.emit({ type: 'system.status', status });
  }
}

function settle(flight: Flight, pending: PendingBatch, hasLanded: boolean, error: Error): boolean {
  if (hasLanded) {
    for (const settler of flight.batch.settlers.splice(0)) settler.landed();
    for (const release of flight.batch.takeReleases()) release();
  }
  for (const settler of flight.batch.settlers.splice(0)) settler.failed(error);
  for (const settler of pending.settlers.splice(0)) settler.failed(error);
  return hasLanded;
}

function startError(failure: StartFailure): PerdureError {
  const child = failure.kind === 'failed_to_start_child' ? failure.child : '';
  const cause = new Error(describeFailure(failure));
  return new PerdureError(
    'SUPERVISOR_START_FAILED',
    { address: '/', child, why: cause.message },
    { cause },
  );
}
