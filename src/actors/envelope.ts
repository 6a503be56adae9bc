import type { EventObject } from 'xstate';

/**
 * What kind of message waits.
 * - `message`: sent from outside or by an actor.
 * - `timer`: a delayed event of this actor itself; `origin` is the timer's number.
 * - `result`: what became of a child (`xstate.done.actor.*`, `xstate.error.actor.*`,
 *   `xstate.snapshot.*`); `origin` is the child's uid.
 */
export type EnvelopeKind = 'message' | 'timer' | 'result';

/**
 * A message as it waits in a mailbox. Linked, because a mailbox is a list that is only ever taken from
 * at its head and added to at its tail.
 */
export class Envelope {
  readonly position: number;
  readonly kind: EnvelopeKind;
  readonly event: EventObject;
  /** Timer number or child uid (see {@link EnvelopeKind}), 0 for messages. */
  readonly origin: number;
  readonly atMs: number;
  /** The sender's address, empty for callers from outside. */
  readonly sender: string;
  /** The sender's dedupe key, if it gave one. */
  readonly key: string | undefined;
  /** Uid and position of the envelope whose turn sent this one. */
  readonly cause: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Turns that failed at this envelope. */
  attempts = 0;
  /** Attempts among them that ended the process. */
  deaths = 0;
  next: Envelope | undefined = undefined;

  constructor(position: number, atMs: number, content: EnvelopeContent) {
    this.position = position;
    this.atMs = atMs;
    this.kind = content.kind;
    this.event = content.event;
    this.origin = content.origin ?? 0;
    this.sender = content.sender ?? '';
    this.key = content.key;
    this.cause = content.cause;
    this.headers = content.headers;
  }
}

/** What a sender gives; position and time are added when the mailbox takes it. */
export interface EnvelopeContent {
  readonly kind: EnvelopeKind;
  readonly event: EventObject;
  readonly origin?: number;
  readonly sender?: string;
  readonly key?: string | undefined;
  readonly cause?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}
