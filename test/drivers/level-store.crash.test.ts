/** What happens to files happens to real ones here: damage, a full medium, killed processes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isPerdureError, type PerdureError } from '../../src/base/errors.ts';
import { levelStore } from '../../src/drivers/level-store.ts';
import type { OpenStore } from '../../src/ports/store.ts';

let directory = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-crash-'));
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
  rmSync(directory, { recursive: true, force: true });
});

function open(path = directory, lockWaitMs = 0): Promise<OpenStore> {
  return levelStore(path).open({ storeId: 'id', lockWaitMs });
}

async function write(
  store: OpenStore,
  batch: number,
  value: Buffer = Buffer.from('x'),
): Promise<string> {
  const rows = store.batch();
  rows.put(key(batch), value);
  return await rows.write({ sync: true, batch });
}

function key(batch: number): string {
  return `k!${String(batch).padStart(8, '0')}`;
}

async function keysOf(store: OpenStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of store.scan({ gte: 'k!', lt: 'k"' }))
    keys.push(...page.map(([name]) => name));
  return keys;
}

async function refusal(promise: Promise<unknown>): Promise<PerdureError> {
  try {
    await promise;
  } catch (error) {
    if (isPerdureError(error)) return error as PerdureError;
    throw error;
  }
  throw new Error('it was not refused');
}

/** The files that hold data, with their bytes. */
function data(): Record<string, string> {
  const level = join(directory, 'level');
  return Object.fromEntries(
    readdirSync(level)
      .filter((name) => /^(MANIFEST|.+\.(ldb|log)$)/.test(name))
      .map((name) => [name, readFileSync(join(level, name)).toString('base64')]),
  );
}

function fileLike(pattern: RegExp): string {
  const name = readdirSync(join(directory, 'level')).find((file) => pattern.test(file));
  return join(directory, 'level', name ?? 'missing');
}

/** A store with rows in tables, not only in its log. */
async function filled(): Promise<void> {
  const store = await open();
  for (let batch = 1; batch <= 20; batch += 1)
    await write(store, batch, Buffer.alloc(5_000, batch));
  await store.close();
  const level = new ClassicLevel(join(directory, 'level'));
  await level.open();
  await level.compactRange('', '~');
  await level.close();
}

function start(script: string, ...args: string[]): ChildProcess {
  const path = fileURLToPath(new URL(`./holder/${script}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

/** Resolves with all output once `isEnough`. */
function output(child: ChildProcess, isEnough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (isEnough(text)) resolve(text);
    });
    child.once('exit', () => {
      reject(new Error(`the child ended early: ${text}`));
    });
  });
}

describe('damage', () => {
  it('CURRENT missing: refused, and no byte of data is touched', async () => {
    await filled();
    const current = join(directory, 'level', 'CURRENT');
    renameSync(current, join(directory, 'CURRENT.kept'));
    const before = data();
    expect(Object.keys(before).some((name) => name.endsWith('.ldb'))).toBe(true);

    const error = await refusal(open());
    expect(error.code).toBe('STORE_CORRUPT');
    expect(error.message).toContain('CURRENT');
    expect(data()).toEqual(before);

    renameSync(join(directory, 'CURRENT.kept'), current);
    const store = await open();
    expect(await keysOf(store)).toHaveLength(20);
    await store.close();
  });

  it('CURRENT and format.json missing: refused too', async () => {
    await filled();
    rmSync(join(directory, 'level', 'CURRENT'));
    rmSync(join(directory, 'format.json'));
    const before = data();

    expect((await refusal(open())).code).toBe('STORE_CORRUPT');
    expect(data()).toEqual(before);
  });

  it('level/ missing altogether: refused, not started afresh', async () => {
    await filled();
    rmSync(join(directory, 'level'), { recursive: true });

    expect((await refusal(open())).code).toBe('STORE_CORRUPT');
    expect(existsSync(join(directory, 'level', 'CURRENT'))).toBe(false);
  });

  it.each(['truncated', 'removed', 'emptied'])('MANIFEST %s: refused', async (how) => {
    await filled();
    const manifest = fileLike(/^MANIFEST/);
    if (how === 'removed') rmSync(manifest);
    else truncateSync(manifest, how === 'emptied' ? 0 : Math.floor(statSync(manifest).size / 2));
    const tables = Object.keys(data()).filter((name) => name.endsWith('.ldb'));

    expect((await refusal(open())).code).toBe('STORE_CORRUPT');
    expect(Object.keys(data())).toEqual(expect.arrayContaining(tables));
  });

  it('a table missing: refused', async () => {
    await filled();
    rmSync(fileLike(/\.ldb$/));

    expect((await refusal(open())).code).toBe('STORE_CORRUPT');
  });

  it('a table damaged: refused by whoever reads it', async () => {
    await filled();
    const table = fileLike(/\.ldb$/);
    const bytes = readFileSync(table);
    bytes.fill(0xff, 0, bytes.length);
    writeFileSync(table, bytes);

    const tried = open().then(async (store) => {
      try {
        await keysOf(store);
      } finally {
        await store.close();
      }
    });
    expect((await refusal(tried)).code).toBe('STORE_CORRUPT');
  });

  it('the tail of the log torn: opens without it, and the side file tells what is missing', async () => {
    const store = await open();
    for (let batch = 1; batch <= 10; batch += 1) await write(store, batch, Buffer.alloc(1_000));
    await store.close();
    const log = fileLike(/\.log$/);
    truncateSync(log, statSync(log).size - 10);
    const torn = await open();

    expect(await keysOf(torn)).toEqual(Array.from({ length: 9 }, (_, n) => key(n + 1)));
    expect(torn.highestLanded).toBe(10);
    await torn.close();
  });
});

describe('another process', () => {
  it('that holds the directory is named, and waited for', async () => {
    await (await open()).close();
    const child = start('write.ts', directory);
    await output(child, (text) => text.includes('landed 3'));

    const error = await refusal(open());
    expect(error.code).toBe('STORE_LOCKED');
    expect(error.facts).toMatchObject({ directory });
    expect(error.message).toContain(`process ${child.pid}`);
    const waiting = open(directory, 20_000);
    await kill(child);
    const store = await waiting;
    expect(store.epoch).toBe(3);
    await store.close();
  });

  it('that holds only LevelDB is reported without a name', async () => {
    const child = start('hold.mjs', join(directory, 'level'));
    await output(child, (text) => text.includes('held'));

    expect((await refusal(open())).facts).toMatchObject({ holder: 'another process' });
  });

  it('that was killed leaves an owner behind and everything that landed', async () => {
    const child = start('write.ts', directory);
    const text = await output(child, (all) => all.includes('landed 50\n'));
    await kill(child);
    expect(existsSync(join(directory, 'owner.json'))).toBe(true);
    const landed = Number(/landed (\d+)\n[^\n]*$/.exec(text)?.[1]);
    const store = await open();
    const keys = await keysOf(store);

    expect([store.epoch, store.storeId]).toEqual([2, 'child']);
    expect(keys).toEqual(keys.map((_, n) => key(n + 1)));
    expect(keys.length).toBeGreaterThanOrEqual(landed);
    expect(store.highestLanded).toBeGreaterThanOrEqual(landed);
    expect(store.highestLanded).toBeLessThanOrEqual(keys.length);
    await store.close();
  });

  it('that is killed again and again at its start leaves a store that opens', async () => {
    for (let round = 0; round < 8; round += 1) {
      const child = start('write.ts', directory);
      await new Promise((resolve) => {
        setTimeout(resolve, 120 + round * 60);
      });
      await kill(child);
    }
    const store = await open();
    const keys = await keysOf(store);

    expect(keys).toEqual(keys.map((_, n) => key(n + 1)));
    await store.close();
  });
});

/** A small file system of its own, or why there can be none. */
function mountSmall(): { path: string; unmount: () => void } | string {
  const path = mkdtempSync(join(tmpdir(), 'perdure-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    rmSync(path, { recursive: true });
    return error instanceof Error ? (error.message.split('\n').at(-2) ?? error.message) : 'unknown';
  }
  return {
    path,
    unmount: () => {
      execFileSync('umount', [path]);
      rmSync(path, { recursive: true });
    },
  };
}

describe('a full medium', () => {
  const probe = mountSmall();
  if (typeof probe !== 'string') probe.unmount();
  const whyNot = typeof probe === 'string' ? ` (SKIPPED, CANNOT MOUNT: ${probe})` : '';

  it.skipIf(whyNot !== '')(
    `answers unknown, refuses every later batch, and loses nothing over a reopen${whyNot}`,
    async () => {
      const small = mountSmall();
      if (typeof small === 'string') throw new Error(small);
      try {
        const path = join(small.path, 'store');
        const store = await open(path);
        writeFileSync(join(small.path, 'ballast'), Buffer.alloc(1_200_000));
        let landed = 0;
        let verdict = 'landed';
        while (verdict === 'landed' && landed < 10_000) {
          verdict = await write(store, landed + 1, Buffer.alloc(3_000, landed));
          if (verdict === 'landed') landed += 1;
        }
        expect(verdict).toBe('unknown');
        expect(landed).toBeGreaterThan(0);
        expect(store.lastError).toMatchObject({ code: 'STORE_UNAVAILABLE' });

        // With room again LevelDB would accept these, sync them, and lose them at the next open.
        rmSync(join(small.path, 'ballast'));
        expect(await write(store, landed + 2)).toBe('unknown');
        expect(store.lastError).toMatchObject({ code: 'STORE_UNAVAILABLE' });
        await store.close();

        const again = await open(path);
        const keys = await keysOf(again);
        expect(keys.slice(0, landed)).toEqual(Array.from({ length: landed }, (_, n) => key(n + 1)));
        expect(keys.length).toBeLessThanOrEqual(landed + 1);
        expect(again.highestLanded).toBe(landed);
        expect(await write(again, landed + 1)).toBe('landed');
        await again.close();
        const last = await open(path);
        expect(await keysOf(last)).toHaveLength(landed + 1);
        await last.close();
      } finally {
        small.unmount();
      }
    },
  );

  it.skipIf(whyNot !== '')(`refuses to open, as unavailable${whyNot}`, async () => {
    const small = mountSmall();
    if (typeof small === 'string') throw new Error(small);
    try {
      const ballast = join(small.path, 'ballast');
      expect(() => {
        writeFileSync(ballast, Buffer.alloc(3_000_000));
      }).toThrow(/ENOSPC/);
      expect((await refusal(open(join(small.path, 'store')))).code).toBe('STORE_UNAVAILABLE');
      rmSync(ballast);
      const store = await open(join(small.path, 'store'));
      expect(await write(store, 1)).toBe('landed');
      await store.close();
    } finally {
      small.unmount();
    }
  });

  it.skipIf(whyNot !== '')(
    `that is read-only refuses to open, as unavailable${whyNot}`,
    async () => {
      const small = mountSmall();
      if (typeof small === 'string') throw new Error(small);
      try {
        const path = join(small.path, 'store');
        await (await open(path)).close();
        execFileSync('mount', ['-o', 'remount,ro', small.path]);

        expect((await refusal(open(path))).code).toBe('STORE_UNAVAILABLE');
      } finally {
        small.unmount();
      }
    },
  );
});
