/**
 * Which actors there are. Those in use are in memory; any other is read from the store when somebody names
 * it. What cannot be read, or does not fit its machine, is quarantined with its bytes untouched (G8).
 */
import { childAddress } from '../actors/address.ts';
import { type ActorSettings, spawnedActorSettings as spawned } from '../actors/actor-settings.ts';
import { LightRef, type RefHost } from '../actors/light-ref.ts';
import type { TurnSnapshot } from '../actors/turn.ts';
import type { RegisteredLogic } from '../actors/registration.ts';
import { unknownLogic } from '../actors/unknown-logic.ts';
import { judge } from '../actors/value.ts';
import { PerdureError, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { keys } from '../persistence/keyspace.ts';
import {
  type Birth,
  laterCursor,
  packBirth,
  unpackBirth,
  unpackUnborn,
} from '../persistence/records.ts';
import type { SnapshotRecord } from '../persistence/snapshot-record.ts';
import { background } from './background.ts';
import { Cell } from './cell.ts';
import { damageIn, Shells } from './shells.ts';
import { readMessage } from './stored-mail.ts';
import { sweep } from './sweep.ts';
import { DELETED } from './pending-batch.ts';
import { type Restored, restoreSnapshot } from './restored-snapshot.ts';
import type { Cells, World } from './world.ts';

/** What the code says about an actor. */
export interface Definition {
  readonly logic: RegisteredLogic;
  readonly settings: ActorSettings;
  /** Of a spawned actor: as its parent. */
  readonly deathsMax?: number | undefined;
  /** Of a supervisor's child. */
  readonly place?: readonly string[] | undefined;
}

export interface CellsOptions {
  readonly refHost: RefHost;
  /** What the tree in code says of a supervisor's child; undefined if it does not name it. */
  readonly definitionOf: (supervisor: number, address: string) => Definition | undefined;
  /** Mailboxes with rows: first position and the one after the last. */
  readonly waiting: ReadonlyMap<number, { readonly lo: number; readonly hi: number }>;
}

export class StoredCells implements Cells {
  readonly #world: World;
  readonly #options: CellsOptions;
  readonly #cells = new Map<number, Cell>();
  readonly #addresses = new Map<string, number>();
  readonly #names = new Map<string, number>();
  readonly #shells: Shells;

  constructor(world: World, options: CellsOptions) {
    this.#world = world;
    this.#options = options;
    this.#shells = new Shells(world, {
      byUid: this.#cells,
      uids: this.#addresses,
      refuse: (cell, why) => this.#refuse(cell, why),
    });
  }

  byUid(uid: number): Cell | undefined {
    return this.#at(uid, undefined);
  }

  byAddress(address: string): Cell | undefined {
    let uid: number;
    try {
      uid = this.uidAt(address);
    } catch (error) {
      return this.#shells.withoutUid(address, damageIn(error));
    }
    return this.#at(uid, address);
  }

  isDormant(address: string): boolean {
    if (this.#addresses.has(address)) return false;
    try {
      return this.uidAt(address) !== 0;
    } catch (error) {
      damageIn(error);
      return false;
    }
  }

  loadedAt(address: string): Cell | undefined {
    return this.#cells.get(this.#addresses.get(address) ?? 0);
  }

  uidAt(address: string): number {
    return this.#addresses.get(address) ?? this.#numberAt(keys.address(address));
  }

  named(name: string): Cell | undefined {
    return this.byUid(this.#names.get(name) ?? this.#numberAt(keys.name(name)));
  }

  allNamed(): Record<string, Cell> {
    const named: Record<string, Cell> = {};
    for (const [name, uid] of this.#names) {
      const cell = this.byUid(uid);
      if (cell !== undefined) named[name] = cell;
    }
    return named;
  }

  isLoaded(uid: number): boolean {
    return this.#cells.has(uid);
  }

  loaded(): Iterable<Cell> {
    return this.#cells.values();
  }

  add(cell: Cell): void {
    const { pending } = this.#world.committer;
    this.#cells.set(cell.uid, cell);
    this.#addresses.set(cell.address, cell.uid);
    pending.putNew(keys.birth(cell.uid), packBirth(cell.birth()));
    pending.put(keys.address(cell.address), cell.uid);
    if (cell.systemId !== undefined) this.bindName(cell.systemId, cell.uid);
  }

  bindName(name: string, uid: number): void {
    this.#names.set(name, uid);
    this.#world.committer.pending.put(keys.name(name), uid);
  }

  changed(cell: Cell): void {
    if (cell.isShell) return; // its bytes stay as they are
    this.#world.committer.pending.put(keys.birth(cell.uid), packBirth(cell.birth()));
  }

  remove(cell: Cell): void {
    const { pending } = this.#world.committer;
    const { uid, mailbox } = cell;
    const isAddressed = this.uidAt(cell.address) === uid;
    if (isAddressed) this.#world.pauses.forget(cell.address);
    if (this.#shells.remove(cell)) return;
    if (isAddressed) {
      this.#addresses.delete(cell.address);
      pending.del(keys.address(cell.address));
    }
    if (cell.systemId !== undefined && this.#names.get(cell.systemId) === uid) {
      this.#names.delete(cell.systemId);
      pending.del(keys.name(cell.systemId));
    }
    this.#cells.delete(uid);
    for (const key of [keys.birth, keys.cursor, keys.snapshot, keys.unborn]) pending.del(key(uid));
    for (let position = mailbox.rowLo; position < mailbox.rowHi; position += 1)
      pending.del(keys.message(uid, position));
    cell.batch = 0;
    this.#world.keyMemory.forget(uid);
    // emissions, history and dedupe keys may be many: they are swept away after this landed, and mail with them
    // if nobody knows where it begins
    pending.put(keys.tombstone(uid), mailbox.isPlaced ? true : cell.address);
    pending.afterLanding(() => background(this.#world, 'sweeping', sweep(this.#world, uid)));
  }

  reload(cell: Cell): void {
    const bytes = this.#world.store.get(keys.snapshot(cell.uid));
    if (bytes === undefined) throw noSnapshot(cell);
    const [, record] = this.#world.codec.decode(bytes, `snapshot of ${cell.address}`) as [
      unknown,
      SnapshotRecord,
    ];
    this.#take(cell, record, bytes);
    cell.landed = cell.written = cell.snapshot;
  }

  forTurn(cell: Cell, snapshot: TurnSnapshot): TurnSnapshot {
    const bytes = cell.encoded;
    if (bytes === undefined) return snapshot;
    const [, record] = this.#world.codec.decode(bytes, 'snapshot') as [unknown, SnapshotRecord];
    return this.#restored(cell, record).snapshot;
  }

  refTo(address: string, uid: number, life: number): LightRef {
    return new LightRef(address, uid, life, this.#options.refHost);
  }

  page(cell: Cell): void {
    const { mailbox, uid } = cell;
    const end = Math.min(mailbox.diskHi, mailbox.diskLo + limits.mailboxPage);
    const envelopes = [];
    try {
      for (let position = mailbox.diskLo; position < end; position += 1)
        envelopes.push(readMessage(this.#world, uid, position));
    } catch (error) {
      this.#refuse(cell, reasonOf(error));
      return;
    }
    mailbox.page(envelopes);
  }

  /** @param address - if it is known already */
  #at(uid: number, address: string | undefined): Cell | undefined {
    const cell = this.#cells.get(uid);
    if (cell?.isShell === true && address !== undefined && cell.address !== address)
      return this.#shells.withoutBirth(uid, address, cell.why ?? '');
    if (cell !== undefined || uid === 0) return cell;
    let birth: Birth | undefined;
    try {
      birth = this.#birthOf(uid);
    } catch (error) {
      return this.#shells.withoutBirth(uid, address, damageIn(error));
    }
    return birth === undefined ? undefined : this.#load(uid, birth);
  }

  #numberAt(key: string): number {
    const recent = this.#world.committer.recent(key);
    if (recent === DELETED) return 0;
    if (typeof recent === 'number') return recent;
    const bytes = this.#world.store.get(key);
    return bytes === undefined ? 0 : (this.#world.codec.decode(bytes, key) as number);
  }

  #birthOf(uid: number): Birth | undefined {
    const key = keys.birth(uid);
    if (this.#world.committer.recent(key) === DELETED) return undefined;
    const bytes = this.#world.store.get(key);
    return bytes === undefined
      ? undefined
      : unpackBirth(this.#world.codec.decode(bytes, key) as unknown[]);
  }

  /** What the code says of it: its supervisor's spec, or the actor logic that its parent has under this name. */
  #definitionOf(birth: Birth): Definition | undefined {
    if (this.#world.supervision.supervises(birth.parent)) {
      return this.#options.definitionOf(birth.parent, birth.address);
    }
    const parent = this.byUid(birth.parent);
    const logic = parent?.logic.child(birth.src);
    const deathsMax = parent?.deathsMax;
    return logic === undefined ? undefined : { logic, settings: spawned, deathsMax };
  }

  /** Whether those above it let it run: its supervisor, or the actor that spawned it. */
  #isUp({ parent, address }: Birth): boolean {
    const { supervision } = this.#world;
    if (supervision.supervises(parent)) return supervision.isUp(parent, address);
    return this.byUid(parent)?.isUp === true;
  }

  #load(uid: number, birth: Birth): Cell {
    const definition = this.#definitionOf(birth);
    const cell = new Cell(uid, birth, {
      logic: definition?.logic ?? unknownLogic(birth.machine),
      settings: definition?.settings ?? spawned,
      deathsMax: definition?.deathsMax,
      place: definition?.place,
      ref: this.refTo(birth.address, uid, birth.life),
    });
    if (!this.#isUp(birth)) cell.hold = 'stopping';
    // it was started while its row could not be read: its supervisor knows
    else if (cell.status === 'stopped') cell.status = 'running';
    const shell = this.loadedAt(cell.address);
    this.#cells.set(uid, cell);
    this.#addresses.set(cell.address, uid);
    if (cell.systemId !== undefined) this.#names.set(cell.systemId, uid);
    if (birth.input !== undefined) judge(birth.input, 'input');
    try {
      const bytes = this.#world.store.get(keys.snapshot(uid));
      const record = this.#place(cell, bytes);
      if (definition === undefined) throw new Error('the code has no such actor any more');
      if (record !== undefined && bytes !== undefined) this.#restore(cell, birth, record, bytes);
      this.#refuseUnknownEffects(cell);
      if (shell?.isShell === true) this.#shells.fill(shell, cell);
    } catch (error) {
      this.#refuse(cell, reasonOf(error));
    }
    return cell;
  }

  /** Where it stands: its counters and its mailbox. Returns its snapshot, if it has one. */
  #place(cell: Cell, bytes: Uint8Array | undefined): SnapshotRecord | undefined {
    const { store, codec } = this.#world;
    const { mailbox, address } = cell;
    const rows = this.#options.waiting.get(cell.uid);
    // as good as its cursor, should that be unreadable: the oldest that waits is the next
    if (rows === undefined) mailbox.isPlaced = false;
    else mailbox.restore(rows.lo, rows.lo, rows.hi);
    cell.writtenHead = mailbox.head;
    if (bytes === undefined) {
      const unborn = store.get(keys.unborn(cell.uid));
      if (unborn === undefined) throw noSnapshot(cell);
      cell.deaths = unpackUnborn(codec.decode(unborn, keys.unborn(cell.uid)));
    }
    const cursorBytes = store.get(keys.cursor(cell.uid));
    const [rowCursor, record] =
      bytes === undefined
        ? []
        : (codec.decode(bytes, `snapshot of ${address}`) as [unknown[], SnapshotRecord]);
    const cursor = laterCursor(
      rowCursor,
      cursorBytes === undefined
        ? undefined
        : (codec.decode(cursorBytes, `cursor of ${address}`) as unknown[]),
    );
    cell.emissions = cursor.emissions;
    cell.turns = cursor.turns;
    if (rows === undefined) mailbox.restore(cursor.head, cursor.head, cursor.head);
    else if (rows.lo !== cursor.head) {
      throw new Error(
        `its mailbox begins at ${rows.lo}, but it has handled all before ${cursor.head}`,
      );
    }
    cell.writtenHead = cursor.head;
    return record;
  }

  #restore(cell: Cell, birth: Birth, record: SnapshotRecord, bytes: Uint8Array): void {
    if (birth.machine !== cell.logic.id) {
      throw new PerdureError('SNAPSHOT_MISFIT', {
        address: cell.address,
        machine: cell.logic.id,
        why: `it was written by machine '${birth.machine}'`,
      });
    }
    this.#take(cell, record, bytes);
    cell.landed = cell.snapshot;
    if (cell.version === birth.version) cell.written = cell.snapshot;
    else this.#rewrite(cell);
  }

  /** What runs for it has no row of its own that could be refused: it is part of how the actor stands. */
  #refuseUnknownEffects(cell: Cell): void {
    for (const { id, src } of this.#world.effects.of(cell.uid)) {
      if (cell.logic.child(src) !== undefined) continue;
      throw new PerdureError('SNAPSHOT_MISFIT', {
        address: cell.address,
        machine: cell.logic.id,
        why: `its child '${id}' runs '${src}', which the code has no more`,
      });
    }
  }

  #take(cell: Cell, record: SnapshotRecord, bytes: Uint8Array): void {
    const restored = this.#restored(cell, record);
    cell.snapshot = restored.snapshot;
    cell.synced = restored.synced;
    cell.encoded = restored.isMutable ? bytes : undefined;
    cell.version = cell.settings.version;
  }

  #restored(cell: Cell, record: SnapshotRecord): Restored {
    return restoreSnapshot(cell, record, (id, uid) =>
      this.refTo(childAddress(cell.address, id), uid, 0),
    );
  }

  /** A migrated snapshot replaces the old one with the next batch. */
  #rewrite(cell: Cell): void {
    this.changed(cell);
    this.#world.committer.touch(cell);
  }

  /** Quarantined in memory only: a fixed machine or a repaired row is enough to go on. */
  #refuse(cell: Cell, why: string): void {
    cell.status = 'quarantined';
    cell.isUnreadable = true;
    cell.why = why;
    this.#world.ports.logger.error({ actor: cell.address, why }, 'actor quarantined');
    this.#world.events.emit({ type: 'actor.quarantined', address: cell.address, why });
  }
}

/** It has taken its first turn, so there must be one: to begin anew would reset it in silence. */
function noSnapshot({ address }: Cell): PerdureError {
  return new PerdureError('VALUE_CORRUPT', {
    what: `snapshot of ${address}`,
    why: 'it is gone from the store',
  });
}
