/** Dedupe keys are remembered for a day: counts them per actor and sweeps away those that are older. */
import { limits } from '../base/limits.ts';
import { under, uidInKey } from '../persistence/keyspace.ts';
import { background } from './background.ts';
import type { KeyMemory, World } from './world.ts';

export class CountedKeys implements KeyMemory {
  readonly #world: World;
  #counts = new Map<number, number>();
  #isSwept = false;

  constructor(world: World) {
    this.#world = world;
  }

  added(uid: number): void {
    this.#counts.set(uid, (this.#counts.get(uid) ?? 0) + 1);
  }

  /** The actor was erased, and its keys with it. */
  forget(uid: number): void {
    this.#counts.delete(uid);
  }

  /** Refuses rather than forgets: what was remembered keeps its promise. */
  isFull(uid: number): boolean {
    return (this.#counts.get(uid) ?? 0) >= limits.keysMax;
  }

  /** Forgets what is old, counts the rest, and comes back in an hour. */
  async sweep(): Promise<void> {
    const world = this.#world;
    const oldestMs = world.time.nowMs() - limits.keyMemoryMs;
    const counts = new Map<number, number>();
    for await (const rows of world.store.scan(under('r'))) {
      if (!world.isAlive) return;
      for (const [key] of rows) {
        // as it is now: it may have been used again since the scan began
        const record = world.delivery.dedupe(key);
        if (record === undefined) continue;
        const uid = uidInKey(key);
        if (record.atMs < oldestMs) world.committer.pending.del(key);
        else counts.set(uid, (counts.get(uid) ?? 0) + 1);
      }
      world.dispatcher.wake();
    }
    if (!this.#isSwept)
      for (const [uid, count] of this.#counts) counts.set(uid, (counts.get(uid) ?? 0) + count);
    this.#isSwept = true;
    this.#counts = counts;
    world.timers.alarm(world.time.nowMs() + limits.keySweepMs, () =>
      background(world, 'sweeping keys', this.sweep()),
    );
  }
}
