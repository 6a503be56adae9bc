/**
 * A process that can be killed at every point where a real one could be seen to die: each write before and
 * after it lands, each turn of the event loop, each step before it begins and after it acted outside.
 *
 * A kill is an abandoned world: its store, clock and executor never answer again, so nothing of it can act.
 */
import type { Clock } from '../../src/ports/clock.ts';
import type { Executor, UserCode } from '../../src/ports/executor.ts';
import type { OpenStore, Store, StoreBatch, WriteVerdict } from '../../src/ports/store.ts';

export const killPoints = [
  'store opened',
  'turn of the event loop',
  'write before landing',
  'write after landing',
  'write heard of',
  'user code before',
  'user code after',
] as const;
export type KillPoint = (typeof killPoints)[number];

/** Slow enough that a slice of turns is over whenever somebody looks: mailboxes get rows of their own. */
const READ_COSTS_MS = 5;

/** Rows as they landed; undefined: deleted. */
export type LandedRows = ReadonlyMap<string, Uint8Array | undefined>;

/** A write that the store is not sure of. */
export interface WriteFault {
  /** Counted from 1 over all processes of a run. */
  readonly write: number;
  readonly lands: boolean;
}

/** What happens to processes, and what watches them. */
export interface Doom {
  /** In turns of the event loop, before and after landing. */
  readonly latencyTurns: number;
  readonly faults: readonly WriteFault[];
  /** Whether the store remembers what ran when a process died. */
  readonly hasFlightSlot: boolean;
  /** Number of the write that begins. */
  nextWrite(): number;
  landed(rows: LandedRows): void;
  killed(at: KillPoint): void;
}

/** One process, from its start to its end. */
export class Life {
  isOver = false;
  /** Points passed so far. */
  points = 0;
  readonly #killAt: number | undefined;
  readonly #doom: Doom;
  #opened: OpenStore | undefined = undefined;
  #reads = 0;

  /** @param killAt - number of the point at which it is killed, from 1 */
  constructor(killAt: number | undefined, doom: Doom) {
    this.#killAt = killAt;
    this.#doom = doom;
  }

  /** Passes a point; false if the process does not live to see what follows. */
  pass(point: KillPoint): boolean {
    if (this.isOver) return false;
    this.points += 1;
    if (this.points !== this.#killAt) return true;
    this.#doom.killed(point);
    this.kill();
    return false;
  }

  kill(): void {
    this.isOver = true;
    void this.#opened?.close();
  }

  clock(real: Clock): Clock {
    return {
      wallMs: () => real.wallMs(),
      monotonicMs: () => {
        this.#reads += 1;
        return real.monotonicMs() + this.#reads * READ_COSTS_MS;
      },
      after: (delayMs, fn) =>
        real.after(delayMs, () => {
          if (!this.isOver) fn();
        }),
      soon: (fn) =>
        real.soon(() => {
          if (this.pass('turn of the event loop')) fn();
        }),
      hold: () => () => undefined,
    };
  }

  executor(): Executor {
    return {
      run: async <T>(_kind: UserCode, fn: () => T | PromiseLike<T>): Promise<T> => {
        await Promise.resolve();
        if (!this.pass('user code before')) return await never();
        try {
          const value = await fn();
          return this.pass('user code after') ? value : await never();
        } catch (error) {
          if (!this.pass('user code after')) return await never();
          throw error;
        }
      },
      enter: (fn) => fn(),
    };
  }

  store(real: Store, clock: Clock): Store {
    return {
      location: real.location,
      open: async (options) => {
        if (this.isOver) return await never();
        const opened = await real.open(options);
        this.#opened = opened;
        return this.pass('store opened') ? this.#watched(opened, clock) : await never();
      },
    };
  }

  #watched(opened: OpenStore, clock: Clock): OpenStore {
    const isOver = (): boolean => this.isOver;
    return {
      epoch: opened.epoch,
      storeId: opened.storeId,
      isNew: opened.isNew,
      highestLanded: opened.highestLanded,
      flight: this.#doom.hasFlightSlot ? opened.flight : undefined,
      lastError: new Error('no space left on device'),
      get: (key) => opened.get(key),
      async *scan(range) {
        for await (const rows of opened.scan(range)) {
          if (isOver()) await never();
          yield rows;
        }
      },
      close: () => opened.close(),
      batch: () => this.#batch(opened, clock),
    };
  }

  #batch(opened: OpenStore, clock: Clock): StoreBatch {
    const batch = opened.batch();
    const rows = new Map<string, Uint8Array | undefined>();
    return {
      put: (key, value) => {
        rows.set(key, Buffer.from(value));
        batch.put(key, value);
      },
      del: (key) => {
        rows.set(key, undefined);
        batch.del(key);
      },
      write: async (options): Promise<WriteVerdict> => {
        const number = this.#doom.nextWrite();
        const fault = this.#doom.faults.find(({ write }) => write === number);
        await this.#turns(clock);
        if (!this.pass('write before landing')) return await never();
        if (fault?.lands !== false) {
          await batch.write(options);
          this.#doom.landed(rows);
        }
        if (!this.pass('write after landing')) return await never();
        await this.#turns(clock);
        if (!this.pass('write heard of')) return await never();
        return fault === undefined ? 'landed' : 'unknown';
      },
    };
  }

  async #turns(clock: Clock): Promise<void> {
    for (let turn = 0; turn < this.#doom.latencyTurns; turn += 1) {
      await new Promise<void>((resolve) => {
        clock.soon(resolve);
      });
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
