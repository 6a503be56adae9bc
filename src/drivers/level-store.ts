/** The store port on LevelDB. The directory is described in `docs/storage-format.md`. */
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { isPerdureError, PerdureError } from '../base/errors.ts';
import type { OpenStore, Store } from '../ports/store.ts';
import { FlightFile } from './flight-file.ts';
import { leavePlace, takePlace } from './held-places.ts';
import { LandedFile } from './landed-file.ts';
import { LevelCheck } from './level-check.ts';
import { type Level, OpenLevelStore } from './open-level-store.ts';
import { isLockHeld, storeTrouble } from './level-trouble.ts';
import { waitForLock } from './lock-wait.ts';
import { describeHolder, isHeldBySelf, readOwner, removeOwner, writeOwner } from './owner-file.ts';
import {
  EPOCH_KEY,
  mayCreate,
  packEpoch,
  readFormat,
  unpackEpoch,
  writeFormat,
} from './store-identity.ts';

/** Each one was measured or has destroyed data (ADR on the store). */
const levelOptions = {
  keyEncoding: 'utf8',
  valueEncoding: 'buffer',
  // Recovery replays up to this much: about a third of a second.
  writeBufferSize: 16 * 2 ** 20,
  maxFileSize: 8 * 2 ** 20,
  cacheSize: 32 * 2 ** 20,
  compression: true,
  // Two handles on one database have crashed the process.
  multithreading: false,
} as const;

/**
 * A store in `directory`, which is made if it does not exist. One process holds it at a time; a second
 * copy of the package in the same process is refused as well.
 *
 * @public
 */
export function levelStore(directory: string): Store {
  return {
    location: directory,
    open: ({ storeId, lockWaitMs, signal }) => {
      const check = new LevelCheck(directory);
      return waitForLock(() => openOnce(directory, check, storeId), lockWaitMs, signal);
    },
  };
}

async function openOnce(
  directory: string,
  check: LevelCheck,
  newStoreId: string,
): Promise<OpenStore> {
  try {
    mkdirSync(directory, { recursive: true });
    const place = realpathSync(directory);
    if (!takePlace(place)) throw locked(directory, 'this process');
    try {
      return await openPlace(directory, place, check, newStoreId);
    } catch (error) {
      leavePlace(place);
      throw error;
    }
  } catch (error) {
    throw isPerdureError(error) ? error : storeTrouble(directory, error);
  }
}

async function openPlace(
  directory: string,
  place: string,
  check: LevelCheck,
  newStoreId: string,
): Promise<OpenStore> {
  const owner = readOwner(place);
  if (isHeldBySelf(owner)) throw locked(directory, 'another thread or realm of this process');
  const path = join(place, 'level');
  const format = readFormat(place);
  const createIfMissing = mayCreate(directory, path, format);
  if (!createIfMissing) await check.run(path);
  const level: Level = new ClassicLevel<string, Buffer>(path, { ...levelOptions, createIfMissing });
  try {
    await level.open();
  } catch (error) {
    if (isLockHeld(error)) throw locked(directory, describeHolder(place), error);
    throw error;
  }
  let epoch = 0;
  const files: { close(): void }[] = [];
  try {
    const next = await nextEpoch(level, directory, format?.storeId, newStoreId);
    epoch = next.epoch;
    if (format === undefined) writeFormat(place, next.storeId);
    const landed = LandedFile.open(join(place, 'landed'), epoch);
    files.push(landed);
    const flight = FlightFile.open(join(place, 'flight'), next);
    files.push(flight);
    writeOwner(place, epoch);
    return new OpenLevelStore({ directory, place, level, landed, flight, ...next });
  } catch (error) {
    await level.close();
    for (const file of files) file.close();
    removeOwner(place, epoch);
    throw error;
  }
}

/** Fences whoever held the store before: on the medium when it resolves. */
async function nextEpoch(
  level: Level,
  directory: string,
  formatId: string | undefined,
  newStoreId: string,
): Promise<{ epoch: number; storeId: string }> {
  const bytes = level.getSync(EPOCH_KEY);
  if (bytes === undefined && (formatId !== undefined || (await hasRows(level)))) {
    throw new PerdureError('STORE_CORRUPT', { directory, what: 'row !e is missing' });
  }
  const last =
    bytes === undefined ? { epoch: 0, storeId: newStoreId } : unpackEpoch(directory, bytes);
  if (formatId !== undefined && formatId !== last.storeId) {
    const what = `format.json is of store ${formatId}, the rows are of store ${last.storeId}`;
    throw new PerdureError('STORE_CORRUPT', { directory, what });
  }
  const next = { epoch: last.epoch + 1, storeId: last.storeId };
  await level.put(EPOCH_KEY, packEpoch(next), { sync: true });
  return next;
}

async function hasRows(level: Level): Promise<boolean> {
  const keys = await level.keys({ limit: 1 }).all();
  return keys.length > 0;
}

function locked(directory: string, holder: string, cause?: unknown): PerdureError {
  return new PerdureError('STORE_LOCKED', { directory, holder }, { cause });
}
