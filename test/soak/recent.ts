/** The latest of what was added: it does not grow in a run without an end. */
export class Recent<T> {
  readonly #max: number;
  readonly #items = new Set<T>();

  constructor(max: number) {
    this.#max = max;
  }

  has(item: T): boolean {
    return this.#items.has(item);
  }

  add(item: T): void {
    this.#items.add(item);
    if (this.#items.size <= this.#max) return;
    for (const oldest of this.#items) {
      this.#items.delete(oldest);
      return;
    }
  }
}
