/** The checksums of a table of LevelDB, which writes them and, as it is built here, never looks at them. */
import { ByteReader, TooShort } from './byte-reader.ts';
import { maskedCrc32c } from './crc32c.ts';
import { decompressed } from './snappy.ts';

const FOOTER_BYTES = 48;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
/** Behind each block: how it is compressed, and its checksum. */
const TRAILER_BYTES = 5;
const SNAPPY = 1;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** What is wrong with a table; undefined if every block is as it was written. */
export function tableDamage(table: Buffer): string | undefined {
  const footer = table.subarray(-FOOTER_BYTES);
  if (footer.length < FOOTER_BYTES || !footer.subarray(-MAGIC.length).equals(MAGIC))
    return 'it does not end as a table does';
  try {
    const reader = new ByteReader(footer);
    const directory = handleIn(reader);
    const index = handleIn(reader);
    const named = [directory, index].flatMap((list) => [list, ...blocksOf(table, list)]);
    const bad = named.find((block) => !isWhole(table, block));
    return bad === undefined ? undefined : `the checksum of the block at ${bad.offset} is wrong`;
  } catch (error) {
    if (error instanceof TooShort) return error.message;
    throw error;
  }
}

/** The blocks that a block names: those of rows, or the filter. None if it cannot be trusted itself. */
function blocksOf(table: Buffer, list: Handle): Handle[] {
  if (!isWhole(table, list)) return [];
  const end = list.offset + list.size;
  const stored = table.subarray(list.offset, end);
  const block = table[end] === SNAPPY ? decompressed(stored) : stored;
  const restarts = block.readUInt32LE(block.length - 4);
  const entries = new ByteReader(block.subarray(0, block.length - 4 * (restarts + 1)));
  const handles: Handle[] = [];
  while (!entries.isAtEnd) {
    entries.number(); // what the key shares with the one before
    const key = entries.number();
    const value = entries.number();
    entries.bytes(key);
    handles.push(handleIn(new ByteReader(entries.bytes(value))));
  }
  return handles;
}

function handleIn(reader: ByteReader): Handle {
  const offset = reader.number();
  return { offset, size: reader.number() };
}

function isWhole(table: Buffer, { offset, size }: Handle): boolean {
  const end = offset + size + 1;
  if (end + TRAILER_BYTES - 1 > table.length) return false;
  return table.readUInt32LE(end) === maskedCrc32c(table, offset, end);
}
