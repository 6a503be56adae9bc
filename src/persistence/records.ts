/**
 * What each row holds, as arrays: shorter and faster to pack than objects (speed.md rule 10). A position
 * in an array is never used again for another meaning; new fields go to the end.
 */
import type { EventObject } from '../actors/host-types.ts';
import { Envelope, type EnvelopeKind } from '../actors/envelope.ts';

/** Whether an actor takes turns, and if not, why. */
export type ActorStatus = 'running' | 'stopped' | 'done' | 'failed' | 'quarantined';

/** What an actor is: everything about it that a turn does not change. */
export interface Birth {
  readonly address: string;
  /** Uid of the parent: a supervisor, or the actor that spawned it. */
  readonly parent: number;
  /** Name of the logic at its parent (`''` for children of supervisors: their spec has it). */
  readonly src: string;
  readonly machine: string;
  readonly version: number;
  readonly shape: string;
  readonly input: unknown;
  readonly life: number;
  readonly incarnation: number;
  readonly status: ActorStatus;
  readonly systemId: string | undefined;
  readonly syncSnapshot: boolean;
  /** Why it is quarantined or failed. */
  readonly why: string | undefined;
}

export function packBirth(birth: Birth): unknown[] {
  return [
    birth.address,
    birth.parent,
    birth.src,
    birth.machine,
    birth.version,
    birth.shape,
    birth.input,
    birth.life,
    birth.incarnation,
    birth.status,
    birth.systemId,
    birth.syncSnapshot,
    birth.why,
  ];
}

export function unpackBirth(row: readonly unknown[]): Birth {
  return {
    address: row[0] as string,
    parent: row[1] as number,
    src: row[2] as string,
    machine: row[3] as string,
    version: row[4] as number,
    shape: row[5] as string,
    input: row[6],
    life: row[7] as number,
    incarnation: row[8] as number,
    status: row[9] as ActorStatus,
    systemId: row[10] as string | undefined,
    syncSnapshot: row[11] as boolean,
    why: row[12] as string | undefined,
  };
}

/** What moves with every turn beside the snapshot. */
export interface Cursor {
  /** Position of the next message to be handled. */
  readonly head: number;
  /** Position of the next emission. */
  readonly emissions: number;
  /** Turns taken in this life. */
  readonly turns: number;
}

export function packCursor(cursor: Cursor): unknown[] {
  return [cursor.head, cursor.emissions, cursor.turns];
}

/** The row that is further on wins: one is written with a changed snapshot, the other without. */
export function laterCursor(
  a: readonly unknown[] | undefined,
  b: readonly unknown[] | undefined,
): Cursor {
  const later = (index: number, least: number): number =>
    Math.max(
      (a?.[index] as number | undefined) ?? least,
      (b?.[index] as number | undefined) ?? least,
    );
  return { head: later(0, 1), emissions: later(1, 1), turns: later(2, 0) };
}

export function packEnvelope(envelope: Envelope): unknown[] {
  const row = [
    envelope.kind,
    envelope.event,
    envelope.origin,
    envelope.atMs,
    envelope.sender,
    envelope.key,
    envelope.cause,
    envelope.headers,
    envelope.attempts,
  ];
  return envelope.deaths === 0 ? row : [...row, envelope.deaths];
}

export function unpackEnvelope(position: number, row: readonly unknown[]): Envelope {
  const envelope = new Envelope(position, row[3] as number, {
    kind: row[0] as EnvelopeKind,
    event: row[1] as EventObject,
    origin: row[2] as number,
    sender: row[4] as string,
    key: row[5] as string | undefined,
    cause: row[6] as string | undefined,
    headers: row[7] as Record<string, string> | undefined,
  });
  envelope.attempts = row[8] as number;
  envelope.deaths = (row[9] as number | undefined) ?? 0;
  return envelope;
}

/** An actor before its first turn: how often that turn ended the process. */
export function packUnborn(deaths: number): unknown {
  return deaths === 0 ? true : [deaths];
}

export function unpackUnborn(row: unknown): number {
  return Array.isArray(row) ? (row[0] as number) : 0;
}

/** A delayed event. `to` 0: the actor itself, inside its own order. */
export interface TimerRecord {
  readonly number: number;
  readonly owner: number;
  readonly id: string | undefined;
  readonly dueMs: number;
  readonly event: EventObject;
  /** A ref, for a delayed `sendTo`. */
  readonly to: unknown;
  /** It is in the owner's mailbox; the row stays until it is handled or cancelled. */
  readonly fired: boolean;
}

export function packTimer(timer: TimerRecord): unknown[] {
  return [timer.id, timer.dueMs, timer.event, timer.to, timer.fired];
}

export function unpackTimer(owner: number, number: number, row: readonly unknown[]): TimerRecord {
  return {
    owner,
    number,
    id: row[0] as string | undefined,
    dueMs: row[1] as number,
    event: row[2] as EventObject,
    to: row[3],
    fired: row[4] as boolean,
  };
}

/** What is remembered of a dedupe key. */
export interface DedupeRecord {
  readonly position: number;
  /** Hash of the event, so that the key cannot be used for another one. */
  readonly hash: string;
  readonly atMs: number;
  readonly replied: boolean;
  readonly reply: unknown;
  /** Its message is among the dead letters. */
  readonly parked: boolean;
}

export function packDedupe(record: DedupeRecord): unknown[] {
  return [record.position, record.hash, record.atMs, record.replied, record.reply, record.parked];
}

export function unpackDedupe(row: readonly unknown[]): DedupeRecord {
  return {
    position: row[0] as number,
    hash: row[1] as string,
    atMs: row[2] as number,
    replied: row[3] as boolean,
    reply: row[4],
    parked: row[5] === true,
  };
}

/** An actor or a supervisor that was paused. Holds for all below it. */
export interface PauseRecord {
  readonly uid: number;
  readonly address: string;
  readonly atMs: number;
}

export function packPause(pause: PauseRecord): unknown[] {
  return [pause.address, pause.atMs];
}

export function unpackPause(uid: number, row: readonly unknown[]): PauseRecord {
  return { uid, address: row[0] as string, atMs: row[1] as number };
}

/** What an actor was before it was reset. */
export interface FormerLife {
  readonly atMs: number;
  readonly life: number;
  readonly machine: string;
  readonly version: number;
  /** Why it was quarantined, if it was. */
  readonly why: string | undefined;
  /** The bytes of its snapshot row, also if they cannot be read. */
  readonly snapshot: Uint8Array;
}

export function packFormerLife(former: FormerLife): unknown[] {
  const { atMs, life, machine, version, why, snapshot } = former;
  return [atMs, life, machine, version, why, snapshot];
}

export function unpackFormerLife(row: readonly unknown[]): FormerLife {
  return {
    atMs: row[0] as number,
    life: row[1] as number,
    machine: row[2] as string,
    version: row[3] as number,
    why: row[4] as string | undefined,
    snapshot: row[5] as Uint8Array,
  };
}

/** Why a message will not be handled. */
export type DeadLetterReason =
  | 'parked'
  | 'not_running'
  | 'not_found'
  | 'ended'
  | 'unreadable'
  | 'effect'
  | 'action';

/** A message that nobody will handle, until a person retries or drops it. @public */
export interface DeadLetter {
  readonly id: number;
  readonly address: string;
  readonly reason: DeadLetterReason;
  readonly event: EventObject;
  readonly sender: string;
  readonly key: string | undefined;
  readonly position: number;
  readonly attempts: number;
  readonly atMs: number;
  readonly error: { name: string; message: string; stack?: string; code?: string } | undefined;
  /** State value and context of the actor when the message was parked. */
  readonly state: unknown;
}

export function packDeadLetter(letter: DeadLetter): unknown[] {
  return [
    letter.address,
    letter.reason,
    letter.event,
    letter.sender,
    letter.key,
    letter.position,
    letter.attempts,
    letter.atMs,
    letter.error,
    letter.state,
  ];
}

export function unpackDeadLetter(id: number, row: readonly unknown[]): DeadLetter {
  return {
    id,
    address: row[0] as string,
    reason: row[1] as DeadLetterReason,
    event: row[2] as EventObject,
    sender: row[3] as string,
    key: row[4] as string | undefined,
    position: row[5] as number,
    attempts: row[6] as number,
    atMs: row[7] as number,
    error: row[8] as DeadLetter['error'],
    state: row[9],
  };
}

/** The row that says that a batch landed, with what must never go back. */
export interface Marker {
  readonly batch: number;
  /** Durable time. */
  readonly atMs: number;
  readonly counters: Counters;
  /** Of the open of the store in which it was written; 0: not told. */
  readonly epoch: number;
}

/** Numbers that are given out once. */
export interface Counters {
  uid: number;
  timer: number;
  action: number;
  deadLetter: number;
}

export function packMarker(marker: Marker): unknown[] {
  const { uid, timer, action, deadLetter } = marker.counters;
  return [marker.atMs, uid, timer, action, deadLetter, marker.epoch];
}

export function unpackMarker(batch: number, row: readonly unknown[]): Marker {
  const [atMs, uid, timer, action, deadLetter, epoch] = row as number[];
  return {
    batch,
    atMs: atMs ?? 0,
    counters: {
      uid: uid ?? 1,
      timer: timer ?? 1,
      action: action ?? 1,
      deadLetter: deadLetter ?? 1,
    },
    epoch: epoch ?? 0,
  };
}
