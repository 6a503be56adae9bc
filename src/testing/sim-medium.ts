/**
 * What outlives a simulated process: the rows that landed.
 *
 * The fault model, which is what perdure promises to survive:
 * - A write takes as long as it takes; other work goes on meanwhile.
 * - A write fails: nothing of it is there, or all of it, and the writer is not told which (`unknown`).
 * - The process dies during a write. *Before*: nothing of it is there. *Torn*: a part of it reached the log;
 *   it has no end, so the next open drops it. *After*: all of it is there, and nobody was told.
 * - An open fails, any number of times.
 * - The machine loses its power: writes since the last one with `sync` are gone from some point on, never one
 *   without those that came after it.
 * - A byte of a row is wrong after the process died ({@link SimMedium.damage}); its checksum tells.
 * - Another holder takes over: a write is answered with `fenced`.
 *
 * Not in the model: a synced write that is gone, a batch of which a part is seen, rows of two moments.
 */
import { RowMap } from '../base/row-map.ts';
import type { RememberedSlot } from '../base/remembered-slot.ts';

/** Rows of one batch; undefined: deleted. */
export type BatchRows = ReadonlyMap<string, Uint8Array | undefined>;

/** A record at the end of the log. */
interface Tail {
  readonly batch: number;
  /** How many rows it says it has. */
  readonly size: number;
  readonly rows: BatchRows;
}

/** How to take back a write that was not synced. */
interface Unsynced {
  readonly before: BatchRows;
  readonly highestLanded: number;
}

export class SimMedium {
  readonly rows: RowMap = new RowMap();
  epoch = 0;
  storeId = '';
  highestLanded = 0;
  isHeld = false;
  /** What the last holder wrote of the turn that ran. */
  slot: RememberedSlot | undefined = undefined;
  /** Called with each batch as it lands, also with one that lands at an open. */
  onLanded: (rows: BatchRows) => void = () => undefined;
  #tail: Tail | undefined = undefined;
  readonly #unsynced: Unsynced[] = [];
  readonly #damaged = new Map<string, { whole: Uint8Array; damaged: Uint8Array }>();

  write(batch: number, rows: BatchRows, sync: boolean): void {
    if (sync) this.#unsynced.length = 0;
    else {
      const before = new Map([...rows.keys()].map((key) => [key, this.rows.get(key)]));
      this.#unsynced.push({ before, highestLanded: this.highestLanded });
    }
    for (const [key, value] of rows) this.rows.set(key, value);
    this.highestLanded = Math.max(this.highestLanded, batch);
    this.onLanded(rows);
  }

  /** The first `count` rows of a batch reach the log before the process dies. */
  tear(batch: number, rows: BatchRows, count: number): void {
    this.#tail = { batch, size: rows.size, rows: new Map([...rows].slice(0, count)) };
  }

  /** Reads the end of the log, as an open does: a record without its end was never written. */
  replayTail(): void {
    const tail = this.#tail;
    this.#tail = undefined;
    if (tail !== undefined && tail.rows.size === tail.size) this.write(tail.batch, tail.rows, true);
  }

  /** How many writes a loss of power can take. */
  get unsyncedCount(): number {
    return this.#unsynced.length;
  }

  /** All but the first `kept` writes since the last synced one are gone. */
  losePower(kept: number): void {
    for (const { before, highestLanded } of this.#unsynced.splice(kept).toReversed()) {
      for (const [key, value] of before) this.rows.set(key, value);
      this.highestLanded = highestLanded;
    }
    this.#tail = undefined;
  }

  /** One byte of a row is wrong from now on. */
  damage(key: string, place: number): void {
    const row = this.rows.get(key);
    if (row === undefined || row.length === 0) throw new RangeError(`there is no row ${key}`);
    const before = this.#damaged.get(key);
    const whole = before?.damaged === row ? before.whole : row;
    const damaged = Buffer.from(row);
    damaged[place % damaged.length] = (damaged[place % damaged.length] as number) ^ 0x40;
    this.#damaged.set(key, { whole, damaged });
    this.rows.set(key, damaged);
  }

  /** Puts damaged rows back, as from a copy, where nobody has written over them. */
  repair(): void {
    for (const [key, { whole, damaged }] of this.#damaged)
      if (this.rows.get(key) === damaged) this.rows.set(key, whole);
    this.#damaged.clear();
  }
}
