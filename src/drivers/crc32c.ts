/** CRC32C, which LevelDB puts behind every block and record; `node:zlib` knows another polynomial only. */

const POLYNOMIAL = 0x82_f6_3b_78;
const MASK_DELTA = 0xa2_82_ea_d8;

/** Eight tables: eight bytes in one step are twice as fast as one by one. */
const tables = Array.from({ length: 8 }, () => new Int32Array(256)) as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
for (let byte = 0; byte < 256; byte += 1) {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  t0[byte] = rest;
}
for (let byte = 0; byte < 256; byte += 1) {
  let rest = t0[byte] as number;
  for (const table of tables.slice(1)) {
    rest = (rest >>> 8) ^ (t0[rest & 0xff] as number);
    table[byte] = rest;
  }
}

/** Of the bytes from `from` up to `to`. Written out: calls in the loop take three times as long. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let sum = -1;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    sum ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    sum =
      (t7[sum & 0xff] as number) ^
      (t6[(sum >>> 8) & 0xff] as number) ^
      (t5[(sum >>> 16) & 0xff] as number) ^
      (t4[sum >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number);
  }
  for (; at < to; at += 1) sum = (sum >>> 8) ^ (t0[(sum ^ (bytes[at] as number)) & 0xff] as number);
  return ~sum >>> 0;
}

/** As LevelDB stores it, so that a sum over bytes that hold sums stays a good one. */
export function maskedCrc32c(bytes: Uint8Array, from: number, to: number): number {
  const sum = crc32c(bytes, from, to);
  return (((sum >>> 15) | (sum << 17)) + MASK_DELTA) >>> 0;
}
