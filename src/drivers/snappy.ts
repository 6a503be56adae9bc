/** Snappy, decompressed. For blocks whose checksum is right: what they say is not doubted. */
import { ByteReader } from './byte-reader.ts';

const LITERAL = 0;
const COPY_OF_ONE_BYTE = 1;
/** Literals up to this long say so in the tag itself; others in one to four bytes behind it. */
const SHORT_LITERAL = 60;

export function decompressed(bytes: Buffer): Buffer {
  const reader = new ByteReader(bytes);
  const whole = Buffer.alloc(reader.number());
  let length = 0;
  while (!reader.isAtEnd) {
    const tag = reader.bytes(1).readUInt8();
    const kind = tag & 3;
    const high = tag >>> 2;
    if (kind === LITERAL) {
      const count =
        high < SHORT_LITERAL ? high + 1 : littleEndian(reader, high - SHORT_LITERAL + 1) + 1;
      length += reader.bytes(count).copy(whole, length);
      continue;
    }
    const isShort = kind === COPY_OF_ONE_BYTE;
    const count = isShort ? (high & 7) + 4 : high + 1;
    const back = isShort
      ? ((tag >>> 5) << 8) + littleEndian(reader, 1)
      : littleEndian(reader, kind === 2 ? 2 : 4);
    // byte by byte: a copy may reach into what it writes
    for (let copied = 0; copied < count; copied += 1) {
      whole[length] = whole[length - back] ?? 0;
      length += 1;
    }
  }
  return whole;
}

function littleEndian(reader: ByteReader, count: number): number {
  return reader.bytes(count).readUIntLE(0, count);
}
