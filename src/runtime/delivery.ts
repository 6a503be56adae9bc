/**
 * Where a message goes. What an actor sends is always accepted by who can take it, and is a dead letter
 * otherwise; only senders from outside are refused (see `docs/guarantees.md`, table of receivers).
 */
import type { AnyActorRef, EventObject } from '../actors/host-types.ts';
import { Envelope, type EnvelopeContent } from '../actors/envelope.ts';
import { LightRef, type StorableRef } from '../actors/light-ref.ts';
import type { BondRequest } from '../actors/bond-actions.ts';
import type { PerdureRef, ReplyTarget } from '../actors/special-refs.ts';
import { isPerdureRef, replyEvent } from '../actors/special-refs.ts';
import { uidOf } from '../actors/turn.ts';
import { judge } from '../actors/value.ts';
import { isPerdureError, PerdureError } from '../base/errors.ts';
import { keys } from '../persistence/keyspace.ts';
import type { ParkRequest } from '../actors/park.ts';
import { type DedupeRecord, packDedupe, unpackDedupe } from '../persistence/records.ts';
import type { Cell } from './cell.ts';
import { DELETED } from './pending-batch.ts';
import type { Delivery, World } from './world.ts';

export class MailDelivery implements Delivery {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  send(from: Cell, to: StorableRef | AnyActorRef, event: EventObject, cause: string): void {
    const ref: PerdureRef | undefined = isPerdureRef(to) ? to : undefined;
    switch (ref?.kind) {
      case 'sink':
      case 'exit':
        return;
      case 'reply':
        this.#answer(ref, event);
        return;
      case 'bond':
        this.#world.bonds.asked(from, event as BondRequest);
        return;
      case 'park':
        this.#park(from, event as ParkRequest);
        return;
      case 'pool':
        this.#world.supervision.poolRequest(from, ref.address, event);
        return;
      case 'actor':
      case undefined:
        this.#toActor(from, ref ?? (to as AnyActorRef), event, cause);
    }
  }

  enqueue(cell: Cell, content: EnvelopeContent): Envelope {
    const { codec, time } = this.#world;
    if (!cell.mailbox.isPlaced) throw quarantined(cell);
    // what cannot be frozen is copied: the sender may change its own afterwards
    const event =
      judge(content.event, 'event') === 'mutable'
        ? (codec.decode(codec.encode(content.event), 'event') as EventObject)
        : content.event;
    const envelope = new Envelope(
      cell.mailbox.tail,
      time.nowMs(),
      event === content.event ? content : { ...content, event },
    );
    cell.mailbox.add(envelope);
    this.#world.committer.touch(cell);
    this.#world.dispatcher.ready(cell);
    // also where the actor does not run now: the message has to become durable
    this.#world.dispatcher.wake();
    return envelope;
  }

  result(owner: Cell, child: number, event: EventObject): void {
    this.enqueue(owner, { kind: 'result', event, origin: child });
  }

  #park({ address }: Cell, { event, error, attempts = 1 }: ParkRequest): void {
    this.#world.deadLetters.add({
      address,
      reason: 'parked',
      event,
      sender: address,
      error,
      attempts,
    });
  }

  #toActor(from: Cell, ref: LightRef | AnyActorRef, event: EventObject, cause: string): void {
    const world = this.#world;
    const uid = uidOf(ref);
    if (uid !== 0 && world.effects.get(uid) !== undefined) {
      world.committer.pending.afterLanding(() => world.effects.send(uid, event));
      return;
    }
    const cell = this.receiver(ref);
    if (cell === undefined || !takesMail(world, cell)) {
      const address = ref instanceof LightRef ? ref.address : `${from.address}/${ref.id}`;
      const reason = cell === undefined ? 'not_found' : 'not_running';
      world.deadLetters.add({ address, reason, event, sender: from.address });
      world.outside.undeliverable(address, event);
      return;
    }
    const isResult = event.type.startsWith('xstate.error.actor.') && cell.uid === from.parent;
    this.enqueue(cell, {
      kind: isResult ? 'result' : 'message',
      origin: isResult ? from.uid : 0,
      event,
      sender: from.address,
      cause,
    });
    if (cell !== from && cell.mailbox.length > cell.settings.mailboxMax) from.isThrottled = true;
  }

  hasTaker(to: StorableRef | AnyActorRef): boolean {
    if (isPerdureRef(to) && to.kind !== 'actor') return to.kind !== 'park';
    const ref = to as LightRef | AnyActorRef;
    const uid = uidOf(ref);
    if (uid !== 0 && this.#world.effects.get(uid) !== undefined) return true;
    const cell = this.receiver(ref);
    return cell !== undefined && takesMail(this.#world, cell);
  }

  receiver(ref: LightRef | AnyActorRef): Cell | undefined {
    const { cells } = this.#world;
    const uid = uidOf(ref);
    if (uid === 0) return ref instanceof LightRef ? cells.byAddress(ref.address) : undefined;
    const cell = cells.byUid(uid);
    return cell !== undefined && ref instanceof LightRef && ref.life !== cell.life
      ? undefined
      : cell;
  }

  #answer(target: ReplyTarget, event: EventObject): void {
    if (event.type !== replyEvent) return;
    const value = (event as EventObject & { value: unknown }).value;
    if (target.askId === '') {
      this.#world.effects.answered(target.uid, target.childUid, target.life, value);
      return;
    }
    const { pending } = this.#world.committer;
    const keyed = parseKeyedAsk(target.askId);
    if (keyed !== undefined) {
      const row = keys.dedupe(keyed.uid, keyed.key);
      const record = this.#readableDedupe(row);
      if (record?.replied === true) return;
      if (record !== undefined) {
        pending.put(row, packDedupe({ ...record, replied: true, reply: value }));
      }
    }
    const { outside } = this.#world;
    pending.afterLanding(() => outside.answered(target.askId, value));
  }

  remember(
    cell: Cell,
    key: string,
    news: Partial<Pick<DedupeRecord, 'position' | 'parked'>>,
  ): void {
    const row = keys.dedupe(cell.uid, key);
    const record = this.#readableDedupe(row);
    if (record === undefined) return;
    this.#world.committer.pending.put(row, packDedupe({ ...record, ...news }));
  }

  /** A damaged row stays as it is: whoever asks for it is told so, and nobody's turn fails for it. */
  #readableDedupe(row: string): DedupeRecord | undefined {
    try {
      return this.dedupe(row);
    } catch (error) {
      if (isPerdureError(error) && error.code === 'VALUE_CORRUPT') return undefined;
      throw error;
    }
  }

  /** What is remembered of a key, also when it has not landed yet. */
  dedupe(row: string): DedupeRecord | undefined {
    const world = this.#world;
    const known = world.committer.recent(row);
    if (known === DELETED) return undefined;
    if (known !== undefined) return unpackDedupe(known as unknown[]);
    const bytes = world.store.get(row);
    return bytes === undefined
      ? undefined
      : unpackDedupe(world.codec.decode(bytes, row) as unknown[]);
  }
}

/** Whether a message may wait for this actor: it runs, or will. */
export function takesMail({ supervision }: World, { status, mailbox, parent }: Cell): boolean {
  if (status === 'quarantined') return mailbox.isPlaced;
  return status === 'running' && !supervision.isDown(parent);
}

export function quarantined({ address, why = '' }: Cell): PerdureError<'ACTOR_QUARANTINED'> {
  return new PerdureError('ACTOR_QUARANTINED', { address, why });
}

/** The id of an ask with a key says where its answer is to be stored. */
export function keyedAskId(uid: number, key: string): string {
  return `key:${uid}:${key}`;
}

function parseKeyedAsk(id: string): { uid: number; key: string } | undefined {
  if (!id.startsWith('key:')) return undefined;
  const colon = id.indexOf(':', 4);
  return { uid: Number(id.slice(4, colon)), key: id.slice(colon + 1) };
}
