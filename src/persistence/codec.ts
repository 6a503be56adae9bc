/**
 * Values as bytes: codec byte, version byte, CRC32 (little-endian, over everything but itself), then
 * MessagePack. Every message defines its own records: a shared table, once lost or forked, would turn
 * stored values into other values without an error. `docs/storage-format.md` has the layout.
 */
import { crc32 } from 'node:zlib';
import type * as Msgpackr from 'msgpackr';
// @ts-expect-error: this build of msgpackr comes without types; they are those of the main one
import msgpackr from 'msgpackr/index-no-eval';
import { judge } from '../actors/value.ts';
import { PerdureError, reasonOf } from '../base/errors.ts';
import {
  needsStandIn,
  type ReadRef,
  Unstorable,
  withoutStandIns,
  withStandIns,
  type WriteRef,
} from './stand-in.ts';

/** Turns values into bytes and back. Holds nothing between calls. */
export interface Codec {
  /**
   * The bytes of `value`, valid until the next `encode` of any codec in this process: they lie in a
   * buffer that is used again. Copy them, or hand them to a store, which does.
   *
   * @throws {@link PerdureError} VALUE_NOT_STORABLE for what the judge would refuse
   */
  encode(value: unknown): Uint8Array;
  /** The same, as bytes that stay. */
  encodeCopy(value: unknown): Uint8Array;
  /**
   * The value that `bytes` stand for; nothing of it shares memory with them.
   *
   * @param what - names the value in the error
   * @throws {@link PerdureError} VALUE_CORRUPT if they are not exactly what `encode` made
   */
  decode(bytes: Uint8Array, what: string): unknown;
}

export interface CodecOptions {
  /** The data that a ref is stored as. Must be storable, and hold no refs. */
  readonly writeRef: WriteRef;
  readonly readRef: ReadRef;
}

const PLAIN = 1;
const WITH_STAND_INS = 2;
const VERSION = 1;
const HEAD = 6;
/** Where a table in JavaScript beats the call into native code. */
const TABLE_CRC_MAX = 64;

// The usual build shares its extensions and its output buffer with every other user of msgpackr in the
// process: an `addExtension(Date)` of theirs would change our rows. This build is ours alone, compiles no
// code at run time, and has no native part that differs between platforms.
const library = msgpackr as typeof Msgpackr;
const packr: Msgpackr.Packr = new library.Packr({
  useRecords: true,
  moreTypes: true,
  useToJSON: false,
  copyBuffers: true,
});
/** Leave room for the head, and start at the same place again next time. */
const packOptions = library.RESERVE_START_SPACE | library.RESET_BUFFER_MODE | HEAD;
const seeds = [0, PLAIN, WITH_STAND_INS].map((codec) => crc32(Buffer.from([codec, VERSION])));
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xed_b8_83_20 : rest >>> 1;
  return rest;
});

export function createCodec({ writeRef, readRef }: CodecOptions): Codec {
  const encode = (value: unknown): Buffer => {
    let codec = PLAIN;
    let packable = value;
    try {
      if (needsStandIn(value)) {
        codec = WITH_STAND_INS;
        packable = withStandIns(value, writeRef);
      }
    } catch (error) {
      if (error instanceof Unstorable) judge(value, 'value'); // says where
      throw error;
    }
    const bytes = packr.pack(packable, packOptions);
    const sum = checksum(bytes, codec);
    bytes[0] = codec;
    bytes[1] = VERSION;
    bytes[2] = sum;
    bytes[3] = sum >>> 8;
    bytes[4] = sum >>> 16;
    bytes[5] = sum >>> 24;
    return bytes;
  };
  return {
    encode,
    encodeCopy: (value) => Buffer.from(encode(value)),
    decode(bytes, what) {
      const buffer = asBuffer(bytes);
      const why = damage(buffer);
      if (why !== undefined) throw new PerdureError('VALUE_CORRUPT', { what, why });
      try {
        const value: unknown = packr.unpack(buffer, { start: HEAD });
        return buffer[0] === PLAIN ? value : withoutStandIns(value, readRef);
      } catch (cause) {
        throw new PerdureError('VALUE_CORRUPT', { what, why: reasonOf(cause) }, { cause });
      }
    },
  };
}

/**
 * Sixteen hexadecimal digits that are the same for the same bytes, on every machine and in every
 * release. Not cryptographic: whoever wants two inputs with one hash can make them.
 */
export function hashOf(bytes: Uint8Array): string {
  let mixed = 0x81_1c_9d_c5 ^ bytes.length;
  for (let index = 0; index < bytes.length; index += 1) {
    mixed = Math.imul(mixed ^ (bytes[index] as number), 0x85_eb_ca_6b);
    mixed ^= mixed >>> 15;
  }
  return hex(mixed) + hex(crc32(bytes));
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

function damage(bytes: Buffer): string | undefined {
  if (bytes.length <= HEAD) return `${bytes.length} bytes are too few`;
  const codec = bytes[0] as number;
  if (codec !== PLAIN && codec !== WITH_STAND_INS) return `codec ${codec} is not known`;
  if (bytes[1] !== VERSION) return `version ${bytes[1]} is not known`;
  if (bytes.readInt32LE(2) !== (checksum(bytes, codec) | 0)) return 'its checksum is wrong';
  return undefined;
}

/** CRC32 of codec, version and everything behind the head. */
function checksum(bytes: Buffer, codec: number): number {
  const seed = seeds[codec] as number;
  if (bytes.length - HEAD > TABLE_CRC_MAX) return crc32(bytes.subarray(HEAD), seed);
  let sum = ~seed;
  for (let index = HEAD; index < bytes.length; index += 1) {
    sum = (sum >>> 8) ^ (table[(sum ^ (bytes[index] as number)) & 0xff] as number);
  }
  return ~sum;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
