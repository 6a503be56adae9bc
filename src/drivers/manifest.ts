/** What LevelDB's MANIFEST says: which tables and which log hold the rows. */
import { ByteReader } from './byte-reader.ts';
import { maskedCrc32c } from './crc32c.ts';

const BLOCK_BYTES = 32_768;
/** Checksum, length, and whether it is all of a record or its first, a middle or the last part. */
const HEAD_BYTES = 7;
const FIRST = 2;
const LAST = 4;
const FULL = 1;

export interface Manifest {
  /** Numbers of the files. */
  readonly tables: ReadonlySet<number>;
  /** Older logs are not needed; 0 if there is none yet. */
  readonly log: number;
}

/** Up to its end, or to what LevelDB will not read either. */
export function readManifest(bytes: Buffer): Manifest {
  const state = { tables: new Set<number>(), log: 0 };
  for (const record of records(bytes)) apply(state, new ByteReader(record));
  return state;
}

function* records(bytes: Buffer): Generator<Buffer> {
  let parts: Buffer[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const rest = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (rest < HEAD_BYTES) {
      at += rest; // filled up with zeros
      continue;
    }
    const length = bytes.readUInt16LE(at + 4);
    const kind = bytes[at + 6] ?? 0;
    const end = at + HEAD_BYTES + length;
    if (length + HEAD_BYTES > rest || end > bytes.length) return;
    if (bytes.readUInt32LE(at) !== maskedCrc32c(bytes, at + 6, end)) return;
    if (kind === FULL || kind === FIRST) parts = [];
    parts.push(bytes.subarray(at + HEAD_BYTES, end));
    if (kind === FULL || kind === LAST) yield Buffer.concat(parts);
    at = end;
  }
}

/** One change of which files there are; their keys and sizes do not matter here. */
function apply(state: { tables: Set<number>; log: number }, edit: ByteReader): void {
  while (!edit.isAtEnd) {
    const tag = edit.number();
    switch (tag) {
      case 1: // name of the order of keys
        edit.bytes(edit.number());
        break;
      case 2:
        state.log = edit.number();
        break;
      case 3: // next number of a file
      case 4: // last number of a change
      case 9: // a log of old
        edit.number();
        break;
      case 5: // where to go on with tidying up a level
        edit.number();
        edit.bytes(edit.number());
        break;
      case 6:
        edit.number();
        state.tables.delete(edit.number());
        break;
      case 7:
        edit.number();
        state.tables.add(edit.number());
        edit.number();
        edit.bytes(edit.number());
        edit.bytes(edit.number());
        break;
      default:
        return; // LevelDB refuses it
    }
  }
}
