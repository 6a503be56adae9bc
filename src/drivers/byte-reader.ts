/** Reads numbers and strings of bytes as LevelDB writes them. */

/** The bytes end before what they should hold. */
export class TooShort extends Error {}

export class ByteReader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** Seven bits a byte, the lowest first. Exact up to 2^53. */
  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) throw new TooShort('a number is cut off');
      this.at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  bytes(length: number): Buffer {
    const end = this.at + length;
    if (end > this.#bytes.length) throw new TooShort(`${length} bytes are cut off`);
    const part = this.#bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }
}
