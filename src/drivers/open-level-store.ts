import type { ClassicLevel } from 'classic-level';
import { isPerdureError, PerdureError } from '../base/errors.ts';
import type { OpenStore, Row, ScanRange, StoreBatch, WriteVerdict } from '../ports/store.ts';
import type { FlightFile } from './flight-file.ts';
import { leavePlace } from './held-places.ts';
import type { LandedFile } from './landed-file.ts';
import { storeTrouble } from './level-trouble.ts';
import { removeOwner } from './owner-file.ts';

export type Level = ClassicLevel<string, Buffer>;

interface Parts {
  /** As the user wrote it, for messages. */
  readonly directory: string;
  readonly place: string;
  readonly level: Level;
  readonly landed: LandedFile;
  readonly flight: FlightFile;
  readonly epoch: number;
  readonly storeId: string;
}

const PAGE_ROWS = 1_000;
const PAGE_BYTES = 2 ** 20;

/** A LevelDB directory that this process holds. */
export class OpenLevelStore implements OpenStore {
  readonly epoch: number;
  readonly storeId: string;
  readonly isNew: boolean;
  readonly highestLanded: number;
  readonly flight: FlightFile;
  readonly #directory: string;
  readonly #place: string;
  readonly #level: Level;
  readonly #landed: LandedFile;
  /** After one failed write, LevelDB accepts and even syncs others that are gone after a reopen. */
  #isPoisoned = false;
  #lastError: unknown;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.epoch = parts.epoch;
    this.storeId = parts.storeId;
    this.isNew = parts.epoch === 1;
    this.highestLanded = parts.landed.highest;
    this.flight = parts.flight;
    this.#directory = parts.directory;
    this.#place = parts.place;
    this.#level = parts.level;
    this.#landed = parts.landed;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  get(key: string): Uint8Array | undefined {
    this.#assertOpen();
    try {
      return this.#level.getSync(key);
    } catch (error) {
      throw storeTrouble(this.#directory, error);
    }
  }

  async *scan(range: ScanRange): AsyncGenerator<readonly Row[]> {
    this.#assertOpen();
    const iterator = this.#level.iterator({
      gte: range.gte,
      lt: range.lt,
      reverse: range.reverse ?? false,
      limit: range.limit ?? -1,
      highWaterMarkBytes: PAGE_BYTES,
      fillCache: false,
    });
    try {
      for (;;) {
        const rows = await iterator.nextv(PAGE_ROWS);
        if (rows.length === 0) return;
        yield rows;
      }
    } catch (error) {
      throw isPerdureError(error) ? error : storeTrouble(this.#directory, error);
    } finally {
      await iterator.close();
    }
  }

  batch(): StoreBatch {
    this.#assertOpen();
    const rows = this.#level.batch();
    return {
      put: (key, value) => {
        rows.put(key, value as Buffer);
      },
      del: (key) => {
        rows.del(key);
      },
      write: async ({ sync, batch }): Promise<WriteVerdict> => {
        if (this.#isPoisoned || this.#closing !== undefined) {
          await rows.close();
          this.#lastError ??= new PerdureError('STORE_CLOSED', { directory: this.#directory });
          return 'unknown';
        }
        try {
          await rows.write({ sync });
        } catch (error) {
          return this.#poison(error);
        }
        return this.#note(batch);
      },
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A batch is `landed` only with its evidence: else a lost tail could not be told from a short one. */
  #note(batch: number): WriteVerdict {
    // A batch that was in flight when an earlier one failed proves nothing.
    if (this.#isPoisoned) return 'unknown';
    try {
      this.#landed.write(batch);
      return 'landed';
    } catch (error) {
      return this.#poison(error);
    }
  }

  #poison(error: unknown): 'unknown' {
    this.#isPoisoned = true;
    this.#lastError = storeTrouble(this.#directory, error);
    return 'unknown';
  }

  async #close(): Promise<void> {
    try {
      await this.#level.close();
    } finally {
      this.#landed.close();
      this.flight.close();
      removeOwner(this.#place, this.epoch);
      leavePlace(this.#place);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) {
      throw new PerdureError('STORE_CLOSED', { directory: this.#directory });
    }
  }
}
