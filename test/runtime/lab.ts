/**
 * Systems on simulated time, in one test after another process: `open` starts a process, `kill` ends it as
 * SIGKILL does (what landed stays, everything else never happened), and the next `open` is the next one.
 */
import { localExecutor } from '../../src/drivers/local-executor.ts';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Executor, UserCode } from '../../src/ports/executor.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { OpenStore, Store, WriteVerdict } from '../../src/ports/store.ts';
import { openSystem } from '../../src/runtime/open-system.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import type { Policies } from '../../src/runtime/policy-types.ts';
import type { Resources } from '../../src/runtime/resource-limits.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import { type SimClock, simClock } from '../../src/testing/sim-clock.ts';

interface Life {
  isOver: boolean;
  /** Its next batch is not written, as if the medium were full. */
  isFull: boolean;
}

const born = (): Life => ({ isOver: false, isFull: false });

export class Lab {
  readonly store: Store;
  readonly logs: { readonly level: string; readonly message: string; readonly fields: object }[] =
    [];
  readonly clock: SimClock = simClock();
  #life: Life = born();
  #opened: OpenStore | undefined = undefined;
  #ids = 0;

  constructor(store: Store = memoryStore()) {
    this.store = store;
  }

  /** Starts a process with one system in it. */
  async open<const R extends AnyRoot>(
    root: R,
    options: {
      readonly signal?: AbortSignal;
      readonly random?: () => number;
      readonly policies?: Policies;
      readonly resources?: Resources;
      readonly onEvent?: (event: SystemEvent) => void;
    } = {},
  ): Promise<System<R>> {
    const life = born();
    this.#life = life;
    return await openSystem<R>({
      root,
      store: this.#storeOf(life),
      lockWaitMs: 0,
      sync: true,
      keepAlive: true,
      signal: options.signal,
      policies: options.policies,
      resources: options.resources,
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
      ports: {
        clock: this.#clockOf(life),
        entropy: {
          id: () => {
            this.#ids += 1;
            return `id${this.#ids}`;
          },
          random: options.random ?? ((): number => 0.5),
        },
        executor: executorOf(life),
        logger: this.#logger(),
      },
    });
  }

  /** The next batch fails: the system drops its world and goes on from what is stored. */
  failNextWrite(): void {
    this.#life.isFull = true;
  }

  /** Stops in order, and lets the time pass that this takes. */
  async stop(system: Pick<System, 'stop'>): Promise<void> {
    const stopped = system.stop();
    await this.advance(60_000);
    await stopped;
  }

  /** SIGKILL: nothing of the process happens any more, its store is free. */
  async kill(): Promise<void> {
    this.#life.isOver = true;
    await this.#opened?.close();
  }

  /** Lets time pass; whatever becomes due on the way is done at its time. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Until nothing happens without time. */
  settle(): Promise<void> {
    return this.clock.settled();
  }

  warnings(): string[] {
    return this.logs.filter(({ level }) => level !== 'info').map(({ message }) => message);
  }

  #clockOf(life: Life): Clock {
    const { clock } = this;
    const unlessOver = (fn: () => void) => (): void => {
      if (!life.isOver) fn();
    };
    return {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, fn) => clock.after(delayMs, unlessOver(fn)),
      soon: (fn) => clock.soon(unlessOver(fn)),
      hold: () => clock.hold(),
    };
  }

  #storeOf(life: Life): Store {
    return {
      location: this.store.location,
      open: async (options) => {
        const opened = await this.store.open(options);
        this.#opened = opened;
        return new Proxy(opened, {
          get: (target, name) => {
            if (name === 'batch') return () => batchOf(target, life);
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      },
    };
  }

  #logger(): Logger {
    const at =
      (level: string) =>
      (fields: object, message: string): void => {
        this.logs.push({ level, fields, message });
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }
}

function batchOf(store: OpenStore, life: Life): ReturnType<OpenStore['batch']> {
  const batch = store.batch();
  return {
    put: (key, value) => batch.put(key, value),
    del: (key) => batch.del(key),
    write: async (options): Promise<WriteVerdict> => {
      if (life.isOver) return await never();
      if (life.isFull) {
        life.isFull = false;
        return 'unknown';
      }
      const verdict = await batch.write(options);
      return life.isOver ? await never() : verdict;
    },
  };
}

/** What still runs when the process is killed is never heard of again. */
function executorOf(life: Life): Executor {
  const executor = localExecutor();
  return {
    enter: <T>(fn: () => T): T => executor.enter(fn),
    run: <T>(kind: UserCode, fn: () => T | PromiseLike<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        executor.run(kind, fn).then(
          (value) => {
            if (!life.isOver) resolve(value);
          },
          (error: unknown) => {
            // handed on as it is
            // oxlint-disable-next-line typescript/prefer-promise-reject-errors
            if (!life.isOver) reject(error);
          },
        );
      }),
  };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Everything a system tells, from now on. */
export function eventsOf(system: Pick<System, 'events'>): SystemEvent[] {
  const events: SystemEvent[] = [];
  system.events.on('*', (event) => events.push(event));
  return events;
}

/** The code of what a promise rejected with, or `'resolved'`. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => String((error as { code?: unknown }).code ?? error),
  );
}

/** What became of a promise so far. */
export function watched<T>(promise: Promise<T>): { value?: T; error?: Error; isSettled: boolean } {
  const seen: { value?: T; error?: Error; isSettled: boolean } = { isSettled: false };
  promise.then(
    (value) => Object.assign(seen, { value, isSettled: true }),
    (error: unknown) => Object.assign(seen, { error, isSettled: true }),
  );
  return seen;
}

/** A promise in the hands of a test. */
export function deferred<T = void>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Everything of an async iterable that ends. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
