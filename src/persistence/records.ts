/**
 * What each row holds, as arrays: shorter and faster to pack than objects (speed.md rule 10). A position
 * in an array is never used again for another meaning; new fields go to the end.
 */
import type { EventObject } from '../actors/host-types.ts';
import { Envelope, type EnvelopeKind } from '../actors/envelope.ts';

/** Whether an actor takes turns, and if not, why. */
export type ActorStatus = 'running' | 'paused' | 'stopped' | 'done' | 'failed' | 'quarantined';

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
  return [
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
  return envelope;
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

export type EffectKind = 'step' | 'promise' | 'ask' | 'callback' | 'observable';

/** A child that is no actor of its own: it acts on the world, or waits for it. */
export interface EffectRecord {
  readonly uid: number;
  readonly owner: number;
  readonly kind: EffectKind;
  readonly id: string;
  readonly src: string;
  readonly input: unknown;
  /** The same for all attempts: store id, epoch, batch and index of the intent. */
  readonly key: string;
  /** Attempts begun so far. */
  readonly attempts: number;
  /** Its result waits in the owner's mailbox. */
  readonly settled: boolean;
  /** Durable time before which it must not be started (again). */
  readonly notBeforeMs: number;
  /** When an unanswered ask fails; 0: never. */
  readonly deadlineMs: number;
  readonly systemId: string | undefined;
  readonly syncSnapshot: boolean;
}

export function packEffect(effect: EffectRecord): unknown[] {
  return [
    effect.kind,
    effect.id,
    effect.src,
    effect.input,
    effect.key,
    effect.attempts,
    effect.settled,
    effect.notBeforeMs,
    effect.deadlineMs,
    effect.systemId,
    effect.syncSnapshot,
  ];
}

export function unpackEffect(owner: number, uid: number, row: readonly unknown[]): EffectRecord {
  return {
    owner,
    uid,
    kind: row[0] as EffectKind,
    id: row[1] as string,
    src: row[2] as string,
    input: row[3],
    key: row[4] as string,
    attempts: row[5] as number,
    settled: row[6] as boolean,
    notBeforeMs: row[7] as number,
    deadlineMs: row[8] as number,
    systemId: row[9] as string | undefined,
    syncSnapshot: row[10] as boolean,
  };
}

/** A named action that runs after its turn landed. */
export interface ActionRecord {
  readonly number: number;
  readonly owner: number;
  readonly type: string;
  readonly params: unknown;
  readonly event: EventObject;
  /** The context at the action's place among the actions of its turn. */
  readonly context: unknown;
  readonly key: string;
  readonly attempts: number;
  /** The actor that asked for it, if that was taken away since and the owner has its actions now. */
  readonly self: unknown;
  /** How the owner's logic leads to that actor's: the `src` of each child on the way. */
  readonly via: readonly string[] | undefined;
}

export function packAction(action: ActionRecord): unknown[] {
  const { type, params, event, context, key, attempts, self, via } = action;
  const row = [type, params, event, context, key, attempts];
  return via === undefined ? row : [...row, self, via];
}

export function unpackAction(owner: number, number: number, row: readonly unknown[]): ActionRecord {
  return {
    owner,
    number,
    type: row[0] as string,
    params: row[1],
    event: row[2] as EventObject,
    context: row[3],
    key: row[4] as string,
    attempts: row[5] as number,
    self: row[6],
    via: row[7] as readonly string[] | undefined,
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

/** Why a message will not be handled. */
export type DeadLetterReason =
  | 'parked'
  | 'not_running'
  | 'not_found'
  | 'ended'
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
