/**
 * The production runtime in a simulated world: one thread, one seed, and processes that come and go. What
 * drives it (a test, the explorer, the random simulation) decides through {@link Fate} what goes wrong.
 */
import { limits } from '../base/limits.ts';
import { readOptions } from '../base/option-reading.ts';
import { rootSchema } from '../base/system-options.ts';
import type { Logger } from '../ports/logger.ts';
import type { Obituary } from '../ports/obituary.ts';
import type { SystemEvent } from '../runtime/events.ts';
import { openSystem } from '../runtime/open-system.ts';
import type { Policies } from '../runtime/policy-types.ts';
import type { Resources } from '../runtime/resource-limits.ts';
import type { AnyRoot, System } from '../runtime/system-types.ts';
import { type Fate, noFate } from './fate.ts';
import { MoverView, OutsideView } from './outside-view.ts';
import { Random } from './random.ts';
import { Scheduler, type SchedulerOptions } from './scheduler.ts';
import { SimMedium } from './sim-medium.ts';
import { type ProcessOptions, SimProcess } from './sim-process.ts';
import { simStore } from './sim-store.ts';
import { Trace } from './trace.ts';
import type { MovableWorld, Note, World } from './world.ts';

/** Wall time at which simulated worlds begin, unless they are told. */
export const START_MS: number = Date.UTC(2030, 0, 1);

export interface SimulationOptions<R extends AnyRoot> {
  readonly seed: number;
  /** Called for each process: what its closures hold dies with it. */
  readonly root: (world: World) => R;
  readonly policies?: Policies | undefined;
  readonly resources?: Resources | undefined;
  /** Whether each write is synced: whether a loss of power takes anything. @defaultValue true */
  readonly sync?: boolean | undefined;
  readonly startMs?: number | undefined;
  readonly fate?: Fate;
  /** Whether the order of things is drawn from the seed. @defaultValue first come, first served */
  readonly isShuffled?: boolean;
  readonly delays?: SchedulerOptions['delays'];
  /** One turn in each batch, as if nothing were ever written together. */
  readonly isCoalescing?: boolean;
  /** Whether the store keeps which turn ran when a process died. @defaultValue true */
  readonly hasFlightSlot?: boolean;
  readonly logger?: Logger;
  readonly onEvent?: (event: SystemEvent) => void;
  readonly onObituary?: (obituary: Obituary) => void;
}

/** Turns in one slice. */
const SLICE_TURNS = 64;

/** How the start of a process ended. */
export type Start<R extends AnyRoot> =
  | { readonly how: 'up'; readonly system: System<R> }
  | { readonly how: 'died' }
  | { readonly how: 'failed'; readonly error: Error };

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export class Simulation<R extends AnyRoot> {
  readonly trace: Trace = new Trace();
  readonly scheduler: Scheduler;
  readonly medium: SimMedium = new SimMedium();
  readonly notes: Note[] = [];
  readonly world: MovableWorld;
  /** The one that runs now, or died last. */
  process: SimProcess | undefined = undefined;
  /** What it has open. */
  system: System<R> | undefined = undefined;
  /** Over all processes. */
  writes = 0;
  processes = 0;
  readonly #options: SimulationOptions<R>;
  readonly #random: Random;

  constructor(options: SimulationOptions<R>) {
    this.#options = options;
    this.#random = new Random(options.seed);
    const { startMs = START_MS, isShuffled = false, delays } = options;
    this.scheduler = new Scheduler({
      trace: this.trace,
      startMs,
      random: isShuffled ? this.#random.fork() : undefined,
      ...(delays === undefined ? {} : { delays }),
    });
    this.scheduler.beforeTask = () => void this.process?.pass();
    const { scheduler, trace, notes } = this;
    this.world = new MoverView({ scheduler, trace, notes });
  }

  /** Begins the next process. Resolves when its system is open, or will not be; that may need time to pass. */
  start(): Promise<Start<R>> {
    this.processes += 1;
    const process = new SimProcess({
      scheduler: this.scheduler,
      trace: this.trace,
      random: this.#random.fork(),
      fate: this.#options.fate ?? noFate,
      logger: this.#options.logger ?? silent,
      obituaries: this.#options.onObituary,
      turnOrder: this.#turnOrder(),
      number: this.processes,
    });
    this.process = process;
    this.system = undefined;
    this.trace.add(`process ${process.number} begins`);
    return new Promise((resolve) => {
      process.whenDead(() => resolve({ how: 'died' }));
      this.#open(process).then(
        (system) => {
          if (!process.isAlive) return;
          process.isUp = true;
          this.system = system;
          resolve({ how: 'up', system });
        },
        (error: unknown) => {
          resolve({ how: 'failed', error: error as Error });
          process.kill(); // whoever cannot start ends
        },
      );
    });
  }

  /** The process is gone: what has not landed is lost, nothing is ended in order. */
  kill(): void {
    this.process?.kill();
    this.system = undefined;
  }

  get isUp(): boolean {
    return this.process?.isAlive === true && this.system !== undefined;
  }

  /** Async, so that a root that throws is a start that failed. */
  async #open(process: SimProcess): Promise<System<R>> {
    const { root, policies, resources, sync = true, hasFlightSlot = true, onEvent } = this.#options;
    const store = simStore({
      medium: this.medium,
      process,
      hasFlightSlot,
      nextWrite: () => {
        this.writes += 1;
        return this.writes;
      },
    });
    const tree = root(this.#viewOf(process));
    readOptions('root(world)', rootSchema, tree);
    return await openSystem<R>({
      root: tree,
      store,
      lockWaitMs: 0,
      sync,
      keepAlive: false,
      signal: undefined,
      policies,
      resources,
      ports: process.ports(),
      onEvent: (event) => {
        if (!process.isAlive) return;
        if (event.type === 'system.status') process.status = event.status;
        onEvent?.(event);
      },
    });
  }

  #turnOrder(): ProcessOptions['turnOrder'] {
    const { isCoalescing = true, isShuffled = false } = this.#options;
    const batchTurnsMax = isCoalescing ? limits.batchTurnsMax : 1;
    let turns = 0;
    // no time passes while turns are taken: a slice ends by their number
    const isOver = (): boolean => {
      turns += 1;
      return turns % SLICE_TURNS === 0;
    };
    if (!isShuffled)
      return { batchTurnsMax, next: () => 0, endsSlice: () => !isCoalescing || isOver() };
    const random = this.#random.fork();
    return {
      batchTurnsMax,
      next: (ready) => random.below(ready),
      endsSlice: () => !isCoalescing || random.chance(0.2),
    };
  }

  #viewOf(process: SimProcess): World {
    const { scheduler, trace, notes } = this;
    // whoever acts outside may not live to see what follows
    return new OutsideView({
      scheduler,
      trace,
      notes,
      owner: process,
      onNote: () => process.pass(),
    });
  }
}
