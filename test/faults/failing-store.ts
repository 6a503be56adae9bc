/** A store over another whose writes and opens fail when a test says so. */
import { PerdureError } from '../../src/base/errors.ts';
import type { OpenStore, Store, StoreBatch, WriteVerdict } from '../../src/ports/store.ts';

/** `kept`: it is written and nobody says so. `lost`: it is not written. */
export type Fate = 'landed' | 'kept' | 'lost' | 'fenced';

interface Plan {
  readonly fate: Fate;
  readonly reached: () => void;
  readonly go: Promise<void>;
}

export class FailingStore implements Store {
  readonly location: string;
  readonly #store: Store;
  readonly #plans: Plan[] = [];
  /** Of every write that no plan is for. */
  fate: Fate = 'landed';
  /** Opens that are refused from now on. */
  refusals = 0;
  opens = 0;
  writes = 0;
  isOpen = false;

  constructor(store: Store) {
    this.#store = store;
    this.location = store.location;
  }

  /** The next write waits until `go`, then meets its fate. */
  hold(fate: Fate): { readonly reached: Promise<void>; go(): void } {
    let reached: () => void = () => undefined;
    let go: () => void = () => undefined;
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    this.#plans.push({
      fate,
      reached,
      go: new Promise((resolve) => {
        go = resolve;
      }),
    });
    return { reached: isReached, go: () => go() };
  }

  /** The next writes, in order. */
  next(...fates: readonly Fate[]): void {
    for (const fate of fates)
      this.#plans.push({ fate, reached: () => undefined, go: Promise.resolve() });
  }

  async open(options: Parameters<Store['open']>[0]): Promise<OpenStore> {
    this.opens += 1;
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new PerdureError('STORE_UNAVAILABLE', {
        directory: this.location,
        what: 'no space left on device',
      });
    }
    const opened = await this.#store.open(options);
    this.isOpen = true;
    const poison = { isPoisoned: false };
    return new Proxy(opened, {
      get: (target, name) => {
        if (name === 'batch') return () => this.#batch(target.batch(), poison);
        if (name === 'close') return () => this.#close(target);
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  async #close(opened: OpenStore): Promise<void> {
    await opened.close();
    this.isOpen = false;
  }

  #batch(rows: StoreBatch, poison: { isPoisoned: boolean }): StoreBatch {
    return {
      put: (key, value) => rows.put(key, value),
      del: (key) => rows.del(key),
      write: async (options): Promise<WriteVerdict> => {
        this.writes += 1;
        if (poison.isPoisoned) return 'unknown';
        const plan = this.#plans.shift();
        plan?.reached();
        await plan?.go;
        const fate = plan?.fate ?? this.fate;
        if (fate === 'lost' || fate === 'fenced') {
          poison.isPoisoned = true;
          return fate === 'fenced' ? 'fenced' : 'unknown';
        }
        const verdict = await rows.write(options);
        poison.isPoisoned = fate === 'kept';
        return fate === 'kept' ? 'unknown' : verdict;
      },
    };
  }
}
