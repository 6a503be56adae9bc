/**
 * Steps that wait for what another actor emits: one is done when there is something, and nothing runs for it
 * meanwhile. What it reads is durable, so it reads the same again after a crash.
 */
import type { EventObject } from '../actors/host-types.ts';
import type { EmissionReads } from '../actors/step.ts';
import { PerdureError } from '../base/errors.ts';
import type { EffectRecord } from '../persistence/effect-records.ts';
import { keys } from '../persistence/keyspace.ts';
import type { Cell } from './cell.ts';
import type { World } from './world.ts';

/** Emissions, as a page of a source. */
export interface EmissionPage {
  readonly items: readonly EventObject[];
  /** Position of the last emission that was looked at. */
  readonly cursor: number;
  /** Its actor has ended. */
  readonly isEnd: boolean;
}

export class PendingReads {
  readonly #world: World;
  readonly #again: (uid: number) => void;
  /** How to stop waiting, by effect. */
  readonly #waits = new Map<number, () => void>();

  constructor(world: World, again: (uid: number) => void) {
    this.#world = world;
    this.#again = again;
  }

  /**
   * What there is now; undefined: nothing yet, and the effect is begun again when that changes.
   *
   * @throws PerdureError ACTOR_NOT_FOUND
   */
  page({ uid, input }: EffectRecord, reads: EmissionReads): EmissionPage | undefined {
    const { address } = reads;
    const { cells, committer } = this.#world;
    const cell = cells.byAddress(address);
    if (cell === undefined) throw new PerdureError('ACTOR_NOT_FOUND', { address });
    const { cursor = 0 } = input as { readonly cursor?: number };
    const page = this.#read(cell, reads, cursor);
    if (page.items.length > 0 || page.isEnd) {
      this.leave(uid);
      return page;
    }
    if (!this.#waits.has(uid)) this.#wait(uid, address);
    // emitted, and on its way to the store
    if (page.cursor + 1 < cell.emissions) committer.pending.afterLanding(() => this.#again(uid));
    return undefined;
  }

  /** Nobody waits for it any more. */
  leave(uid: number): void {
    this.#waits.get(uid)?.();
    this.#waits.delete(uid);
  }

  /** The world is dropped. */
  leaveAll(): void {
    for (const uid of [...this.#waits.keys()]) this.leave(uid);
  }

  #wait(uid: number, address: string): void {
    this.#waits.set(
      uid,
      this.#world.outside.listen(address, () => this.#again(uid)),
    );
  }

  #read(cell: Cell, { types, limit }: EmissionReads, after: number): EmissionPage {
    const { store, codec } = this.#world;
    const items: EventObject[] = [];
    for (let position = after + 1; ; position += 1) {
      const key = keys.emission(cell.uid, position);
      const bytes = items.length < limit ? store.get(key) : undefined;
      if (bytes === undefined) {
        const isEnd = cell.isOver && position >= cell.emissions;
        return { items, cursor: position - 1, isEnd };
      }
      const [, event] = codec.decode(bytes, key) as [number, EventObject];
      if (types === undefined || types.includes(event.type)) items.push(event);
    }
  }
}
