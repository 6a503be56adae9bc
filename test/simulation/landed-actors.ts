/** The actors of a run, as their landed rows tell of them. */
import { unpackBirth } from '../../src/persistence/records.ts';
import type { Laws } from './laws.ts';
import type { Context } from './machine.ts';

export interface Actor {
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
  /** Turns up to this place may have lost timers and effects: a life of it ended then, or it was stopped. */
  endedAt: number;
}

export class LandedActors {
  readonly all = new Map<number, Actor>();
  readonly #laws: Laws;
  /** Of whom the batch that is read says that a life is over. */
  readonly #ended = new Set<number>();
  readonly #renewed: Actor[] = [];

  constructor(laws: Laws) {
    this.#laws = laws;
  }

  /** @param isRebuilding - nobody knows what was before */
  born(uid: number, row: readonly unknown[], isRebuilding: boolean): void {
    const { address, life, status } = unpackBirth(row);
    const known = this.all.get(uid);
    const isAnother = known === undefined ? isRebuilding || life > 0 : life !== known.life;
    if (isAnother || (status !== 'running' && status !== 'quarantined')) this.#ended.add(uid);
    if (known === undefined) {
      this.#add({ uid, address, life, status, isFresh: true });
      return;
    }
    known.isFresh ||= isAnother;
    if (isAnother) this.#renewed.push(known);
    known.life = life;
    known.status = status;
  }

  /** Its birth is gone: it was taken away. */
  gone(uid: number): void {
    const actor = this.all.get(uid);
    if (actor === undefined) return;
    actor.endedAt = Number.POSITIVE_INFINITY;
    actor.address = '';
  }

  /** One that nobody knows came and went within one batch. */
  of(uid: number): Actor {
    const known = this.all.get(uid);
    if (known !== undefined) return known;
    const actor = this.#add({ uid, address: '', life: 1, status: 'running', isFresh: true });
    actor.endedAt = Number.POSITIVE_INFINITY;
    return actor;
  }

  /** All rows of a batch were read. @returns those that began a new life in it */
  landed(moved: ReadonlySet<number>, isRebuilding: boolean): Actor[] {
    for (const uid of moved) this.#compareStates(uid, isRebuilding);
    for (const actor of this.all.values()) {
      actor.isFresh = actor.state.count === 0;
      if (this.#ended.has(actor.uid)) actor.endedAt = Math.max(actor.endedAt, actor.emissions);
    }
    this.#ended.clear();
    return this.#renewed.splice(0);
  }

  #add(born: Pick<Actor, 'uid' | 'address' | 'life' | 'status' | 'isFresh'>): Actor {
    const state = { count: 0, sum: 0 };
    const actor = { ...born, count: 0, sum: 0, emissions: 0, state, endedAt: 0 };
    this.all.set(born.uid, actor);
    return actor;
  }

  /** The state and the emissions of a turn are there together. */
  #compareStates(uid: number, isRebuilding: boolean): void {
    const actor = this.all.get(uid);
    if (actor === undefined || actor.address === '') return;
    const { state, count, sum, address, isFresh } = actor;
    this.#laws.check(
      'G1',
      (state.count === count && state.sum === sum) ||
        ((isFresh || isRebuilding) && state.count === 0),
      () => `${address} has the state of turn ${state.count}, and the emissions of turn ${count}`,
    );
  }
}
