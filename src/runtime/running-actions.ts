/**
 * Named actions that run right now, by key. Outlives a world that is dropped after a failed write: the next
 * world takes part in what still runs, or ended well and is not known to the store, instead of running it twice.
 */
export class RunningActions {
  readonly #runs = new Map<string, Promise<unknown>>();

  /** Settles as the run does. It is kept until it is forgotten. */
  join(key: string, run: () => Promise<unknown>): Promise<unknown> {
    const known = this.#runs.get(key);
    if (known !== undefined) return known;
    const begun = run();
    this.#runs.set(key, begun);
    return begun;
  }

  /** It failed and may run again, or its end is durable. */
  forget(key: string): void {
    this.#runs.delete(key);
  }
}
