import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isPerdureError, type PerdureError } from '../../src/base/errors.ts';
import { LandedFile } from '../../src/drivers/landed-file.ts';
import { levelStore } from '../../src/drivers/level-store.ts';
import type { OpenStore } from '../../src/ports/store.ts';
import { storeConformance } from '../../src/testing/store-conformance.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-level-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

storeConformance({ describe, it, expect }, 'levelStore()', () => ({
  store: levelStore(directory),
  again: () => levelStore(directory),
  dispose: () => undefined,
}));

function open(path = directory): Promise<OpenStore> {
  return levelStore(path).open({ storeId: 'id', lockWaitMs: 0 });
}

async function refusal(promise: Promise<unknown>): Promise<PerdureError> {
  try {
    await promise;
  } catch (error) {
    if (isPerdureError(error)) return error as PerdureError;
    throw error;
  }
  throw new Error('it was opened');
}

describe('the directory', () => {
  it('tells its format and its owner', async () => {
    const store = await open();
    const format = JSON.parse(readFileSync(join(directory, 'format.json'), 'utf8')) as object;
    const owner = JSON.parse(readFileSync(join(directory, 'owner.json'), 'utf8')) as object;
    await store.close();

    expect(format).toMatchObject({ layout: 1, storeId: 'id' });
    expect(owner).toMatchObject({ pid: process.pid, epoch: 1 });
    expect(() => readFileSync(join(directory, 'owner.json'))).toThrow(/ENOENT/);
  });

  it('is made with those above it', async () => {
    const store = await open(join(directory, 'a', 'b'));
    expect(store.isNew).toBe(true);
    await store.close();
  });

  it.each(['before its format was written', 'before its first row'])(
    'is made to the end if its making was interrupted %s',
    async (when) => {
      const store = await open();
      await store.close();
      rmSync(join(directory, 'format.json'));
      if (when === 'before its first row') {
        rmSync(join(directory, 'level'), { recursive: true });
        cpSync(new URL('./holder', import.meta.url), join(directory, 'level'), { recursive: true });
      }
      const later = await open();

      expect(later.epoch).toBe(when === 'before its first row' ? 1 : 2);
      await later.close();
      expect(readFileSync(join(directory, 'format.json'), 'utf8')).toContain('"id"');
    },
  );

  it('is refused if its format is newer', async () => {
    await (await open()).close();
    writeFileSync(join(directory, 'format.json'), '{"layout":2,"storeId":"id"}');

    const error = await refusal(open());
    expect(error.code).toBe('STORE_FORMAT_UNKNOWN');
    expect(error.facts).toMatchObject({ found: '2', known: '1' });
  });

  it.each([
    ['is no JSON', '{"lay'],
    ['lacks its fields', '{}'],
    ['is of another store', '{"layout":1,"storeId":"other"}'],
  ])('is refused if its format %s', async (_, text) => {
    await (await open()).close();
    writeFileSync(join(directory, 'format.json'), text);

    expect((await refusal(open())).code).toBe('STORE_CORRUPT');
  });

  it('that cannot be made is refused, and can be opened when the reason is gone', async () => {
    const path = join(directory, 'file');
    writeFileSync(path, '');

    expect((await refusal(open(path))).code).toBe('STORE_UNAVAILABLE');
    rmSync(path);
    await (await open(path)).close();
  });
});

describe('the lock', () => {
  it('holds by any path to the directory', async () => {
    const store = await open();

    expect(
      (await refusal(open(join(directory, '..', directory.split('/').at(-1) ?? '')))).facts,
    ).toEqual({
      directory,
      holder: 'this process',
    });
    await store.close();
  });

  it('holds against a second copy of the package in this process', async () => {
    const store = await open();
    vi.resetModules();
    const copy = await import('../../src/drivers/level-store.ts');
    expect(copy.levelStore).not.toBe(levelStore);

    const error = await refusal(copy.levelStore(directory).open({ storeId: 'x', lockWaitMs: 0 }));
    expect(error.code).toBe('STORE_LOCKED');
    await store.close();
  });

  it('holds against another realm of this process, which shares nothing but the lock', async () => {
    const store = await open();
    const registry = Symbol.for('perdure.stores');
    const shared = globalThis as { [registry]?: Set<string> };
    const mine = shared[registry];
    shared[registry] = new Set();
    const error = await refusal(open());
    if (mine !== undefined) shared[registry] = mine;

    expect(error.facts).toMatchObject({ holder: 'another thread or realm of this process' });
    expect(await write(store, 1)).toBe('landed');
    await store.close();
  });

  it('ignores an owner that only shares our pid, or cannot be understood', async () => {
    await (await open()).close();
    const owner = {
      pid: process.pid,
      host: hostname(),
      startedAt: '',
      epoch: 1,
      process: 'ticks:1',
    };
    writeFileSync(join(directory, 'owner.json'), JSON.stringify(owner));
    await (await open()).close();
    writeFileSync(join(directory, 'owner.json'), '{"pi');
    const store = await open();

    expect(store.epoch).toBe(3);
    await store.close();
  });
});

function write(store: OpenStore, batch: number): Promise<string> {
  const rows = store.batch();
  rows.put(`k!${batch}`, Buffer.from(String(batch)));
  return rows.write({ sync: true, batch });
}

describe('the side file', () => {
  it('remembers the highest batch when one slot is torn', async () => {
    const store = await open();
    await write(store, 1);
    await write(store, 2);
    await write(store, 2 ** 40);
    await store.close();
    const path = join(directory, 'landed');
    const bytes = readFileSync(path);
    expect(bytes).toHaveLength(64);
    bytes.fill(0, 10, 20);
    writeFileSync(path, bytes);
    const torn = await open();

    expect(torn.highestLanded).toBe(2);
    // The slot that is whole must not be the one written next.
    await write(torn, 3);
    await torn.close();
    const after = readFileSync(path);
    expect(after.subarray(32)).toEqual(bytes.subarray(32));
  });

  it('counts for nothing when it is gone or no slot is whole', async () => {
    const store = await open();
    await write(store, 7);
    await store.close();
    writeFileSync(join(directory, 'landed'), 'x');
    const torn = await open();
    expect(torn.highestLanded).toBe(0);
    await write(torn, 8);
    await torn.close();
    const later = await open();

    expect(later.highestLanded).toBe(8);
    await later.close();
  });
});

describe('a failed write', () => {
  it('ends all writing until the store is opened again', async () => {
    const store = await open();
    const evidence = vi.spyOn(LandedFile.prototype, 'write').mockImplementationOnce(() => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
    const verdicts = [await write(store, 1), await write(store, 2)];
    evidence.mockRestore();
    expect(verdicts).toEqual(['unknown', 'unknown']);
    expect(store.lastError).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
    const later = await open();

    expect(later.get('k!1')).toBeDefined();
    expect(later.get('k!2')).toBeUndefined();
    expect(await write(later, 3)).toBe('landed');
    await later.close();
  });
});

describe('the epoch', () => {
  it('is refused when its row was changed', async () => {
    await (await open()).close();
    const { ClassicLevel } = await import('classic-level');
    const level = new ClassicLevel(join(directory, 'level'));
    await level.put('!e', (await level.get('!e'))?.replace('"epoch":1', '"epoch":7') ?? '');
    await level.close();

    const error = await refusal(open());
    expect(error.code).toBe('STORE_CORRUPT');
    expect(error.message).toContain('checksum');
  });

  it('is refused when its row is missing', async () => {
    await (await open()).close();
    const { ClassicLevel } = await import('classic-level');
    const level = new ClassicLevel(join(directory, 'level'));
    await level.del('!e');
    await level.close();

    expect((await refusal(open())).message).toContain('row !e is missing');
  });
});

describe('threads', () => {
  it('of one process exclude each other', async () => {
    const store = await open();
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      require('tsx/cjs');
      const { levelStore } = require(workerData.module);
      levelStore(workerData.directory).open({ storeId: 'x', lockWaitMs: 0 })
        .then(() => parentPort.postMessage('opened'), (error) => parentPort.postMessage(error.code));
    `;
    const module = new URL('../../src/drivers/level-store.ts', import.meta.url).pathname;
    const worker = new Worker(code, { eval: true, workerData: { module, directory } });
    const answer = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();

    expect(answer).toBe('STORE_LOCKED');
    expect(await write(store, 1)).toBe('landed');
    await store.close();
  });
});
