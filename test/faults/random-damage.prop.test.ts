/**
 * Any byte of any file of a store is wrong, or its end is missing: open refuses, or what cannot be read is named,
 * or nothing that was acknowledged is lost. Never anything else, and never in silence.
 */
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { actor, isPerdureError, type System, supervisor } from '../../src/index.ts';
import { all } from '../runtime/lab.ts';
import { property } from '../support/property.ts';
import { Random } from '../../src/testing/random.ts';
import { StoreLab } from './store-lab.ts';

const LIMIT_MS = 120_000;
const DAY_MS = 86_400_000;

const keeper = setup({
  types: {
    context: {} as { readonly seen: readonly number[]; readonly text: string },
    events: {} as { type: 'keep'; n: number; text: string } | { type: 'fail' } | { type: 'sleep' },
  },
}).createMachine({
  id: 'keeper',
  context: { seen: [], text: '' },
  initial: 'awake',
  on: {
    keep: {
      actions: assign(({ context, event }) => ({
        seen: [...context.seen, event.n],
        text: event.text,
      })),
    },
    fail: {
      actions: assign(() => {
        throw new Error('failed on purpose');
      }),
    },
  },
  states: { awake: { on: { sleep: 'asleep' } }, asleep: { after: { [DAY_MS]: 'awake' } } },
});
const names = ['a', 'b', 'c'] as const;
const tree = supervisor('app', {
  backoff: false,
  intensity: 1_000,
  children: names.map((name) => actor(name, keeper, { attemptsMax: 1 })),
});

/** Rows in the log alone; rows in tables too; as a killed process leaves them. */
const stores = ['log', 'tables', 'killed'] as const;
type StoreName = (typeof stores)[number];
const kept: Record<StoreName, number> = { log: 4, tables: 110, killed: 6 };

type Outcome = 'refused' | 'partly unreadable' | 'all there';

let base: string;
const counts = new Map<string, number>();

function untyped(system: object): System {
  return system as System;
}

async function fill(name: StoreName): Promise<void> {
  const lab = new StoreLab(join(base, `${name}-open`));
  const system = untyped(await lab.open(tree));
  const random = new Random(7);
  for (let n = 1; n <= kept[name]; n += 1)
    for (const each of names) {
      const text = noise(random, name === 'tables' ? 60_000 : 200);
      await system.ref(`/${each}`, keeper).send({ type: 'keep', n, text }, { key: `${each} ${n}` });
    }
  await system.ref('/a', keeper).send({ type: 'fail' });
  await system.ref('/b', keeper).send({ type: 'sleep' }, { until: 'applied' });
  if (name === 'killed') {
    cpSync(lab.directory, join(base, name), { recursive: true });
    disown(join(base, name, 'owner.json'));
  }
  await system.stop();
  if (name !== 'killed') cpSync(lab.directory, join(base, name), { recursive: true });
}

/** Its owner is gone: the copy is not taken for the store that is open here. */
function disown(path: string): void {
  const owner = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...owner, pid: 2 ** 22, process: 'gone' }));
}

/** So that nothing can be compressed. */
function noise(random: Random, length: number): string {
  return Array.from({ length }, () => String.fromCharCode(33 + random.below(90))).join('');
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((file) => statSync(join(directory, file)).size > 0)
    .sort();
}

interface Hurt {
  readonly store: StoreName;
  readonly file: number;
  readonly how: 'flip' | 'truncate';
  readonly places: readonly number[];
}

const hurts: fc.Arbitrary<Hurt> = fc.record({
  store: fc.constantFrom(...stores),
  file: fc.nat(1_000),
  how: fc.constantFrom('flip', 'flip', 'truncate'),
  places: fc.array(fc.nat(2 ** 30), { minLength: 1, maxLength: 3 }),
});

/** @returns the file, as LevelDB or we name it, without its number */
function hurt(directory: string, { file, how, places }: Hurt): string {
  const files = filesIn(directory);
  const name = files[file % files.length] as string;
  const path = join(directory, name);
  const bytes = readFileSync(path);
  const [first = 0] = places;
  if (how === 'truncate') writeFileSync(path, bytes.subarray(0, first % bytes.length));
  else {
    for (const place of places)
      bytes[place % bytes.length] = (bytes[place % bytes.length] as number) ^ (1 << (place % 8));
    writeFileSync(path, bytes);
  }
  return name.replace(/\d{6}/, 'N');
}

/** What an error may be: one of the catalogue. */
function named(error: unknown): undefined {
  expect(isPerdureError(error), String((error as Error).stack)).toBe(true);
  return undefined;
}

/** Looks at everything that was acknowledged, and sends one more. */
async function outcomeOf(system: System, store: StoreName): Promise<Outcome> {
  let isWhole = true;
  const expected = Array.from({ length: kept[store] }, (_, index) => index + 1);
  for (const name of names) {
    const ref = system.ref(`/${name}`, keeper);
    const snapshot = await ref.snapshot().catch(named);
    if (snapshot === undefined) isWhole = false;
    else {
      expect(snapshot.context.seen).toEqual(expected);
      expect(snapshot.value).toBe(name === 'b' ? 'asleep' : 'awake');
    }
    const sent = await ref
      .send({ type: 'keep', n: 0, text: '' }, { until: 'applied', timeoutMs: 5_000 })
      .catch(named);
    if (sent === undefined) isWhole = false;
    else expect((await ref.snapshot()).context.seen).toEqual([...expected, 0]);
    const again = await ref
      .send({ type: 'keep', n: 1, text: 'another' }, { key: `${name} 1`, timeoutMs: 5_000 })
      .catch((error: unknown) => {
        named(error);
        return (error as { code: string }).code;
      });
    // remembered, or unreadable; never accepted as if it were new
    expect(typeof again).toBe('string');
    isWhole &&= again === 'KEY_REUSED';
  }
  const letters = await all(system.deadLetters.list()).catch(named);
  if (letters === undefined) isWhole = false;
  else expect(letters.map(({ reason }) => reason)).toEqual(['parked']);
  return isWhole ? 'all there' : 'partly unreadable';
}

describe('a damaged file', () => {
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'perdure-damage-'));
    for (const name of stores) await fill(name);
  }, LIMIT_MS);
  afterAll(() => {
    rmSync(base, { recursive: true, force: true });
    console.log(
      [...counts]
        .sort(([one], [other]) => one.localeCompare(other))
        .map(([what, count]) => `${what}: ${count}`)
        .join('\n'),
    );
  });

  it('is one of all kinds', () => {
    const kinds = stores.flatMap((name) => filesIn(join(base, name)));

    for (const kind of [/\.log$/, /\.ldb$/, /MANIFEST/, /CURRENT/])
      expect(kinds.some((file) => kind.test(file))).toBe(true);
  });

  property(
    'is refused, or named by whom it concerns, or costs nothing that was acknowledged',
    [hurts],
    async (given) => {
      const directory = mkdtempSync(join(base, 'case-'));
      cpSync(join(base, given.store), directory, { recursive: true });
      const file = hurt(directory, given);
      const lab = new StoreLab(directory);
      let outcome: Outcome = 'refused';
      const system = await lab.open(tree).catch(named);
      if (system !== undefined) outcome = await outcomeOf(untyped(system), given.store);
      await lab.dispose();
      rmSync(directory, { recursive: true, force: true });
      const what = `${file} ${given.how}: ${outcome}`;
      counts.set(what, (counts.get(what) ?? 0) + 1);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    },
    { runs: 200, limitMs: LIMIT_MS },
  );

  it('is refused often, and often costs nothing', () => {
    for (const outcome of ['refused', 'all there'])
      expect(counts.get(outcome) ?? 0).toBeGreaterThan(10);
  });
});
