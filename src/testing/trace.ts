/**
 * What happened in a simulated world, step by step: one hash of everything, and the latest lines for people.
 * Two runs with one hash took the same steps and wrote the same bytes.
 */
const LINES_KEPT = 200;

export class Trace {
  #low = 0x811c9dc5;
  #high = 0x9dc5811c;
  #count = 0;
  readonly #lines: string[] = [];
  /** Called before each line is taken in. */
  onLine: (line: string) => void = () => undefined;

  add(line: string): void {
    this.onLine(line);
    for (let index = 0; index < line.length; index += 1) this.#mix(line.charCodeAt(index));
    this.#mix(10);
    this.#lines[this.#count % LINES_KEPT] = line;
    this.#count += 1;
  }

  bytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.#mix(byte);
  }

  /** 16 hex digits, of all lines and bytes so far. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  /** The latest lines, oldest first. */
  latest(): string[] {
    const from = Math.max(0, this.#count - LINES_KEPT);
    return Array.from(
      { length: this.#count - from },
      (_, index) => this.#lines[(from + index) % LINES_KEPT] as string,
    );
  }

  /** Two sums of 32 bits in the manner of FNV-1a, with different primes. */
  #mix(unit: number): void {
    this.#low = Math.imul(this.#low ^ unit, 0x01000193);
    this.#high = Math.imul(this.#high ^ unit ^ (this.#low >>> 13), 0x85ebca6b);
  }
}

function hex(sum: number): string {
  return (sum >>> 0).toString(16).padStart(8, '0');
}
