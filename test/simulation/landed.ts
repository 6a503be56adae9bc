/** What has landed, read from the very bytes, batch by batch: the judge of everything that is observed. */
import { createCodec } from '../../src/persistence/codec.ts';
import { unpackEffect } from '../../src/persistence/effect-records.ts';
import { numberInKey, uidInKey } from '../../src/persistence/keyspace.ts';
import {
  unpackBirth,
  unpackDeadLetter,
  unpackEnvelope,
  unpackTimer,
} from '../../src/persistence/records.ts';
import type { SnapshotRecord } from '../../src/persistence/snapshot-record.ts';
import type { BatchRows } from '../../src/testing/sim-medium.ts';
import type { Laws } from './laws.ts';
import { type Applied, type Context, idOf } from './machine.ts';

const codec = createCodec({ writeRef: (ref) => ref, readRef: (data) => data as object });

/** A turn that landed. */
export interface Turn {
  readonly id: string;
  readonly uid: number;
  readonly atMs: number;
  /** Among all turns of its actor. */
  readonly place: number;
}

interface Actor {
  readonly uid: number;
  address: string;
  life: number;
  status: string;
  /** Its latest turn of this life. */
  count: number;
  sum: number;
  emissions: number;
  /** As its snapshot says. */
  state: Pick<Context, 'count' | 'sum'>;
  /** It began a new life, and may have had no turn in it. */
  isFresh: boolean;
  /** A life of it ended, or it was stopped: timers and effects may have gone with that. */
  hasEnded: boolean;
}

export class Landed {
  readonly turns = new Map<string, Turn>();
  /** Reasons, by id of the message. */
  readonly dead = new Map<string, string>();
  /** Keys of rows, by id of the message that waits. */
  readonly waiting = new Map<string, string>();
  readonly timers = new Map<string, { readonly id: string; readonly dueMs: number }>();
  readonly effects = new Map<string, { readonly id: string; readonly key: string }>();
  readonly actions = new Map<string, string>();
  readonly actors = new Map<number, Actor>();
  /** Ids of all messages that were ever durable. */
  readonly seen = new Set<string>();
  /** Ids of messages that were ever dead letters. */
  readonly buried = new Set<string>();
  /** Ends of effects and actions that are dead letters. */
  readonly givenUp = new Set<string>();
  /** When the timer of that message is due. */
  readonly due = new Map<string, number>();
  readonly #laws: Laws;
  /** Ids, by key of the row. */
  readonly letters = new Map<string, string>();
  readonly #mail = new Map<string, string>();
  readonly #mailboxMax: number | undefined;
  #atMs = 0;
  #batch = 0;
  #isRebuilding = false;

  /** @param mailboxMax - messages from outside that may wait at one actor; undefined: nobody counts */
  constructor(laws: Laws, mailboxMax: number | undefined) {
    this.#laws = laws;
    this.#mailboxMax = mailboxMax;
  }

  add(rows: BatchRows): void {
    const moved = new Set<number>();
    const written = [...rows].filter(([, bytes]) => bytes !== undefined);
    for (const [key, bytes] of rows) if (bytes === undefined) this.#removed(key);
    // what actors are comes first
    written.sort(([one], [other]) => Number(other.startsWith('b!')) - Number(one.startsWith('b!')));
    for (const [key, bytes] of written)
      this.#written(key, codec.decode(bytes as Uint8Array, key), moved);
    for (const uid of moved) this.#compareStates(uid);
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
      this.actors,
      this.seen,
      this.due,
      this.letters,
      this.#mail,
    ])
      facts.clear();
    this.#batch = 0;
    this.#atMs = 0;
    this.#isRebuilding = true;
    this.add(rows);
    this.#isRebuilding = false;
  }

  /** What ids wait that came from outside, at one mailbox. */
  waitingAt(uid: number): string[] {
    return [...this.waiting].filter(([, key]) => uidInKey(key) === uid).map(([id]) => id);
  }

  actorAt(address: string): Actor | undefined {
    return [...this.actors.values()].find((actor) => actor.address === address);
  }

  #written(key: string, value: unknown, moved: Set<number>): void {
    switch (key[0] ?? '') {
      case 'b':
        this.#born(uidInKey(key), value as unknown[]);
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
        const { event, dueMs } = unpackTimer(0, 0, value as unknown[]);
        const id = idOf(event as { type: string });
        this.timers.set(key, { id, dueMs });
        this.seen.add(id);
        if (!this.due.has(id)) this.due.set(id, dueMs);
        return;
      }
      case 'e': {
        const effect = unpackEffect(0, 0, value as unknown[]);
        this.effects.set(key, { id: effect.id, key: effect.key });
        return;
      }
      case 'q':
        this.actions.set(key, key);
        return;
      case 'k':
        this.#marked(numberInMarker(key), (value as number[])[0] as number);
        return;
      default:
    }
  }

  #removed(key: string): void {
    switch (key[0] ?? '') {
      case 'b': {
        const actor = this.actors.get(uidInKey(key));
        if (actor !== undefined) {
          actor.hasEnded = true;
          actor.address = '';
        }
        return;
      }
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
      default:
    }
  }

  #born(uid: number, row: readonly unknown[]): void {
    const { address, life, status } = unpackBirth(row);
    const known = this.actors.get(uid);
    if (known === undefined) {
      const state = { count: 0, sum: 0 };
      const born = { uid, address, life, status, count: 0, sum: 0, emissions: 0, state };
      this.actors.set(uid, {
        ...born,
        isFresh: this.#isRebuilding || life > 0,
        hasEnded: this.#isRebuilding || life > 0 || hasEndedAs(status),
      });
      return;
    }
    known.isFresh ||= life !== known.life;
    known.hasEnded ||= life !== known.life || hasEndedAs(status);
    known.life = life;
    known.status = status;
  }

  /** It came and went within one batch. */
  #passing(uid: number): Actor {
    const state = { count: 0, sum: 0 };
    const born = { uid, address: '', life: 1, status: 'running', count: 0, sum: 0, emissions: 0 };
    const actor = { ...born, state, isFresh: true, hasEnded: true };
    this.actors.set(uid, actor);
    return actor;
  }

  #emitted(uid: number, position: number, [atMs, event]: [number, Applied]): void {
    const actor = this.actors.get(uid) ?? this.#passing(uid);
    const { id, count, sum } = event;
    this.#laws.check(
      'G1',
      position === actor.emissions + 1,
      () => `${actor.address} emits ${position} after ${actor.emissions}`,
    );
    this.#laws.check(
      'G1',
      count === actor.count + 1 || ((actor.isFresh || this.#isRebuilding) && count === 1),
      () => `${actor.address} takes turn ${count} after ${actor.count}`,
    );
    this.#laws.check(
      'G2',
      !this.turns.has(id),
      () => `${id} was applied twice, at ${actor.address}`,
    );
    this.#laws.check('G2', !this.dead.has(id), () => `${id} is applied and a dead letter`);
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
    this.turns.set(id, { id, uid, atMs, place: position });
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
    const { event, reason, attempts } = unpackDeadLetter(0, row);
    const id = idOf(event as { type: string });
    this.letters.set(key, id);
    this.seen.add(id);
    // an effect that was given up is told to its machine all the same
    if (reason === 'effect' || reason === 'action') {
      this.givenUp.add(reason === 'action' ? reason : id);
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
      atMs >= this.#atMs || this.#isRebuilding,
      () => `durable time went from ${this.#atMs} back to ${atMs}`,
    );
    this.#laws.check(
      'G1',
      this.#batch === 0 || this.#isRebuilding || batch === this.#batch + 1,
      () => `batch ${batch} landed after ${this.#batch}`,
    );
    this.#atMs = atMs;
    this.#batch = batch;
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

  /** The state and the emissions of a turn are there together. */
  #compareStates(uid: number): void {
    const actor = this.actors.get(uid);
    if (actor === undefined || actor.address === '') return;
    const { state, count, sum, address, isFresh } = actor;
    this.#laws.check(
      'G1',
      (state.count === count && state.sum === sum) ||
        ((isFresh || this.#isRebuilding) && state.count === 0),
      () => `${address} has the state of turn ${state.count}, and the emissions of turn ${count}`,
    );
  }
}

function numberInMarker(key: string): number {
  return Number.parseInt(key.slice(2, 14), 16);
}

function hasEndedAs(status: string): boolean {
  return status !== 'running' && status !== 'quarantined';
}
