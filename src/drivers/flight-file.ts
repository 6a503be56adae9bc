/**
 * `flight`: the flight slot of a directory, 64 bytes. Written once at open and once at close, and before each
 * turn while the runtime looks for what kills the process. Never synced.
 *
 * Magic `PDFS`, version 1, state (0 ended in order, 1 no turn, 2 a turn), two zeros; then little-endian: epoch
 * (64 bits), start of the epoch in ms (double), uid and position (64 bits each), CRC32 of the store's id,
 * sixteen zeros, CRC32 of all before it.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { FlightSlot, LeftBehind, RunningTurn } from '../ports/flight-slot.ts';
import type { TurnWatch, WatchOptions } from '../ports/turn-watch.ts';
import { onProcessExit } from './exit-hook.ts';
import { watchTurns } from './turn-watchdog.ts';

const SLOT_BYTES = 64;
const CRC_AT = SLOT_BYTES - 4;
const MAGIC = 0x53_46_44_50;
const VERSION = 1;
const STATE_AT = 5;
const TURN_AT = 24;
const ENDED = 0;
const NO_TURN = 1;
const TURN = 2;

const UNKNOWN: LeftBehind = { epoch: 0, startedMs: 0, turn: undefined };

export class FlightFile implements FlightSlot {
  readonly left: LeftBehind | undefined;
  readonly #file: number;
  readonly #slot = Buffer.alloc(SLOT_BYTES);
  #isOpen = true;
  #isTaken = false;
  #leaveExit: () => void = () => undefined;
  #watch: TurnWatch | undefined = undefined;

  private constructor(file: number, isNew: boolean, owner: { epoch: number; storeId: string }) {
    this.#file = file;
    const id = crc32(owner.storeId);
    this.left = isNew && owner.epoch === 1 ? undefined : leftIn(file, id, owner.epoch - 1);
    const slot = this.#slot;
    slot.writeUInt32LE(MAGIC, 0);
    slot.writeUInt8(VERSION, 4);
    slot.writeBigUInt64LE(BigInt(owner.epoch), 8);
    slot.writeUInt32LE(id, 40);
  }

  static open(path: string, owner: { epoch: number; storeId: string }): FlightFile {
    try {
      return new FlightFile(openSync(path, 'r+'), false, owner);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return new FlightFile(openSync(path, 'wx+'), true, owner);
    }
  }

  take(startedMs: number, current: () => RunningTurn | undefined): void {
    this.#slot.writeDoubleLE(startedMs, 16);
    this.#isTaken = true;
    this.#write(NO_TURN);
    this.#leaveExit();
    this.#leaveExit = onProcessExit(() => {
      const turn = current();
      if (turn !== undefined) this.fill(turn.uid, turn.position);
    });
  }

  fill(uid: number, position: number): void {
    setNumber(this.#slot, uid, TURN_AT);
    setNumber(this.#slot, position, TURN_AT + 8);
    this.#write(TURN);
  }

  empty(): void {
    this.#write(NO_TURN);
  }

  finish(): void {
    this.#leaveExit();
    if (this.#isTaken || this.left === undefined) this.#write(ENDED);
  }

  watch(options: WatchOptions): TurnWatch {
    this.#watch ??= watchTurns(options, {
      file: this.#file,
      slot: this.#slot,
      empty: () => this.empty(),
    });
    return this.#watch;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#leaveExit();
    this.#watch?.close();
    this.#isOpen = false;
    closeSync(this.#file);
  }

  #write(state: number): void {
    if (!this.#isOpen) return;
    const slot = this.#slot;
    slot.writeUInt8(state, STATE_AT);
    slot.writeUInt32LE(crc32(slot.subarray(0, CRC_AT)), CRC_AT);
    writeSync(this.#file, slot, 0, SLOT_BYTES, 0);
  }
}

/** undefined if the holder of `epoch` ended in order. */
function leftIn(file: number, storeId: number, epoch: number): LeftBehind | undefined {
  const slot = Buffer.alloc(SLOT_BYTES);
  const length = readSync(file, slot, 0, SLOT_BYTES, 0);
  const isWhole =
    length === SLOT_BYTES &&
    slot.readUInt32LE(0) === MAGIC &&
    slot.readUInt8(4) === VERSION &&
    slot.readUInt32LE(40) === storeId &&
    slot.readUInt32LE(CRC_AT) === crc32(slot.subarray(0, CRC_AT));
  if (!isWhole) return UNKNOWN;
  const left = {
    epoch: Number(slot.readBigUInt64LE(8)),
    startedMs: slot.readDoubleLE(16),
  };
  const state = slot.readUInt8(STATE_AT);
  if (state === ENDED) return left.epoch === epoch ? undefined : { ...left, turn: undefined };
  if (state !== TURN) return { ...left, turn: undefined };
  const uid = Number(slot.readBigUInt64LE(TURN_AT));
  const position = Number(slot.readBigUInt64LE(TURN_AT + 8));
  return { ...left, turn: { uid, position } };
}

/** 64 bits, without the cost of a BigInt. */
function setNumber(slot: Buffer, value: number, at: number): void {
  slot.writeUInt32LE(value % 2 ** 32, at);
  slot.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}
