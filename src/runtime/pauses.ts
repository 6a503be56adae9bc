/**
 * Who takes no turn until an operator says so. One row per address that was paused; whatever is below it is
 * paused with it, also what is started, restarted or added later. That is looked up, never copied, so that
 * several pauses above one actor need no count.
 */
import { parentOf } from '../actors/address.ts';
import { keys } from '../persistence/keyspace.ts';
import { type PauseRecord, packPause } from '../persistence/records.ts';
import type { Pauses, World } from './world.ts';

export class DurablePauses implements Pauses {
  readonly #world: World;
  /** The uid of the row, by address. A damaged address row lends the actor another uid than the row has. */
  readonly #paused: Map<string, number>;

  constructor(world: World, stored: readonly PauseRecord[]) {
    this.#world = world;
    this.#paused = new Map(stored.map(({ address, uid }) => [address, uid]));
  }

  list(): Iterable<string> {
    return this.#paused.keys();
  }

  holds(address: string): boolean {
    if (this.#paused.size === 0) return false;
    let at: string | undefined = address;
    for (; at !== undefined; at = parentOf(at)) if (this.#paused.has(at)) return true;
    return false;
  }

  pause(address: string, uid: number): void {
    if (this.#paused.has(address)) return;
    const { committer, time } = this.#world;
    this.#paused.set(address, uid);
    committer.pending.put(keys.pause(uid), packPause({ uid, address, atMs: time.nowMs() }));
    this.#tell('actor.paused', address);
  }

  resume(address: string): void {
    if (!this.#paused.has(address)) return;
    this.forget(address);
    this.#tell('actor.resumed', address);
    const { cells, dispatcher, timers } = this.#world;
    timers.release();
    // whoever has something to do was read from the store for it
    for (const cell of cells.loaded()) dispatcher.ready(cell);
  }

  forget(address: string): void {
    const uid = this.#paused.get(address);
    if (uid === undefined) return;
    this.#paused.delete(address);
    this.#world.committer.pending.del(keys.pause(uid));
  }

  #tell(type: 'actor.paused' | 'actor.resumed', address: string): void {
    const { committer, events, ports } = this.#world;
    committer.pending.afterLanding(() => {
      ports.logger.info({ address }, type === 'actor.paused' ? 'paused' : 'resumed');
      events.emit({ type, address });
    });
  }
}
