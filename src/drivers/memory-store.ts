import { PerdureError } from '../base/errors.ts';
import { type RememberedSlot, slotIn } from '../base/remembered-slot.ts';
import { RowMap } from '../base/row-map.ts';
import type { FlightSlot } from '../ports/flight-slot.ts';
import type { OpenStore, Row, ScanRange, Store, StoreBatch, WriteVerdict } from '../ports/store.ts';
import { waitForLock } from './lock-wait.ts';

const LOCATION = 'memory';
const PAGE_ROWS = 1_000;

/** What outlives a close. */
class Memory {
  readonly rows = new RowMap();
  epoch = 0;
  storeId = '';
  highestLanded = 0;
  isHeld = false;
  slot: RememberedSlot | undefined = undefined;

  apply(puts: ReadonlyMap<string, Uint8Array | undefined>): void {
    for (const [key, value] of puts) this.rows.set(key, value);
  }

  keysIn({ gte, lt, reverse = false, limit }: ScanRange): string[] {
    const keys = this.rows.keysIn(gte, lt);
    if (reverse) keys.reverse();
    return limit === undefined ? keys : keys.slice(0, limit);
  }
}

/**
 * A store without a medium, for tests: what landed survives `close` and the next `open` of the same
 * object, and nothing else.
 *
 * @public
 */
export function memoryStore(): Store {
  const memory = new Memory();
  return {
    location: LOCATION,
    open: ({ storeId, lockWaitMs, signal }) =>
      waitForLock(async () => openMemory(memory, storeId), lockWaitMs, signal),
  };
}

function openMemory(memory: Memory, storeId: string): OpenStore {
  if (memory.isHeld) {
    throw new PerdureError('STORE_LOCKED', { directory: LOCATION, holder: 'this process' });
  }
  memory.isHeld = true;
  memory.epoch += 1;
  if (memory.epoch === 1) memory.storeId = storeId;
  return new OpenMemoryStore(memory);
}

class OpenMemoryStore implements OpenStore {
  readonly epoch: number;
  readonly storeId: string;
  readonly isNew: boolean;
  readonly highestLanded: number;
  readonly flight: FlightSlot;
  readonly #memory: Memory;
  #isOpen = true;
  #lastError: unknown;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.epoch = memory.epoch;
    this.storeId = memory.storeId;
    this.isNew = memory.epoch === 1;
    this.highestLanded = memory.highestLanded;
    this.flight = slotIn(memory, () => this.#isOpen);
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  get(key: string): Uint8Array | undefined {
    this.#assertOpen();
    const value = this.#memory.rows.get(key);
    return value === undefined ? undefined : Buffer.from(value);
  }

  async *scan(range: ScanRange): AsyncGenerator<readonly Row[]> {
    this.#assertOpen();
    // The rows of one moment, as an iterator of LevelDB sees them.
    const rows = this.#memory
      .keysIn(range)
      .map((key): Row => [key, this.#memory.rows.get(key) as Uint8Array]);
    for (let start = 0; start < rows.length; start += PAGE_ROWS) {
      await Promise.resolve();
      this.#assertOpen();
      yield rows
        .slice(start, start + PAGE_ROWS)
        .map(([key, value]): Row => [key, Buffer.from(value)]);
    }
  }

  batch(): StoreBatch {
    this.#assertOpen();
    const puts = new Map<string, Uint8Array | undefined>();
    return {
      put: (key, value) => {
        puts.set(key, Buffer.from(value));
      },
      del: (key) => {
        puts.set(key, undefined);
      },
      write: async ({ batch }): Promise<WriteVerdict> => {
        if (!this.#isOpen) {
          this.#lastError = closed();
          return 'unknown';
        }
        this.#memory.apply(puts);
        this.#memory.highestLanded = Math.max(this.#memory.highestLanded, batch);
        return 'landed';
      },
    };
  }

  close(): Promise<void> {
    if (this.#isOpen) this.#memory.isHeld = false;
    this.#isOpen = false;
    return Promise.resolve();
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw closed();
  }
}

function closed(): PerdureError {
  return new PerdureError('STORE_CLOSED', { directory: LOCATION });
}
