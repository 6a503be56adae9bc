import type { Cell } from './cell.ts';

/** Someone outside who waits for a batch to land. */
export interface Settler {
  landed(): void;
  failed(error: Error): void;
}

/** Marks a row that is to be deleted. */
export const DELETED: unique symbol = Symbol('deleted');

/** A row that the store does not have yet: deleting it again costs nothing. */
class Fresh {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** What collects in memory while the batch before it is being written. */
export class PendingBatch {
  readonly number: number;
  turns = 0;
  /** Intents recorded so far: part of their idempotency keys. */
  intents = 0;
  readonly dirty: Cell[] = [];
  readonly settlers: Settler[] = [];
  readonly #rows = new Map<string, unknown>();
  readonly #releases: (() => void)[] = [];

  constructor(number: number) {
    this.number = number;
  }

  get isEmpty(): boolean {
    return (
      this.dirty.length === 0 &&
      this.#rows.size === 0 &&
      this.settlers.length === 0 &&
      this.#releases.length === 0
    );
  }

  get rowCount(): number {
    return this.dirty.length + this.#rows.size;
  }

  /** `value` is encoded when the batch is cut: it must not change any more. */
  put(key: string, value: unknown): void {
    this.#rows.set(key, this.#rows.get(key) instanceof Fresh ? new Fresh(value) : value);
  }

  /** Like `put`, for a key that was never written before. */
  putNew(key: string, value: unknown): void {
    this.#rows.set(key, new Fresh(value));
  }

  del(key: string): void {
    if (this.#rows.get(key) instanceof Fresh) this.#rows.delete(key);
    else this.#rows.set(key, DELETED);
  }

  /** The value of a row as this batch will leave it; undefined if the batch does not touch it. */
  peek(key: string): unknown {
    const value = this.#rows.get(key);
    return value instanceof Fresh ? value.value : value;
  }

  *rows(): Generator<readonly [key: string, value: unknown]> {
    for (const [key, value] of this.#rows)
      yield [key, value instanceof Fresh ? value.value : value];
  }

  /** Runs `release` once this batch is durable, in the order in which it was asked. Never runs if it fails. */
  afterLanding(release: () => void): void {
    this.#releases.push(release);
  }

  takeReleases(): readonly (() => void)[] {
    return this.#releases.splice(0);
  }
}
