/** What has landed, read from the very bytes, batch by batch: the judge of everything that is observed. */
import { createCodec } from '../../src/persistence/codec.ts';
import {
  type ActionRecord,
  type EffectRecord,
  unpackAction,
  unpackEffect,
} from '../../src/persistence/effect-records.ts';
import { numberInKey, uidInKey } from '../../src/persistence/keyspace.ts';
import {
  unpackDeadLetter,
  unpackEnvelope,
  unpackPause,
  unpackTimer,
} from '../../src/persistence/records.ts';
import type { SnapshotRecord } from '../../src/persistence/snapshot-record.ts';
import type { BatchRows } from '../../src/testing/sim-medium.ts';
import { type Actor, LandedActors } from './landed-actors.ts';
import { causeOf } from './ids.ts';
import type { Laws } from './laws.ts';
import { RATE } from './policies.ts';
import { type Applied, type Context, idOf } from './machine.ts';

const codec = createCodec({ writeRef: (ref) => ref, readRef: (data) => data as object });

/** A turn that landed. */
export interface Turn {
  readonly id: string;
  readonly uid: number;
  readonly atMs: number;
  /** Among all turns of its actor. */
  readonly place: number;
  /** Among those of its life, from 1. */
  readonly count: number;
  /** Among all turns of all actors, from 0. */
  readonly number: number;
}

export class Landed {
  readonly turns = new Map<string, Turn>();
  /** Reasons, by id of the message. */
  readonly dead = new Map<string, string>();
  /** Keys of rows, by id of the message that waits. */
  readonly waiting = new Map<string, string>();
  readonly timers = new Map<string, { readonly id: string; readonly dueMs: number }>();
  readonly effects = new Map<string, EffectRecord>();
  readonly actions = new Map<string, ActionRecord>();
  readonly #actors: LandedActors;
  /** Ids of all messages that were ever durable. */
  readonly seen = new Set<string>();
  /** Ids of messages that were ever dead letters. */
  readonly buried = new Set<string>();
  /** Ends of effects, and actions, that are dead letters. */
  readonly givenUp = new Set<string>();
  /** Steps of which somebody had to ask what came of an attempt. */
  readonly doubted = new Set<string>();
  readonly #grants: { readonly uid: number; readonly atMs: number }[] = [];
  /** When the timer of that message is due. */
  readonly due = new Map<string, number>();
  readonly #laws: Laws;
  /** Ids, by key of the row. */
  readonly letters = new Map<string, string>();
  readonly #mail = new Map<string, string>();
  /** Addresses, by key of the row. */
  readonly #pauses = new Map<string, string>();
  readonly #mailboxMax: number | undefined;
  /** Durable time of the latest batch. */
  atMs = 0;
  /** Whose pause was there before the batch that is read, and is there after it. */
  #paused: readonly string[] = [];
  #batch = 0;
  #isRebuilding = false;

  /** @param mailboxMax - messages from outside that may wait at one actor; undefined: nobody counts */
  constructor(laws: Laws, mailboxMax: number | undefined) {
    this.#laws = laws;
    this.#actors = new LandedActors(laws);
    this.#mailboxMax = mailboxMax;
  }

  get actors(): ReadonlyMap<number, Actor> {
    return this.#actors.all;
  }

  add(rows: BatchRows): void {
    const moved = new Set<number>();
    const written = [...rows].filter(([, bytes]) => bytes !== undefined);
    for (const [key, bytes] of rows) if (bytes === undefined) this.#removed(key);
    this.#paused = [...this.#pauses].filter(([key]) => !rows.has(key)).map(([, at]) => at);
    // what actors are comes first
    written.sort(([one], [other]) => Number(other.startsWith('b!')) - Number(one.startsWith('b!')));
    for (const [key, bytes] of written)
      this.#written(key, codec.decode(bytes as Uint8Array, key), moved);
    for (const actor of this.#actors.landed(moved, this.#isRebuilding)) this.#refuseRemains(actor);
    if (this.#mailboxMax !== undefined) this.#countMail(written, this.#mailboxMax);
  }

  /** The machine lost its power: what is there now is all that there is. */
  rebuild(rows: BatchRows): void {
    for (const facts of [
      this.turns,
      this.dead,
      this.waiting,
      this.timers,
      this.effects,
      this.actions,
      this.#actors.all,
      this.seen,
      this.due,
      this.letters,
      this.#mail,
      this.#pauses,
    ])
      facts.clear();
    this.#batch = 0;
    this.atMs = 0;
    this.#grants.length = 0;
    this.#isRebuilding = true;
    this.add(rows);
    this.#isRebuilding = false;
  }

  /** What ids wait that came from outside, at one mailbox. */
  waitingAt(uid: number): string[] {
    return [...this.waiting].filter(([, key]) => uidInKey(key) === uid).map(([id]) => id);
  }

  /** Whose row that is. */
  ownerOf(key: string): Actor | undefined {
    return this.actors.get(uidInKey(key));
  }

  /** Id of the message in that row. */
  mailAt(key: string): string | undefined {
    return this.#mail.get(key);
  }

  /** Whether that action is to run, once more perhaps. */
  hasAction(id: string): boolean {
    return [...this.actions.values()].some(
      ({ params }) => (params as { readonly id: string }).id === id,
    );
  }

  /** Whether it takes no turns because somebody paused it, or what is above it. */
  isPaused(address: string): boolean {
    return [...this.#pauses.values()].some((paused) => isUnder(address, paused));
  }

  effectOf(id: string): EffectRecord | undefined {
    for (const effect of this.effects.values()) if (effect.id === id) return effect;
    return undefined;
  }

  actorAt(address: string): Actor | undefined {
    return [...this.actors.values()].find((actor) => actor.address === address);
  }

  #written(key: string, value: unknown, moved: Set<number>): void {
    switch (key[0] ?? '') {
      case 'b':
        this.#actors.born(uidInKey(key), value as unknown[], this.#isRebuilding);
        return;
      case 'o':
        this.#emitted(uidInKey(key), numberInKey(key), value as [number, Applied]);
        moved.add(uidInKey(key));
        return;
      case 's': {
        const [, snapshot] = value as [unknown, SnapshotRecord];
        const { count, sum } = snapshot[2] as Context;
        const actor = this.actors.get(uidInKey(key));
        if (actor !== undefined) actor.state = { count, sum };
        moved.add(uidInKey(key));
        return;
      }
      case 'm':
        this.#waits(key, value as unknown[]);
        return;
      case 'd':
        this.#died(key, value as unknown[]);
        return;
      case 't': {
        const { event, dueMs, fired } = unpackTimer(0, 0, value as unknown[]);
        const id = idOf(event as { type: string });
        // one that fired is kept until its message was handled
        if (fired) this.timers.delete(key);
        else this.timers.set(key, { id, dueMs });
        this.seen.add(id);
        if (!this.due.has(id)) this.due.set(id, dueMs);
        return;
      }
      case 'e': {
        const effect = unpackEffect(uidInKey(key), numberInKey(key), value as unknown[]);
        this.effects.set(key, effect);
        if (effect.inDoubt) this.doubted.add(effect.id);
        return;
      }
      case 'g':
        this.#granted(numberInKey(key), uidInKey(key));
        return;
      case 'q':
        this.actions.set(key, unpackAction(uidInKey(key), numberInKey(key), value as unknown[]));
        return;
      case 'p':
        this.#pauses.set(key, unpackPause(uidInKey(key), value as unknown[]).address);
        return;
      case 'k':
        this.#marked(numberInMarker(key), (value as number[])[0] as number);
        return;
      default:
    }
  }

  #removed(key: string): void {
    switch (key[0] ?? '') {
      case 'b':
        this.#actors.gone(uidInKey(key));
        return;
      case 'm': {
        const id = this.#mail.get(key);
        this.#mail.delete(key);
        if (id !== undefined && this.waiting.get(id) === key) this.waiting.delete(id);
        return;
      }
      case 'd': {
        const id = this.letters.get(key);
        this.letters.delete(key);
        if (id !== undefined) this.dead.delete(id);
        return;
      }
      case 's': {
        const actor = this.actors.get(uidInKey(key));
        if (actor !== undefined) actor.state = { count: 0, sum: 0 };
        return;
      }
      case 't':
        this.timers.delete(key);
        return;
      case 'e':
        this.effects.delete(key);
        return;
      case 'q':
        this.actions.delete(key);
        return;
      case 'p':
        this.#pauses.delete(key);
        return;
      default:
    }
  }

  #granted(uid: number, atMs: number): void {
    this.#grants.push({ uid, atMs });
    const { max, perMs } = RATE;
    const recent = this.#grants.filter((grant) => grant.atMs > atMs - perMs);
    this.#laws.check(
      'G9',
      recent.length <= max || this.#isRebuilding,
      () => `${recent.length} steps begin within ${perMs} ms, and ${max} may`,
    );
  }

  /** How often that step was allowed to begin. */
  grantsOf(uid: number | undefined): number {
    return this.#grants.filter((grant) => grant.uid === uid).length;
  }

  #emitted(uid: number, position: number, [atMs, event]: [number, Applied]): void {
    const actor = this.#actors.of(uid);
    const { id, count, sum } = event;
    // a life that began and ended within one batch, with the actor, left no row to tell of it
    const isNew = actor.isFresh || this.#isRebuilding || actor.address === '';
    this.#laws.check(
      'G1',
      position === actor.emissions + 1,
      () => `${actor.address} emits ${position} after ${actor.emissions}`,
    );
    this.#laws.check(
      'G1',
      count === actor.count + 1 || (isNew && count === 1),
      () => `${actor.address} takes turn ${count} after ${actor.count}`,
    );
    this.#laws.check(
      'G2',
      !this.turns.has(id),
      () => `${id} was applied twice, at ${actor.address}`,
    );
    this.#laws.check('G2', !this.dead.has(id), () => `${id} is applied and a dead letter`);
    this.#laws.check(
      'G6',
      !this.#paused.some((paused) => isUnder(actor.address, paused)),
      () => `${id} was applied at ${actor.address}, which is paused`,
    );
    actor.emissions = position;
    actor.count = count;
    actor.sum = sum;
    const dueMs = this.due.get(id);
    if (dueMs !== undefined)
      this.#laws.check(
        'G10',
        atMs >= dueMs,
        () => `the timer of ${id} fired at ${atMs}, before ${dueMs}`,
      );
    const number = this.turns.size;
    this.turns.set(id, { id, uid, atMs, place: position, count, number });
    this.seen.add(id);
  }

  #waits(key: string, row: readonly unknown[]): void {
    const { event } = unpackEnvelope(0, row);
    const id = idOf(event as { type: string });
    this.#mail.set(key, id);
    this.waiting.set(id, key);
    this.seen.add(id);
    this.#laws.check('G2', !this.turns.has(id), () => `${id} waits, and was applied already`);
  }

  #died(key: string, row: readonly unknown[]): void {
    const { event, reason, attempts, state } = unpackDeadLetter(0, row);
    const id = idOf(event as { type: string });
    this.letters.set(key, id);
    this.seen.add(id);
    // an effect that was given up is told to its machine all the same
    if (reason === 'effect' || reason === 'action') {
      const isAction = reason === 'action';
      this.givenUp.add(isAction ? (state as { params: { id: string } }).params.id : id);
      this.#laws.gaveUp(id, reason, attempts);
      return;
    }
    this.dead.set(id, reason);
    this.buried.add(id);
    this.#laws.check(
      'G2',
      !this.turns.has(id),
      () => `${id} is a dead letter (${reason}), and was applied`,
    );
    if (reason === 'parked') this.#laws.parked(id, attempts);
  }

  #marked(batch: number, atMs: number): void {
    this.#laws.check(
      'G10',
      atMs >= this.atMs || this.#isRebuilding,
      () => `durable time went from ${this.atMs} back to ${atMs}`,
    );
    this.#laws.check(
      'G1',
      this.#batch === 0 || this.#isRebuilding || batch === this.#batch + 1,
      () => `batch ${batch} landed after ${this.#batch}`,
    );
    this.atMs = atMs;
    this.#batch = batch;
  }

  /** With a new life, timers and effects of the ones before are gone. */
  #refuseRemains({ uid, address, emissions, count, isFresh }: Actor): void {
    const before = isFresh ? emissions : emissions - count;
    for (const rows of [this.timers, this.effects])
      for (const [key, { id }] of rows) {
        const turn = uidInKey(key) === uid ? this.turns.get(causeOf(id)) : undefined;
        this.#laws.check(
          'G1',
          turn === undefined || turn.place > before,
          () => `${id} is there still, of a life of ${address} that is over`,
        );
      }
  }

  /** No more wait at one actor than there is room for. */
  #countMail(written: readonly (readonly [string, unknown])[], mailboxMax: number): void {
    const uids = new Set(
      written.filter(([key]) => key.startsWith('m!')).map(([key]) => uidInKey(key)),
    );
    for (const uid of uids) {
      const outside = this.waitingAt(uid).filter((id) => /^(ask:)?\d+$/.test(id));
      this.#laws.check(
        'G9',
        outside.length <= mailboxMax,
        () => `${outside.join(', ')} wait where there is room for ${mailboxMax}`,
      );
    }
  }
}

/** Whether that address is the other one, or below it; an actor that was taken away has none. */
function isUnder(address: string, above: string): boolean {
  return address !== '' && (address === above || above === '/' || address.startsWith(`${above}/`));
}

function numberInMarker(key: string): number {
  return Number.parseInt(key.slice(2, 14), 16);
}
