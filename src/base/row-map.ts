/** Rows in the order of their keys' UTF-8 bytes, as a database keeps them. */
export class RowMap {
  readonly #rows = new Map<string, Uint8Array>();
  #sorted: string[] | undefined;

  get(key: string): Uint8Array | undefined {
    return this.#rows.get(key);
  }

  /** @param value - undefined: the row goes */
  set(key: string, value: Uint8Array | undefined): void {
    if (value === undefined) {
      if (this.#rows.delete(key)) this.#sorted = undefined;
    } else {
      if (!this.#rows.has(key)) this.#sorted = undefined;
      this.#rows.set(key, value);
    }
  }

  /** Keys from `gte`, below `lt`. */
  keysIn(gte: string, lt: string): string[] {
    this.#sorted ??= [...this.#rows.keys()].sort(byUtf8);
    return this.#sorted.slice(indexOf(this.#sorted, gte), indexOf(this.#sorted, lt));
  }
}

/** The two orders differ only where a surrogate meets a unit above it. */
const SURROGATE = /[\ud800-\udfff]/;

function byUtf8(a: string, b: string): number {
  if (a === b) return 0;
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Where `key` is or would be. */
function indexOf(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byUtf8(sorted[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
