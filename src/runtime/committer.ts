/**
 * One batch in flight, one collecting behind it. What lands is released; what may have failed ends this
 * world (DESIGN §6): the store is reopened and everything is made anew from it.
 */
import { uidOf } from '../actors/turn.ts';
import { limits } from '../base/limits.ts';
import { keys } from '../persistence/keyspace.ts';
import { packCursor, packEnvelope, packMarker } from '../persistence/records.ts';
import { packSnapshot } from '../persistence/snapshot-record.ts';
import type { StoreBatch } from '../ports/store.ts';
import type { Cell } from './cell.ts';
import { guard } from './guard.ts';
import { DELETED, PendingBatch } from './pending-batch.ts';
import type { Committer, Outside, World } from './world.ts';

/** A batch that is being written, and the snapshots in it. */
export interface Flight {
  readonly batch: PendingBatch;
  readonly snapshots: readonly (readonly [Cell, Cell['snapshot']])[];
}

export class BatchCommitter implements Committer {
  readonly #world: World;
  readonly #sync: boolean;
  /** Called once, when a write failed or its outcome is unknown. */
  readonly #onFailure: (
    flight: Flight,
    pending: PendingBatch,
    verdict: 'fenced' | 'unknown',
  ) => void;
  #pending: PendingBatch;
  #flight: Flight | undefined = undefined;
  readonly #oldestMarker: number;
  readonly #turnsMax: number;

  constructor(
    world: World,
    options: {
      readonly sync: boolean;
      readonly firstBatch: number;
      readonly onFailure: (
        flight: Flight,
        pending: PendingBatch,
        verdict: 'fenced' | 'unknown',
      ) => void;
    },
  ) {
    this.#world = world;
    this.#sync = options.sync;
    this.#onFailure = options.onFailure;
    this.#pending = new PendingBatch(options.firstBatch);
    this.#turnsMax = world.ports.turnOrder?.batchTurnsMax ?? limits.batchTurnsMax;
    this.#oldestMarker = Math.max(1, options.firstBatch - limits.markersKept);
  }

  get pending(): PendingBatch {
    return this.#pending;
  }

  /** A row as the batches on their way will leave it: a value, {@link DELETED}, or undefined if untouched. */
  recent(key: string): unknown {
    return this.#pending.peek(key) ?? this.#flight?.batch.peek(key);
  }

  /** The batch that will hold what was written last under this number, if it has not landed yet. */
  waiting(batch: number): PendingBatch | undefined {
    if (batch === this.#pending.number) return this.#pending;
    return batch === this.#flight?.batch.number ? this.#flight.batch : undefined;
  }

  get isFull(): boolean {
    const { turns, rowCount } = this.#pending;
    return turns >= this.#turnsMax || rowCount >= limits.batchRowsMax;
  }

  touch(cell: Cell): void {
    if (cell.batch === this.#pending.number) return;
    cell.batch = this.#pending.number;
    this.#pending.dirty.push(cell);
  }

  cut(): void {
    if (this.#flight !== undefined || this.#pending.isEmpty || !this.#world.isAlive) return;
    const batch = this.#pending;
    const rows = this.#world.store.batch();
    const snapshots = this.#fill(rows, batch);
    this.#pending = new PendingBatch(batch.number + 1);
    const flight: Flight = { batch, snapshots };
    this.#flight = flight;
    void rows.write({ sync: this.#sync, batch: batch.number }).then((verdict) => {
      if (verdict === 'landed') guard(this.#world, () => this.#landed(flight));
      else if (this.#world.isAlive) this.#onFailure(flight, this.#pending, verdict);
    });
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.settlers.push({ landed: resolve, failed: reject });
      this.#world.dispatcher.wake();
    });
  }

  /** Nobody will learn here what became of the batches on their way: whoever waits for one is told so. */
  abandon(error: Error): void {
    for (const batch of [this.#flight?.batch, this.#pending])
      for (const settler of batch?.settlers.splice(0) ?? []) settler.failed(error);
  }

  #fill(rows: StoreBatch, batch: PendingBatch): Flight['snapshots'] {
    const { codec, time, counters, store } = this.#world;
    const snapshots: (readonly [Cell, Cell['snapshot']])[] = [];
    for (const [key, value] of batch.rows()) {
      if (value === DELETED) rows.del(key);
      else rows.put(key, codec.encode(value));
    }
    for (const cell of batch.dirty) {
      if (cell.batch !== batch.number) continue; // erased meanwhile
      this.#fillMailbox(rows, cell);
      if (cell.snapshot !== cell.written && cell.snapshot !== undefined) {
        rows.put(keys.snapshot(cell.uid), cell.encoded ?? codec.encode(snapshotRow(cell)));
        cell.written = cell.snapshot;
        cell.writtenHead = cell.mailbox.head;
        snapshots.push([cell, cell.snapshot]);
      } else if (cell.mailbox.head !== cell.writtenHead) {
        rows.put(keys.cursor(cell.uid), codec.encode(packCursor(cursorOf(cell))));
        cell.writtenHead = cell.mailbox.head;
      }
    }
    rows.put(
      keys.marker(batch.number),
      codec.encode(
        packMarker({ batch: batch.number, atMs: time.nowMs(), counters, epoch: store.epoch }),
      ),
    );
    const old = batch.number - limits.markersKept;
    if (old >= this.#oldestMarker) rows.del(keys.marker(old));
    return snapshots;
  }

  /** Rows of a mailbox are one range: what was handled goes, what arrived and still waits comes. */
  #fillMailbox(rows: StoreBatch, cell: Cell): void {
    const { mailbox, uid } = cell;
    const gone = Math.min(mailbox.head, mailbox.rowHi);
    for (let position = mailbox.rowLo; position < gone; position += 1)
      rows.del(keys.message(uid, position));
    for (let envelope = mailbox.firstUnwritten; envelope !== undefined; envelope = envelope.next) {
      rows.put(
        keys.message(uid, envelope.position),
        this.#world.codec.encode(packEnvelope(envelope)),
      );
    }
    mailbox.firstUnwritten = undefined;
    mailbox.rowLo = mailbox.head;
    mailbox.rowHi = mailbox.tail;
  }

  #landed(flight: Flight): void {
    this.#flight = undefined;
    if (!this.#world.isAlive) return;
    if (this.#world.recorder.isOn) this.#world.recorder.landed(flight.batch.dirty);
    release(flight, this.#world.outside);
    this.#world.dispatcher.wake();
  }
}

/** A batch is durable: whoever waited for that, or for what it holds, is told. */
export function release({ batch, snapshots }: Flight, outside: Outside): void {
  for (const [cell, snapshot] of snapshots) cell.landed = snapshot;
  for (const settler of batch.settlers.splice(0)) settler.landed();
  for (const call of batch.takeReleases()) call();
  outside.landed(batch.dirty);
}

/** Row of a changed snapshot: the cursor rides along. */
export function snapshotRow(cell: Cell): unknown[] {
  const snapshot = cell.snapshot as NonNullable<Cell['snapshot']>;
  return [
    packCursor(cursorOf(cell)),
    packSnapshot(snapshot, uidOf, (uid) => cell.synced?.get(uid)),
  ];
}

function cursorOf(cell: Cell): { head: number; emissions: number; turns: number } {
  return { head: cell.mailbox.head, emissions: cell.emissions, turns: cell.turns };
}
