import type { Answerable } from './bystander.ts';

/** Callers outside who wait for an answer: by the id of their question, and by whom they asked. */
export class OpenQuestions {
  readonly #byId = new Map<string, Set<Answerable>>();
  readonly #byAddress = new Map<string, Map<Answerable, string>>();

  /** Returns how to leave. */
  add(id: string, caller: Answerable): () => void {
    const callers = this.#byId.get(id) ?? new Set<Answerable>();
    this.#byId.set(id, callers);
    callers.add(caller);
    const asked = this.#byAddress.get(caller.address) ?? new Map<Answerable, string>();
    this.#byAddress.set(caller.address, asked);
    asked.set(caller, id);
    return () => this.#remove(id, caller);
  }

  /** Takes out who waits for this answer. */
  take(id: string): readonly Answerable[] {
    const callers = [...(this.#byId.get(id) ?? [])];
    for (const caller of callers) this.#remove(id, caller);
    return callers;
  }

  /** Takes out who waits for an answer of this actor. */
  takeFrom(address: string): readonly Answerable[] {
    const asked = [...(this.#byAddress.get(address) ?? [])];
    for (const [caller, id] of asked) this.#remove(id, caller);
    return asked.map(([caller]) => caller);
  }

  takeAll(): readonly Answerable[] {
    return [...this.#byId.keys()].flatMap((id) => this.take(id));
  }

  #remove(id: string, caller: Answerable): void {
    const callers = this.#byId.get(id);
    if (callers?.delete(caller) === true && callers.size === 0) this.#byId.delete(id);
    const asked = this.#byAddress.get(caller.address);
    if (asked?.delete(caller) === true && asked.size === 0) this.#byAddress.delete(caller.address);
  }
}
