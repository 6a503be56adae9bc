/**
 * One simulated process: the ports that a system runs on, from its start to its death. A process that died
 * is cut off from everything: its tasks are never run, its writes never land, nobody hears of it.
 */
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Executor, UserCode } from '../ports/executor.ts';
import type { Logger } from '../ports/logger.ts';
import type { Obituary } from '../ports/obituary.ts';
import type { Ports } from '../ports/ports.ts';
import type { Threads } from '../ports/threads.ts';
import type { TurnOrder } from '../ports/turn-order.ts';
import type { Fate } from './fate.ts';
import type { Phase } from './phase.ts';
import type { Random } from './random.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

export interface ProcessOptions {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  /** Chance for what the process draws itself. */
  readonly random: Random;
  readonly fate: Fate;
  readonly logger: Logger;
  readonly obituaries?: ((obituary: Obituary) => void) | undefined;
  readonly turnOrder: Omit<TurnOrder, 'begins'> | undefined;
  /** A number of its own among all processes of a world. */
  readonly number: number;
}

export class SimProcess implements Owner {
  readonly number: number;
  isAlive = true;
  /** Whether its system is open. */
  isUp = false;
  /** As the system last said. */
  status = 'recovering';
  isInTurn = false;
  writesInFlight = 0;
  userCodeRunning = 0;
  readonly #options: ProcessOptions;
  #ids = 0;
  readonly #mourners: (() => void)[] = [];

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.number = options.number;
  }

  get scheduler(): Scheduler {
    return this.#options.scheduler;
  }

  get fate(): Fate {
    return this.#options.fate;
  }

  get trace(): Trace {
    return this.#options.trace;
  }

  /** Passes a point where it may die; false if it does not live to see what follows. */
  pass(): boolean {
    if (this.isAlive && this.fate.dies(this)) this.kill();
    return this.isAlive;
  }

  /** Calls back when it is dead. */
  whenDead(call: () => void): void {
    this.#mourners.push(call);
  }

  /** Where in its work it is. */
  get phase(): Phase {
    if (this.isInTurn) return 'turn';
    if (!this.isUp || this.status === 'recovering') return 'recovery';
    if (this.status === 'stopping') return 'shutdown';
    if (this.writesInFlight > 0) return 'batch';
    return this.userCodeRunning > 0 ? 'effect' : 'between batches';
  }

  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.trace.add(`process ${this.number} dies`);
    for (const mourner of this.#mourners.splice(0)) mourner();
  }

  ports(): Ports {
    const { turnOrder, logger, obituaries } = this.#options;
    return {
      clock: this.#clock(),
      entropy: this.#entropy(),
      executor: this.#executor(),
      threads: this.#threads(),
      logger: this.#whileAlive(logger),
      obituaries:
        obituaries &&
        ((obituary) => {
          if (this.isAlive) obituaries(obituary);
        }),
      turnOrder: {
        batchTurnsMax: turnOrder?.batchTurnsMax ?? Number.POSITIVE_INFINITY,
        next: (ready) => turnOrder?.next(ready) ?? 0,
        endsSlice: () => {
          this.isInTurn = false;
          return !this.isAlive || turnOrder?.endsSlice() === true;
        },
        begins: (uid, position) => {
          this.trace.add(`turn ${uid} ${position}`);
          this.isInTurn = true;
          this.pass();
        },
      },
    };
  }

  #clock(): Clock {
    const { scheduler } = this;
    return {
      wallMs: () => scheduler.wallMs,
      monotonicMs: () => scheduler.elapsedMs,
      after: (delayMs, fn) => scheduler.after(this, delayMs, fn),
      soon: (fn) => scheduler.post(this, 'soon', fn),
      hold: () => () => undefined,
    };
  }

  #entropy(): Entropy {
    return {
      id: () => {
        this.#ids += 1;
        return `id-${this.number}-${this.#ids}`;
      },
      random: () => this.#options.random.share(),
    };
  }

  #executor(): Executor {
    return {
      run: <T>(kind: UserCode, fn: () => T | PromiseLike<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          this.scheduler.post(this, 'begin', () => {
            this.userCodeRunning += 1;
            this.trace.add(`begin ${kind}`);
            if (!this.pass()) return;
            const end = (settle: () => void): void =>
              this.scheduler.post(this, 'end', () => {
                const isThere = this.pass();
                this.userCodeRunning -= 1;
                if (isThere) settle();
              });
            void started(this.fate.fails(kind), fn).then(
              (value) => end(() => resolve(value)),
              (error: unknown) => end(() => reject(error as Error)),
            );
          });
        }),
      enter: (fn) => fn(),
    };
  }

  /** There is one thread here, and one order of things. */
  #threads(): Threads {
    const modules = new Map<string, { default: (call: unknown) => unknown }>();
    return {
      find: async (module) => {
        modules.set(module, await this.scheduler.during(import(module)));
      },
      run: async (module, call) => await modules.get(module)?.default(call),
      close: () => Promise.resolve(),
    };
  }

  #whileAlive(logger: Logger): Logger {
    const line =
      (level: keyof Logger) =>
      (fields: object, message: string): void => {
        if (this.isAlive) logger[level](fields, message);
      };
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  }
}

async function started<T>(failure: Error | undefined, fn: () => T | PromiseLike<T>): Promise<T> {
  if (failure !== undefined) throw failure;
  return await fn();
}
