/**
 * The store port: an ordered map of string keys to bytes with atomic batches. Nothing of a concrete
 * database shows here, so that another one can stand behind it.
 */

import type { FlightSlot } from './flight-slot.ts';

/** What became of a batch. `unknown`: it may be there or not; reopening tells (by its marker). */
export type WriteVerdict = 'landed' | 'fenced' | 'unknown';

/** The unit of commit. All of it lands or none of it. */
export interface StoreBatch {
  /** Copies `value` before it returns: the caller may reuse the bytes at once. */
  put(key: string, value: Uint8Array): void;
  del(key: string): void;
  /**
   * Writes everything atomically. With `sync` it is on the medium when this resolves `landed`.
   * Never rejects for a failure of the medium: that is `unknown`, with the error told to `onError`.
   */
  write(options: { readonly sync: boolean; readonly batch: number }): Promise<WriteVerdict>;
}

export interface ScanRange {
  readonly gte: string;
  readonly lt: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export type Row = readonly [key: string, value: Uint8Array];

/** An opened store, held by this process alone. */
export interface OpenStore {
  /** Goes up by one with every open, durable before the open resolves. */
  readonly epoch: number;
  /** Fixed when the directory was made. */
  readonly storeId: string;
  /** Whether this open created the store. */
  readonly isNew: boolean;
  /**
   * The highest batch number that is known to have landed by evidence kept outside the rows (0: none).
   * A store whose own marker is lower has lost its tail.
   */
  readonly highestLanded: number;
  /** Where it is kept which turn runs. Without it nobody can tell what killed a process. */
  readonly flight?: FlightSlot | undefined;
  /** The value as bytes of its own, or undefined. @throws PerdureError STORE_CORRUPT, STORE_UNAVAILABLE */
  get(key: string): Uint8Array | undefined;
  /** Rows in key order (utf-8 bytes), in pages. */
  scan(range: ScanRange): AsyncIterable<readonly Row[]>;
  batch(): StoreBatch;
  /** The error behind the last `unknown`. */
  readonly lastError: unknown;
  /** Idempotent. Releases the directory. */
  close(): Promise<void>;
}

/** A place where one system keeps its rows. `open` may be called again after `close`. */
export interface Store {
  /** For messages: the directory, or a word for a store without one. */
  readonly location: string;
  /**
   * @throws PerdureError STORE_LOCKED (held by another, after `lockWaitMs`), STORE_CORRUPT,
   * STORE_FORMAT_UNKNOWN, STORE_UNAVAILABLE
   */
  open(options: {
    readonly storeId: string;
    readonly lockWaitMs: number;
    readonly signal?: AbortSignal;
  }): Promise<OpenStore>;
}
