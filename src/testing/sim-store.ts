/** The store of one simulated process: rows of a {@link SimMedium}, with the faults that fate has for them. */
import { PerdureError } from '../base/errors.ts';
import { slotIn } from '../base/remembered-slot.ts';
import type { FlightSlot } from '../ports/flight-slot.ts';
import type { OpenStore, Row, ScanRange, Store, StoreBatch, WriteVerdict } from '../ports/store.ts';
import type { SimMedium } from './sim-medium.ts';
import type { SimProcess } from './sim-process.ts';
import { stableBytes } from './stable-bytes.ts';

const LOCATION = 'simulated';
const PAGE_ROWS = 1_000;
/** How long whoever waits for another holder waits before it looks again. */
const LOCK_RETRY_MS = 10;

export interface SimStoreOptions {
  readonly medium: SimMedium;
  readonly process: SimProcess;
  /** Whether it is kept which turn ran when a process died. */
  readonly hasFlightSlot: boolean;
  /** Number of the write that begins. */
  readonly nextWrite: () => number;
}

export function simStore(options: SimStoreOptions): Store {
  return {
    location: LOCATION,
    open: ({ storeId, lockWaitMs, signal }) =>
      new Promise((resolve, reject) => {
        const { process, medium } = options;
        const { scheduler } = process;
        const untilMs = scheduler.elapsedMs + lockWaitMs;
        const attempt = (): void =>
          scheduler.post(process, 'open', () => {
            if (!process.pass()) return;
            const failure = process.fate.opens(process) ?? heldError(medium);
            const isWorthWaiting =
              medium.isHeld && scheduler.elapsedMs < untilMs && signal?.aborted !== true;
            if (failure === undefined) resolve(opened(options, storeId));
            else if (isWorthWaiting) scheduler.after(process, LOCK_RETRY_MS, attempt);
            else reject(failure);
          });
        attempt();
      }),
  };
}

function heldError({ isHeld }: SimMedium): Error | undefined {
  return isHeld
    ? new PerdureError('STORE_LOCKED', { directory: LOCATION, holder: 'another process' })
    : undefined;
}

function opened(options: SimStoreOptions, storeId: string): OpenStore {
  const { medium, process } = options;
  medium.isHeld = true;
  medium.replayTail();
  medium.epoch += 1;
  if (medium.epoch === 1) medium.storeId = storeId;
  const store = new OpenSimStore(options);
  process.whenDead(() => store.release());
  return store;
}

class OpenSimStore implements OpenStore {
  readonly epoch: number;
  readonly storeId: string;
  readonly isNew: boolean;
  readonly highestLanded: number;
  readonly flight: FlightSlot | undefined;
  readonly #options: SimStoreOptions;
  #isOpen = true;
  #lastError: unknown;

  constructor(options: SimStoreOptions) {
    const { medium, hasFlightSlot } = options;
    this.#options = options;
    this.epoch = medium.epoch;
    this.storeId = medium.storeId;
    this.isNew = medium.epoch === 1;
    this.highestLanded = medium.highestLanded;
    this.flight = hasFlightSlot ? slotIn(medium, () => this.#isOpen) : undefined;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  get(key: string): Uint8Array | undefined {
    this.#assertOpen();
    const value = this.#options.medium.rows.get(key);
    return value === undefined ? undefined : Buffer.from(value);
  }

  async *scan({ gte, lt, reverse = false, limit }: ScanRange): AsyncGenerator<readonly Row[]> {
    this.#assertOpen();
    const { medium } = this.#options;
    const keys = medium.rows.keysIn(gte, lt);
    if (reverse) keys.reverse();
    // the rows of one moment, as an iterator of a database sees them
    const rows = keys
      .slice(0, limit ?? keys.length)
      .map((key): Row => [key, Buffer.from(medium.rows.get(key) as Uint8Array)]);
    for (let start = 0; start < rows.length; start += PAGE_ROWS) {
      await this.#task('scan');
      this.#assertOpen();
      yield rows.slice(start, start + PAGE_ROWS);
    }
  }

  batch(): StoreBatch {
    this.#assertOpen();
    const rows = new Map<string, Uint8Array | undefined>();
    return {
      put: (key, value) => {
        rows.set(key, Buffer.from(value));
      },
      del: (key) => {
        rows.set(key, undefined);
      },
      write: ({ sync, batch }) => this.#write(batch, rows, sync),
    };
  }

  close(): Promise<void> {
    this.release();
    return Promise.resolve();
  }

  release(): void {
    if (this.#isOpen) this.#options.medium.isHeld = false;
    this.#isOpen = false;
  }

  async #write(
    batch: number,
    rows: ReadonlyMap<string, Uint8Array | undefined>,
    sync: boolean,
  ): Promise<WriteVerdict> {
    const { process, medium, nextWrite } = this.#options;
    const end = process.fate.writes(process, nextWrite());
    process.writesInFlight += 1;
    await this.#task('write');
    process.pass();
    if (end === 'dies before') process.kill();
    if (end === 'dies torn') {
      medium.tear(batch, rows, Math.floor(rows.size / 2));
      process.kill();
    }
    if (!process.isAlive) return await never();
    if (!this.#isOpen)
      return this.#failed(new PerdureError('STORE_CLOSED', { directory: LOCATION }));
    if (end !== 'is lost' && end !== 'is fenced') {
      process.trace.add(`write ${batch} ${rows.size}`);
      for (const [key, value] of rows) {
        process.trace.bytes(Buffer.from(key));
        if (value !== undefined) process.trace.bytes(stableBytes(key, value));
      }
      medium.write(batch, rows, sync);
    }
    process.pass();
    if (end === 'dies after') process.kill();
    if (!process.isAlive) return await never();
    await this.#task('heard');
    process.writesInFlight -= 1;
    if (end === 'is lost' || end === 'lands unheard')
      return this.#failed(new Error('the simulated medium failed'));
    return end === 'is fenced' ? 'fenced' : 'landed';
  }

  #failed(error: Error): WriteVerdict {
    this.#lastError = error;
    return 'unknown';
  }

  #task(kind: 'scan' | 'write' | 'heard'): Promise<void> {
    const { process } = this.#options;
    return new Promise((resolve) => {
      process.scheduler.post(process, kind, resolve);
    });
  }

  #assertOpen(): void {
    if (!this.#isOpen && this.#options.process.isAlive)
      throw new PerdureError('STORE_CLOSED', { directory: LOCATION });
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
