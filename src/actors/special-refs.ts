/**
 * Refs that stand for no actor but for something the runtime does. A turn finds them as the target of an
 * `xstate.sendTo` and knows by `kind` what is meant.
 */
import type { EventObject } from 'xstate';
import { LightRef, StorableRef } from './light-ref.ts';
import type { RefData, RefHost } from './light-ref.ts';

/** Every ref of ours, for a `switch` over `kind`. */
export type PerdureRef =
  | LightRef
  | PoolTarget
  | ReplyTarget
  | SinkTarget
  | ExitTarget
  | BondTarget
  | ParkTarget;

/** The events our actions send to special refs. */
export const replyEvent = 'perdure.reply';
export const exitEvent = 'perdure.leave';
export const parkEvent = 'perdure.park';
export const startChildEvent = 'perdure.startChild';
export const terminateChildEvent = 'perdure.terminateChild';

/**
 * Where an answer goes: to the waiting `ask` of this id, or to the invoke `fromAsk` of a machine: child
 * `childUid` of the actor with this (uid, life). Takes a {@link replyEvent}.
 */
export class ReplyTarget extends StorableRef {
  /** Empty when a machine asked. */
  readonly askId: string;
  readonly uid: number;
  readonly life: number;
  readonly childUid: number;

  private constructor(askId: string, uid: number, life: number, childUid: number) {
    super();
    this.askId = askId;
    this.uid = uid;
    this.life = life;
    this.childUid = childUid;
  }
  static ofAsk(askId: string): ReplyTarget {
    return new ReplyTarget(askId, 0, 0, 0);
  }
  static ofInvoke(uid: number, life: number, childUid: number): ReplyTarget {
    return new ReplyTarget('', uid, life, childUid);
  }

  get kind(): 'reply' {
    return 'reply';
  }
  get id(): string {
    return 'perdure.reply';
  }
  get sessionId(): string {
    return this.askId === ''
      ? `perdure.reply.${this.uid}.${this.life}.${this.childUid}`
      : `perdure.reply.${this.askId}`;
  }
  toJSON(): RefData {
    return this.askId === ''
      ? { $ref: 'asker', uid: this.uid, life: this.life, child: this.childUid }
      : { $ref: 'ask', ask: this.askId };
  }
}

/** A pool's supervisor, as the target of `startChild` and `terminateChild`. */
export class PoolTarget extends StorableRef {
  readonly address: string;

  constructor(address: string) {
    super();
    this.address = address;
  }
  get kind(): 'pool' {
    return 'pool';
  }
  get id(): string {
    return `perdure.pool:${this.address}`;
  }
  get sessionId(): string {
    return this.id;
  }
  toJSON(): RefData {
    return { $ref: 'pool', address: this.address };
  }
}

/** Swallows what it is sent. Stands in where there is nobody to answer. */
export class SinkTarget extends StorableRef {
  get kind(): 'sink' {
    return 'sink';
  }
  get id(): string {
    return 'perdure.sink';
  }
  get sessionId(): string {
    return this.id;
  }
  toJSON(): RefData {
    return { $ref: 'sink' };
  }
  override send(_event: EventObject): void {
    // nothing: see the class
  }
}

/** Makes the sending actor end. Takes an {@link exitEvent}. */
export class ExitTarget extends StorableRef {
  get kind(): 'exit' {
    return 'exit';
  }
  get id(): string {
    return 'perdure.exit';
  }
  get sessionId(): string {
    return this.id;
  }
  toJSON(): RefData {
    return { $ref: 'exit' };
  }
}

/** Binds the sending actor to another one, or frees it. Takes a `BondRequest`. */
export class BondTarget extends StorableRef {
  get kind(): 'bond' {
    return 'bond';
  }
  get id(): string {
    return 'perdure.bond';
  }
  get sessionId(): string {
    return this.id;
  }
  toJSON(): RefData {
    return { $ref: 'bond' };
  }
}

/** Puts an event of the sending actor among the dead letters. Takes a {@link parkEvent}. */
export class ParkTarget extends StorableRef {
  get kind(): 'park' {
    return 'park';
  }
  get id(): string {
    return 'perdure.park';
  }
  get sessionId(): string {
    return this.id;
  }
  toJSON(): RefData {
    return { $ref: 'park' };
  }
}

export const sinkRef: SinkTarget = new SinkTarget();
export const exitRef: ExitTarget = new ExitTarget();
export const bondRef: BondTarget = new BondTarget();
export const parkRef: ParkTarget = new ParkTarget();

export function isPerdureRef(value: unknown): value is PerdureRef {
  return value instanceof StorableRef;
}

/** The ref that `data` (of `toJSON`) describes, undefined when it describes none that is known here. */
export function refFromData(data: RefData, host?: RefHost): PerdureRef | undefined {
  switch (data.$ref) {
    case 'actor':
      return new LightRef(data.address, data.uid, data.life, host);
    case 'pool':
      return new PoolTarget(data.address);
    case 'ask':
      return ReplyTarget.ofAsk(data.ask);
    case 'asker':
      return ReplyTarget.ofInvoke(data.uid, data.life, data.child);
    case 'sink':
      return sinkRef;
    case 'exit':
      return exitRef;
    case 'bond':
      return bondRef;
    case 'park':
      return parkRef;
  }
  // Written by another version: the type says it cannot be.
  return undefined;
}
