import type { Settler } from './pending-batch.ts';

/** Who waits until a message was handled: by the receiver's uid and the position in its mailbox. */
export class AppliedWaits {
  readonly #places = new Map<number, Map<number, Settler[]>>();
  /** Of whom some may be on their way back, from a batch that fails. */
  readonly #left = new WeakSet<Settler>();

  get isEmpty(): boolean {
    return this.#places.size === 0;
  }

  /** Returns how to leave. */
  add(uid: number, position: number, settler: Settler): () => void {
    if (!this.#left.has(settler)) this.#put(uid, position, settler);
    return () => {
      this.#left.add(settler);
      const others = this.take(uid, position).filter((other) => other !== settler);
      for (const other of others) this.#put(uid, position, other);
    };
  }

  #put(uid: number, position: number, settler: Settler): void {
    const places = this.#places.get(uid) ?? new Map<number, Settler[]>();
    this.#places.set(uid, places);
    const settlers = places.get(position) ?? [];
    places.set(position, settlers);
    settlers.push(settler);
  }

  take(uid: number, position: number): readonly Settler[] {
    const places = this.#places.get(uid);
    const settlers = places?.get(position) ?? [];
    if (places?.delete(position) === true && places.size === 0) this.#places.delete(uid);
    return settlers;
  }

  takeAllOf(uid: number): readonly Settler[] {
    const settlers = [...(this.#places.get(uid)?.values() ?? [])].flat();
    this.#places.delete(uid);
    return settlers;
  }

  takeAll(): readonly Settler[] {
    return [...this.#places.keys()].flatMap((uid) => this.takeAllOf(uid));
  }
}
