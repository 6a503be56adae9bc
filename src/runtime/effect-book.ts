/** What is known of each effect, in memory and with the next batch. */
import { present } from '../base/assert.ts';
import { keys } from '../persistence/keyspace.ts';
import { type EffectRecord, packEffect } from '../persistence/effect-records.ts';
import type { World } from './world.ts';

export class EffectBook {
  readonly #world: World;
  readonly #records = new Map<number, EffectRecord>();
  readonly #byOwner = new Map<number, Set<number>>();

  constructor(world: World) {
    this.#world = world;
  }

  get(uid: number): EffectRecord | undefined {
    return this.#records.get(uid);
  }

  /** Those of an actor, at this moment. */
  of(owner: number): readonly EffectRecord[] {
    return [...(this.#byOwner.get(owner) ?? [])].map((uid) =>
      present(this.#records.get(uid), 'owned effects are known'),
    );
  }

  /** Without a write. */
  keep(record: EffectRecord): void {
    this.#records.set(record.uid, record);
    const owned = this.#byOwner.get(record.owner) ?? new Set<number>();
    this.#byOwner.set(record.owner, owned);
    owned.add(record.uid);
  }

  arm(record: EffectRecord): void {
    this.keep(record);
    const { pending } = this.#world.committer;
    pending.putNew(keys.effect(record.owner, record.uid), packEffect(record));
  }

  change(record: EffectRecord): void {
    this.#records.set(record.uid, record);
    this.#world.committer.pending.put(keys.effect(record.owner, record.uid), packEffect(record));
  }

  /** false if it was not known. */
  forget(owner: number, uid: number): boolean {
    if (!this.#records.delete(uid)) return false;
    const owned = this.#byOwner.get(owner);
    owned?.delete(uid);
    if (owned?.size === 0) this.#byOwner.delete(owner);
    this.#world.committer.pending.del(keys.effect(owner, uid));
    this.#world.suspects.ended('effect', uid);
    return true;
  }
}
