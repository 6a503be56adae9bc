/** A directory that is held, or that has lost the file that leads to everything in it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, createSystem, levelStore, PerdureError, supervisor } from '../../src/index.ts';
import { codeOf } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { StoreLab } from './store-lab.ts';

const tree = supervisor('app', { children: [actor('counter', counter, { restart: 'transient' })] });

let lab: StoreLab;
let child: ChildProcess | undefined;
beforeEach(() => {
  lab = new StoreLab();
});
afterEach(async () => {
  await kill();
  await lab.dispose();
});

async function kill(): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child?.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

/** Another process that holds the directory and says so. */
function hold(): Promise<void> {
  const script = fileURLToPath(new URL('../drivers/holder/hold.mjs', import.meta.url));
  const holder = spawn(process.execPath, [script, lab.level], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child = holder;
  return new Promise((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('exit', () => reject(new Error('the holder ended early')));
  });
}

async function refusal(promise: Promise<unknown>): Promise<PerdureError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof PerdureError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

async function filled(): Promise<void> {
  const system = await lab.open(tree);
  for (const n of [1, 2]) await system.ref('/counter').send({ type: 'add', n });
  await system.stop();
}

async function seen(): Promise<readonly number[]> {
  const system = await lab.open(tree);
  return (await system.ref('/counter').snapshot()).context.seen;
}

describe('CURRENT missing', () => {
  it('makes no system, and no byte is lost: put back, it goes on', async () => {
    await filled();
    const current = join(lab.level, 'CURRENT');
    const kept = join(lab.directory, 'CURRENT.kept');
    renameSync(current, kept);
    const files = (): object =>
      Object.fromEntries(
        readdirSync(lab.level)
          .filter((name) => /^(MANIFEST|.+\.(ldb|log)$)/.test(name))
          .map((name) => [name, readFileSync(join(lab.level, name)).toString('base64')]),
      );
    const before = files();

    for (let time = 0; time < 2; time += 1) {
      const error = await refusal(createSystem({ root: tree, store: lab.directory }));
      expect(error).toMatchObject({ code: 'STORE_CORRUPT', retryable: false });
      expect(error.message).toContain('CURRENT');
    }
    expect(files()).toEqual(before);
    expect(existsSync(join(lab.directory, 'owner.json'))).toBe(false);
    renameSync(kept, current);
    expect(await seen()).toEqual([1, 2]);
  });

  it('with format.json makes no system either', async () => {
    await filled();
    rmSync(join(lab.level, 'CURRENT'));
    rmSync(join(lab.directory, 'format.json'));

    expect((await refusal(lab.open(tree))).code).toBe('STORE_CORRUPT');
  });
});

describe('a second system on one directory', () => {
  it('in this process is refused and named, and does not disturb the first', async () => {
    const first = await lab.open(tree);
    await first.ref('/counter').send({ type: 'add', n: 1 });

    for (const directory of [lab.directory, join(lab.directory, '.')]) {
      const error = await refusal(createSystem({ root: tree, store: directory }));
      expect(error).toMatchObject({
        code: 'STORE_LOCKED',
        retryable: true,
        facts: { holder: 'this process' },
      });
    }
    await first.ref('/counter').send({ type: 'add', n: 2 });
    // the failed opens did not give the lock away
    await expect(hold()).rejects.toThrow('ended early');
    await first.stop();
    expect(await seen()).toEqual([1, 2]);
  });

  it('in this process gets it when the first stops, if it waits', async () => {
    const first = await lab.open(tree);
    await first.ref('/counter').send({ type: 'add', n: 1 });
    const second = createSystem({
      root: tree,
      store: { directory: lab.directory, lockWaitMs: 20_000 },
    });
    await first.ref('/counter').send({ type: 'add', n: 2 });
    await first.stop();

    const system = await second;
    expect((await system.ref('/counter').snapshot()).context.seen).toEqual([1, 2]);
    await system.stop();
  });

  it('while another process holds it is refused, waits no longer than it may, and then goes on', async () => {
    await filled();
    await hold();
    const store = { directory: lab.directory, lockWaitMs: 30 };
    expect((await refusal(createSystem({ root: tree, store }))).code).toBe('STORE_LOCKED');
    const patient = createSystem({ root: tree, store: { ...store, lockWaitMs: 20_000 } });
    await kill();

    const system = await patient;
    expect((await system.ref('/counter').snapshot()).context.seen).toEqual([1, 2]);
    await system.stop();
  });

  it('stops waiting when it is told to', async () => {
    const first = await lab.open(tree);
    const store = { directory: lab.directory, lockWaitMs: 20_000 };
    const waiting = codeOf(createSystem({ root: tree, store, signal: AbortSignal.timeout(20) }));

    expect(await waiting).toBe('STORE_LOCKED');
    await first.stop();
  });
});

describe('a store handed over between two systems', () => {
  it('goes on with each of them in turn', async () => {
    const store = levelStore(lab.directory);
    for (const n of [1, 2, 3]) {
      const system = await createSystem({ root: tree, store });
      await system.ref('/counter').send({ type: 'add', n });
      await system.stop();
      expect(await system.closed).toEqual({ reason: 'stopped', exitCode: 0 });
    }
    expect(await seen()).toEqual([1, 2, 3]);
  });
});
