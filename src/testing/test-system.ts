/**
 * A system in a simulated world, in your own tests: time passes when you say so, the process dies when you
 * say so, and the next one goes on from what landed.
 */
import type { Logger } from '../ports/logger.ts';
import { PerdureError } from '../base/errors.ts';
import { readOptions } from '../base/option-reading.ts';
import {
  durationSchema,
  failingSchema,
  failureSchema,
  lostWriteSchema,
  momentSchema,
  shiftSchema,
  testSystemOptionsSchema,
} from '../base/simulation-options.ts';
import type { SystemEvent } from '../runtime/events.ts';
import type { Policies } from '../runtime/policy-types.ts';
import type { Resources } from '../runtime/resource-limits.ts';
import type { AnyRoot, System } from '../runtime/system-types.ts';
import { Simulation, type Start } from './simulation.ts';
import { type Failing, type Failure, type Moment, TestFate } from './test-fate.ts';
import type { MovableWorld, World } from './world.ts';

/** @public */
export interface TestSystemOptions<R extends AnyRoot> {
  /**
   * The tree. As a function it is called for each process, so that what its closures hold dies with the
   * process, and it is given the outside to act on.
   */
  readonly root: R | ((world: World) => R);
  /** Of everything that is left to chance: backoff. @defaultValue 1 */
  readonly seed?: number;
  readonly durability?: 'fsync' | 'os';
  readonly policies?: Policies;
  /** As in `createSystem`. @defaultValue none */
  readonly resources?: Resources;
  /** Wall time at the start, in ms since the epoch. @defaultValue 2030-01-01 */
  readonly startMs?: number;
  /** @defaultValue none */
  readonly logger?: Logger;
}

/** One line of TestSystem.events. */
type Happened = readonly SystemEvent[];

/**
 * See {@link openTestSystem}.
 *
 * @public
 */
export class TestSystem<R extends AnyRoot> implements AsyncDisposable {
  readonly #simulation: Simulation<R>;
  readonly #fate: TestFate;
  readonly #happened: SystemEvent[] = [];

  /** Use {@link openTestSystem}. */
  constructor(options: TestSystemOptions<R>) {
    const { seed, durability } = readOptions('openTestSystem', testSystemOptionsSchema, options);
    const { root, policies, resources, startMs, logger } = options;
    this.#fate = new TestFate();
    this.#simulation = new Simulation<R>({
      seed,
      root: typeof root === 'function' ? root : () => root,
      policies,
      resources,
      sync: durability === 'fsync',
      startMs,
      fate: this.#fate,
      ...(logger === undefined ? {} : { logger }),
      onEvent: (event) => this.#happened.push(event),
    });
  }

  /**
   * The system of the process that runs.
   *
   * @throws PerdureError TEST_PROCESS_DEAD between a crash and the next `restart`
   */
  get system(): System<R> {
    const { system, isUp } = this.#simulation;
    if (system === undefined || !isUp) throw new PerdureError('TEST_PROCESS_DEAD', {});
    return system;
  }

  /** Whether a process runs and has the system open. */
  get isUp(): boolean {
    return this.#simulation.isUp;
  }

  /** The outside: what was noted there, and the time. */
  get world(): MovableWorld {
    return this.#simulation.world;
  }

  /** Every system event of every process, oldest first. */
  get events(): Happened {
    return this.#happened;
  }

  /** One hash of all that happened: the same for the same seed and calls, in every process. */
  get traceHash(): string {
    return this.#simulation.trace.hash;
  }

  /** Lets time pass: timers, timeouts and backoff that become due on the way run at their time. */
  async advance(ms: number): Promise<void> {
    await this.#simulation.scheduler.advance(readOptions('advance', durationSchema, ms));
  }

  /** Lets time pass at one blow, as while a laptop sleeps. */
  async jump(ms: number): Promise<void> {
    await this.#simulation.scheduler.jump(readOptions('jump', durationSchema, ms));
  }

  /** Sets the wall clock forward or back, as an operator does; elapsed time does not notice. */
  shiftWall(ms: number): void {
    this.#simulation.scheduler.shiftWall(readOptions('shiftWall', shiftSchema, ms));
  }

  /** Resolves when nothing is left to do before time passes. */
  settled(): Promise<void> {
    return this.#simulation.scheduler.settled();
  }

  /**
   * The process dies as by SIGKILL: what landed stays, everything else never happened. With a moment other
   * than `'now'` it dies with the next write: before it, in the middle of it, or after it, unheard.
   *
   * @throws PerdureError TEST_PROCESS_DEAD if it is dead already, TEST_NOTHING_WRITTEN if all came to rest
   * without a write
   */
  async crash(moment: Moment = 'now'): Promise<void> {
    readOptions('crash', momentSchema, moment);
    if (this.#simulation.process?.isAlive !== true) throw new PerdureError('TEST_PROCESS_DEAD', {});
    if (moment !== 'now') {
      this.#fate.doom(moment);
      await this.settled();
      this.#fate.spare();
      if (this.#simulation.process.isAlive) throw new PerdureError('TEST_NOTHING_WRITTEN', {});
    }
    this.#simulation.kill();
  }

  /** The power fails: a crash that takes all writes that were not synced. In `fsync` mode there are none. */
  async losePower(): Promise<void> {
    await this.crash();
    this.#simulation.medium.losePower(0);
  }

  /**
   * Begins the next process, after a crash of this one if it still runs. Resolves with its system when that
   * is open and at rest.
   *
   * @throws what `createSystem` throws; PerdureError TEST_STUCK if it never opens
   */
  async restart(): Promise<System<R>> {
    this.#simulation.kill();
    return await this.open();
  }

  /** @internal */
  async open(): Promise<System<R>> {
    let start: Start<R> | undefined;
    void this.#simulation.start().then((how) => {
      start = how;
    });
    await this.#passTimeUntil(() => start !== undefined);
    if (start?.how === 'up') return start.system;
    if (start?.how === 'failed') throw start.error;
    if (start?.how === 'died') throw new PerdureError('TEST_PROCESS_DEAD', {});
    this.#simulation.kill();
    throw new PerdureError('TEST_STUCK', { at: 'start' });
  }

  /**
   * Makes the next write, the next open of the store, or the next run of a step, hook, action or callback
   * fail.
   */
  failNext(what: Failing, failure: Failure = {}): void {
    readOptions('failNext', failingSchema, what);
    const schema = what === 'write' ? lostWriteSchema : failureSchema;
    readOptions(`failNext('${what}')`, schema, failure);
    this.#fate.add(what, failure);
  }

  /**
   * Stops the system in order, however long what runs takes to end.
   *
   * @throws PerdureError TEST_STUCK if it never ends, TEST_PROCESS_DEAD if the process dies meanwhile
   */
  async stop(): Promise<void> {
    if (!this.isUp) return;
    const { process } = this.#simulation;
    const isAlive = (): boolean => process?.isAlive === true;
    let end: { readonly error?: unknown } | undefined;
    void this.system.stop().then(
      () => {
        end = {};
      },
      (error: unknown) => {
        end = { error };
      },
    );
    await this.#passTimeUntil(() => end !== undefined || !isAlive());
    // another process may run by now
    if (isAlive()) this.#simulation.kill();
    else if (end === undefined) throw new PerdureError('TEST_PROCESS_DEAD', {});
    if (end === undefined) throw new PerdureError('TEST_STUCK', { at: 'stop' });
    if ('error' in end) throw end.error;
  }

  /** Also ends when time does not bring it about. */
  async #passTimeUntil(isOver: () => boolean): Promise<void> {
    await this.settled();
    await this.#simulation.scheduler.advanceUntil(isOver);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * Opens a system in a simulated world of its own: no directory, no real time. Thirty days are one call of
 * `advance`, a crash is a call of `crash`, and everything is decided by `seed`. User code must take time and
 * chance from the machine's own means (`after`, steps) or from the {@link World}, not from `setTimeout` and
 * `Date`.
 *
 * @throws what `createSystem` throws; PerdureError TEST_STUCK if it never opens
 * @public
 */
export async function openTestSystem<const R extends AnyRoot>(
  options: TestSystemOptions<R>,
): Promise<TestSystem<R>> {
  const test = new TestSystem(options);
  await test.open();
  return test;
}
