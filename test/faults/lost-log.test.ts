/** The log of LevelDB loses what it had: LevelDB itself opens without a word. */
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, PerdureError, supervisor } from '../../src/index.ts';
import { counter } from '../runtime/machines.ts';
import { StoreLab } from './store-lab.ts';

const tree = supervisor('app', { children: [actor('counter', counter)] });

let lab: StoreLab;
let image: StoreLab;
/** The side file as it was before the last message. */
let formerNote: Buffer;
const MESSAGES = 60;

/** What the disk holds if the process is killed right after the last message was acknowledged. */
beforeEach(async () => {
  lab = new StoreLab();
  const system = await lab.open(tree);
  for (let n = 1; n <= MESSAGES; n += 1) {
    await system.ref('/counter').send({ type: 'tell', word: 'x'.repeat(6_000) });
    formerNote = readFileSync(join(lab.directory, 'landed'));
    await system.ref('/counter').send({ type: 'add', n });
  }
  const copy = mkdtempSync(join(tmpdir(), 'perdure-image-'));
  // whoever reads the lock file of a store that is open takes its lock away
  const isWanted = (path: string): boolean => !/(LOCK|owner\.json)$/.test(path);
  cpSync(lab.directory, copy, { recursive: true, filter: isWanted });
  image = new StoreLab(copy);
});
afterEach(async () => {
  await Promise.all([lab.dispose(), image.dispose()]);
  rmSync(image.directory, { recursive: true });
});

function log(): string {
  const names = readdirSync(image.level).filter((name) => name.endsWith('.log'));
  expect(names).toHaveLength(1);
  return join(image.level, names[0] ?? '');
}

/** Every row but that of the epoch, which goes up with every open. */
async function rows(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  await image.edit(async (level) => {
    for await (const [key, value] of level.iterator())
      if (key !== '!e') found[key] = value.toString('hex');
  });
  return found;
}

async function refusal(): Promise<PerdureError> {
  try {
    await image.open(tree);
  } catch (error) {
    if (error instanceof PerdureError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

async function seen(): Promise<readonly number[]> {
  const system = await image.open(tree);
  return (await system.ref('/counter').snapshot()).context.seen;
}

const all = Array.from({ length: MESSAGES }, (_, n) => n + 1);

describe('a log that had been acknowledged', () => {
  it('is read to its end after a kill', async () => {
    expect(await seen()).toEqual(all);
  });

  it.each([1, 100, 20_000])('with %i bytes torn off its tail is refused', async (bytes) => {
    truncateSync(log(), statSync(log()).size - bytes);

    const error = await refusal();
    expect(error).toMatchObject({ code: 'STORE_CORRUPT', retryable: false });
    expect(error.message).toContain('had landed and are gone');
    const before = await rows();
    expect((await refusal()).code).toBe('STORE_CORRUPT');
    expect(await rows()).toEqual(before);
    expect(Object.keys(before).some((key) => key.startsWith('s!'))).toBe(true);
  });

  it('that is gone is refused, and not started afresh', async () => {
    rmSync(log());

    expect((await refusal()).code).toBe('STORE_CORRUPT');
    expect((await refusal()).code).toBe('STORE_CORRUPT');
  });

  it.each([
    ['in its first row', 20],
    ['in its first batch', 200],
    ['in its middle', 200_000],
    ['near its end', -100],
  ])('with a byte flipped %s is refused', async (_, where) => {
    const bytes = readFileSync(log());
    const at = where < 0 ? bytes.length + where : where;
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    writeFileSync(log(), bytes);

    const error = await refusal();
    expect(error.code).toBe('STORE_CORRUPT');
    const before = await rows();
    expect((await refusal()).code).toBe('STORE_CORRUPT');
    expect(await rows()).toEqual(before);
  });

  it('with a hole of zeros in it is refused', async () => {
    const bytes = readFileSync(log());
    bytes.fill(0, 65_536, 98_304);
    writeFileSync(log(), bytes);

    expect((await refusal()).code).toBe('STORE_CORRUPT');
  });
});

describe('what had not been acknowledged', () => {
  it('may be torn: the store opens without it', async () => {
    truncateSync(log(), statSync(log()).size - 10);
    writeFileSync(join(image.directory, 'landed'), formerNote);

    expect(await seen()).toEqual(all.slice(0, -1));
  });

  it.each([
    ['half a record', (): Buffer => Buffer.from([1, 2, 3, 4, 0xff, 0x7f, 1, 5, 6, 7, 8])],
    ['zeros', (): Buffer => Buffer.alloc(8_192)],
    ['noise', (): Buffer => Buffer.from(Array.from({ length: 999 }, (_, n) => (n * 7) % 256))],
  ])('may have left %s at the end: the store opens with all that was', async (_, tail) => {
    appendFileSync(log(), tail());

    expect(await seen()).toEqual(all);
  });
});
