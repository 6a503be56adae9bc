/**
 * `landed`: the highest batch that landed, kept outside LevelDB, which drops a lost tail of its log
 * without a word. Two slots are written in turn, so that a torn write leaves the other one.
 *
 * A slot, 32 bytes: magic `PDLD`, version 1 and three zeros, batch and epoch (64 bits each, little-endian),
 * four zeros, CRC32 of all before it. Never synced: it may lag behind the store, as if it were older.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const SLOT_BYTES = 32;
const CRC_AT = SLOT_BYTES - 4;
const MAGIC = 0x44_4c_44_50;
const VERSION = 1;

export class LandedFile {
  /** As found at open: 0 if no slot is whole. */
  readonly highest: number;
  readonly #file: number;
  readonly #slot = Buffer.alloc(SLOT_BYTES);
  #next: 0 | 1 = 0;
  #isOpen = true;

  private constructor(file: number, epoch: number) {
    this.#file = file;
    const [first, second] = [readSlot(file, 0), readSlot(file, 1)];
    this.highest = Math.max(first, second);
    // The slot with the lower number goes first: the higher one must survive a torn write.
    this.#next = first <= second ? 0 : 1;
    this.#slot.writeUInt32LE(MAGIC, 0);
    this.#slot.writeUInt8(VERSION, 4);
    this.#slot.writeBigUInt64LE(BigInt(epoch), 16);
  }

  static open(path: string, epoch: number): LandedFile {
    let file: number;
    try {
      file = openSync(path, 'r+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      file = openSync(path, 'wx+');
    }
    return new LandedFile(file, epoch);
  }

  /** Notes that `batch` landed: 64 bytes hold the last two. */
  write(batch: number): void {
    if (!this.#isOpen) return;
    const slot = this.#slot;
    slot.writeUInt32LE(batch % 2 ** 32, 8);
    slot.writeUInt32LE(Math.floor(batch / 2 ** 32), 12);
    slot.writeUInt32LE(crc32(slot.subarray(0, CRC_AT)), CRC_AT);
    writeSync(this.#file, slot, 0, SLOT_BYTES, this.#next * SLOT_BYTES);
    this.#next = this.#next === 0 ? 1 : 0;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#file);
  }
}

function readSlot(file: number, index: 0 | 1): number {
  const slot = Buffer.alloc(SLOT_BYTES);
  const length = readSync(file, slot, 0, SLOT_BYTES, index * SLOT_BYTES);
  const isWhole =
    length === SLOT_BYTES &&
    slot.readUInt32LE(0) === MAGIC &&
    slot.readUInt8(4) === VERSION &&
    slot.readUInt32LE(CRC_AT) === crc32(slot.subarray(0, CRC_AT));
  return isWhole ? Number(slot.readBigUInt64LE(8)) : 0;
}
