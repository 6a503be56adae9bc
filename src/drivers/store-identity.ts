/**
 * What a store directory says about itself: `format.json` beside LevelDB, and the row `!e` inside it.
 *
 * The file is written last when a store is made: as long as it is missing, an interrupted making may be
 * taken up again. The row is the truth about the epoch.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { PerdureError, reasonOf } from '../base/errors.ts';

const LAYOUT = 1;
/** Sorts before every key of the runtime. */
export const EPOCH_KEY = '!e';

interface Format {
  readonly layout: number;
  readonly storeId: string;
  readonly created: string;
}

export interface Epoch {
  readonly epoch: number;
  readonly storeId: string;
}

/**
 * Undefined if there is none.
 *
 * @throws {@link PerdureError} STORE_FORMAT_UNKNOWN, STORE_CORRUPT
 */
export function readFormat(directory: string): Format | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, 'format.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let format: Partial<Format> | null;
  try {
    format = JSON.parse(text) as Partial<Format> | null;
  } catch (cause) {
    throw new PerdureError(
      'STORE_CORRUPT',
      { directory, what: `format.json: ${reasonOf(cause)}` },
      { cause },
    );
  }
  if (typeof format?.layout !== 'number' || typeof format.storeId !== 'string') {
    throw new PerdureError('STORE_CORRUPT', { directory, what: 'format.json lacks its fields' });
  }
  if (format.layout !== LAYOUT) throw unknownFormat(directory, format.layout);
  return format as Format;
}

/** Whole or not at all, and on the medium when it returns. */
export function writeFormat(directory: string, storeId: string): void {
  const format: Format = { layout: LAYOUT, storeId, created: new Date().toISOString() };
  const path = join(directory, 'format.json');
  const file = openSync(`${path}.new`, 'w');
  try {
    writeSync(file, `${JSON.stringify(format)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}

/**
 * Whether LevelDB may be told to make a database in `level`: only where there is none. One whose
 * `CURRENT` is missing looks empty to LevelDB, which then deletes its tables.
 *
 * @throws {@link PerdureError} STORE_CORRUPT if there are data without the files that lead to them
 */
export function mayCreate(directory: string, level: string, format: Format | undefined): boolean {
  const names = filesOf(level);
  if (names.includes('CURRENT')) return false;
  const hasData = names.some((name) => /\.(ldb|sst|log)$/.test(name));
  if (format !== undefined || hasData) {
    throw new PerdureError('STORE_CORRUPT', { directory, what: 'level/CURRENT is missing' });
  }
  return true;
}

function filesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** JSON and its CRC32: LevelDB does not check what it reads. */
export function packEpoch({ epoch, storeId }: Epoch): Buffer {
  const json = JSON.stringify({ layout: LAYOUT, epoch, storeId });
  return Buffer.from(`${json}\n${crc32(json).toString(16)}`);
}

/** @throws {@link PerdureError} STORE_CORRUPT, STORE_FORMAT_UNKNOWN */
export function unpackEpoch(directory: string, bytes: Uint8Array): Epoch {
  const [json = '', sum] = Buffer.from(bytes).toString('utf8').split('\n');
  if (crc32(json).toString(16) !== sum) {
    throw new PerdureError('STORE_CORRUPT', { directory, what: 'the checksum of row !e is wrong' });
  }
  const { layout, epoch, storeId } = JSON.parse(json) as Epoch & { layout: number };
  if (layout !== LAYOUT) throw unknownFormat(directory, layout);
  return { epoch, storeId };
}

function unknownFormat(directory: string, found: number): PerdureError {
  return new PerdureError('STORE_FORMAT_UNKNOWN', {
    directory,
    found: String(found),
    known: String(LAYOUT),
  });
}
