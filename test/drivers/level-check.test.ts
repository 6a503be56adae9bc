/** What LevelDB does not look at in its own files, held against files that it wrote. */
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32c } from '../../src/drivers/crc32c.ts';
import { LevelCheck } from '../../src/drivers/level-check.ts';
import { levelStore } from '../../src/drivers/level-store.ts';
import { readManifest } from '../../src/drivers/manifest.ts';
import { tableDamage } from '../../src/drivers/table-check.ts';
import { Random } from '../../src/testing/random.ts';
import { codeOf } from '../runtime/lab.ts';

/** Where the footer is filled up with zeros nothing reads. */
const FOOTER_BYTES = 48;
const ROWS = 300;
const buffers = { valueEncoding: 'buffer' } as const;

let directory = '';
let level = '';
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-level-'));
  level = join(directory, 'level');
  const random = new Random(1);
  // each opening moves the rows of the log into a table of its own
  for (let opening = 0; opening < 3; opening += 1) {
    const db = new ClassicLevel<string, Buffer>(level, buffers);
    await db.open();
    for (let row = 0; row < 60; row += 1) {
      const noise = Buffer.from(Array.from({ length: 100 }, () => random.below(256)));
      const value = row % 2 === 0 ? noise : Buffer.alloc(300, row);
      await db.put(`row ${opening} ${String(row).padStart(4, '0')}`, value);
    }
    await db.close();
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

const manifestIn = (path: string): string =>
  join(path, readdirSync(path).find((name) => name.startsWith('MANIFEST')) ?? '');
const namesOf = (pattern: RegExp): string[] =>
  readdirSync(level).filter((name) => pattern.test(name));
const tables = (): Buffer[] => namesOf(/\.ldb$/).map((name) => readFileSync(join(level, name)));

describe('crc32c', () => {
  it.each([
    ['123456789', 0xe3_06_92_83],
    ['', 0],
    ['\0'.repeat(32), 0x8a_91_36_aa],
  ])('of %j is that of the standard', (text, sum) => {
    const bytes = Buffer.from(text);
    expect(crc32c(bytes, 0, bytes.length)).toBe(sum);
  });
});

describe('a table that LevelDB wrote', () => {
  it('is whole, with blocks that are compressed and blocks that are not', () => {
    expect(tables().length).toBeGreaterThan(1);
    expect(tables().map(tableDamage)).toEqual(tables().map(() => undefined));
  });

  it('is damaged if any byte of it is another, but where its footer is filled up', () => {
    const [table = Buffer.alloc(0)] = tables();
    const unseen: number[] = [];
    for (let place = 0; place < table.length; place += 1) {
      table[place] = (table[place] ?? 0) ^ 0x10;
      if (tableDamage(table) === undefined) unseen.push(place);
      table[place] = (table[place] ?? 0) ^ 0x10;
    }

    expect(unseen.filter((place) => place < table.length - FOOTER_BYTES)).toEqual([]);
    expect(unseen.length).toBeLessThan(FOOTER_BYTES - 8);
  });

  it('is damaged if any of its end is missing', () => {
    const [table = Buffer.alloc(0)] = tables();
    for (let length = 0; length < table.length; length += 1)
      expect(tableDamage(table.subarray(0, length))).toBeDefined();
  });
});

describe('a store with one wrong byte in a table', () => {
  /** In the key of a row: LevelDB would not find that row, and find nothing wrong. */
  it('is not opened, and opens again when the byte is put back', async () => {
    const place = join(directory, 'store');
    const store = levelStore(place);
    const opened = await store.open({ storeId: 'id', lockWaitMs: 0 });
    const batch = opened.batch();
    for (const n of [1, 2, 3]) batch.put(`s!${n}`, randomBytes(100));
    await batch.write({ sync: true, batch: 1 });
    await opened.close();
    // the next opening moves the rows of the log into a table
    await (await store.open({ storeId: 'id', lockWaitMs: 0 })).close();
    const name = readdirSync(join(place, 'level')).find((file) => file.endsWith('.ldb')) ?? '';
    const path = join(place, 'level', name);
    const bytes = readFileSync(path);
    const at = bytes.indexOf('s!1') + 2;
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    writeFileSync(path, bytes);

    for (const _time of ['first', 'second'])
      await expect(store.open({ storeId: 'id', lockWaitMs: 0 })).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        facts: { what: expect.stringContaining(`level/${name}: the checksum of`) as string },
      });
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    writeFileSync(path, bytes);
    const mended = await store.open({ storeId: 'id', lockWaitMs: 0 });
    expect(mended.get('s!1')).toHaveLength(100);
    await mended.close();
  });
});

describe('a MANIFEST that LevelDB wrote', () => {
  it('names the tables and the log that are there', () => {
    const { tables: named, log } = readManifest(readFileSync(manifestIn(level)));
    const numberOf = (name: string): number => Number.parseInt(name, 10);

    expect([...named].sort((a, b) => a - b)).toEqual(namesOf(/\.ldb$/).map(numberOf));
    expect(namesOf(/\.log$/).map(numberOf)).toEqual([log]);
  });

  /** Rows enough for several logs in one process: the MANIFEST grows while it runs. */
  async function busy(): Promise<string> {
    const path = mkdtempSync(join(directory, 'busy-'));
    const db = new ClassicLevel<string, Buffer>(path, { ...buffers, writeBufferSize: 65_536 });
    await db.open();
    for (let row = 0; row < ROWS; row += 1)
      await db.put(String(row).padStart(4, '0'), randomBytes(1_000));
    await db.close();
    return path;
  }

  it('is refused if its end is missing: LevelDB itself opens without the tables which that names', async () => {
    const path = await busy();
    const lost: number[] = [];
    for (const length of ends(readFileSync(manifestIn(path)))) {
      const copy = mkdtempSync(join(directory, 'cut-'));
      cpSync(path, copy, { recursive: true });
      truncateSync(manifestIn(copy), length);
      const told = await codeOf(new LevelCheck(directory).run(copy));
      const rows = await rowsIn(copy);
      // undefined: LevelDB refuses it
      if (rows !== undefined && rows < ROWS) lost.push(length);
      expect([length, told]).toEqual([length, lost.includes(length) ? 'STORE_CORRUPT' : told]);
    }

    expect(lost.length).toBeGreaterThan(0);
    expect(await codeOf(new LevelCheck(directory).run(path))).toBe('resolved');
  });
});

/** Where its records end. */
function ends(manifest: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at < manifest.length; at += 7 + manifest.readUInt16LE(at + 4)) found.push(at);
  return found;
}

async function rowsIn(path: string): Promise<number | undefined> {
  const db = new ClassicLevel<string, Buffer>(path, buffers);
  try {
    await db.open();
    return (await db.keys().all()).length;
  } catch {
    return undefined;
  } finally {
    await db.close();
  }
}
