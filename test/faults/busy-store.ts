/** A store with work of every kind in it, as a process that was killed left it, and what it must give back. */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actor, pool, supervisor } from '../../src/index.ts';
import { limits } from '../../src/base/limits.ts';
import { Random } from '../../src/testing/random.ts';
import { counter } from '../runtime/machines.ts';
import { HOUR_MS, sleeperFor } from './sleeper.ts';
import { StoreLab, until } from './store-lab.ts';
import { Outside, workerOn } from './worker.ts';

export const SLEEP_MS = 30 * 24 * HOUR_MS;
/** Children of the pool. */
export const CHILDREN = 4;
const sleeper = sleeperFor(SLEEP_MS);

export function busyTree(outside: Outside) {
  return supervisor('app', {
    backoff: false,
    children: [
      actor('a', counter),
      actor('b', counter),
      actor('faulty', counter, { attemptsMax: 1 }),
      actor('paused', counter),
      actor('sleeper', sleeper),
      actor('worker', workerOn(outside)),
      pool('many', counter, { backoff: false }),
    ],
  });
}

/** What was acknowledged, kept outside of the store. */
export interface Ledger {
  /** Numbers that each counter has handled, by its address. */
  readonly seen: Readonly<Record<string, readonly number[]>>;
  /** Numbers that wait at the paused one. */
  readonly waiting: readonly number[];
  /** Keys that the faulty one has accepted, with the number of each. */
  readonly keys: readonly (readonly [key: string, n: number])[];
  /** What the faulty one has emitted. */
  readonly emitted: readonly number[];
  readonly deadLetters: number;
}

export interface Image {
  readonly directory: string;
  readonly ledger: Ledger;
}

class Scribe {
  readonly seen: Record<string, number[]> = {};
  readonly waiting: number[] = [];
  readonly keys: [string, number][] = [];
  readonly emitted: number[] = [];
  deadLetters = 0;

  add(address: string, n: number): void {
    (this.seen[address] ??= []).push(n);
  }
}

type Lab = Pick<StoreLab, 'open' | 'directory'>;

/** All of it is in the log of LevelDB. */
export async function youngStore(): Promise<Image> {
  const lab = new StoreLab();
  const scribe = new Scribe();
  await firstProcess(lab, scribe);
  return await imageOf(lab, scribe);
}

/**
 * Three processes have worked on it: there are tables of several blocks beside the log, and the last process
 * alone has written more batches than markers are kept.
 */
export async function oldStore(): Promise<Image> {
  const lab = new StoreLab();
  const scribe = new Scribe();
  const first = await firstProcess(lab, scribe);
  await first.stop({ deadlineMs: 1 });
  for (const batches of [40, limits.markersKept + 40]) {
    const outside = new Outside();
    const system = await lab.open(busyTree(outside), { sync: false });
    await until(() => outside.runs.length === 1, 'the step runs again');
    const random = new Random(batches);
    for (let n = 1; n <= batches; n += 1) {
      // `b` has a state as long as one block of a table
      if (n % 4 === 0 && n <= 40)
        await system.ref('/b').send({ type: 'tell', word: noise(random, 1_500) });
      await system.ref('/a').send({ type: 'add', n }, { until: 'applied' });
      scribe.add('/a', n);
    }
    if (batches === 40) await system.stop({ deadlineMs: 1 });
  }
  return await imageOf(lab, scribe);
}

async function firstProcess(lab: Lab, scribe: Scribe) {
  const outside = new Outside();
  const system = await lab.open(busyTree(outside));
  for (const address of ['/a', '/b', '/faulty', '/paused'] as const)
    for (const n of [1, 2, 3]) {
      const key = address === '/faulty' ? { key: `key ${n}` } : {};
      await system.ref(address).send({ type: 'add', n }, { until: 'applied', ...key });
      scribe.add(address, n);
      if (address !== '/faulty') continue;
      scribe.keys.push([`key ${n}`, n]);
      scribe.emitted.push((n * (n + 1)) / 2);
    }
  for (let child = 1; child <= CHILDREN; child += 1) {
    const ref = await system.pool('/many').startChild(String(child));
    await ref.send({ type: 'add', n: child }, { until: 'applied' });
    scribe.add(`/many/${child}`, child);
  }
  for (let letter = 0; letter < 3; letter += 1) {
    await system.ref('/faulty').send({ type: 'fail' });
    scribe.deadLetters += 1;
  }
  await until(() => system.health().deadLetters === scribe.deadLetters, 'all are parked');
  await system.ref('/sleeper').send({ type: 'sleep' }, { until: 'applied' });
  await system.ref('/worker').send({ type: 'work' }, { until: 'applied' });
  await until(() => outside.runs.length === 1, 'the step runs');
  await system.pause('/paused');
  for (const n of [4, 5]) {
    await system.ref('/paused').send({ type: 'add', n });
    scribe.waiting.push(n);
  }
  return system;
}

/** What the disk holds if the process is killed now; the process it was is another one. */
async function imageOf(lab: StoreLab, scribe: Scribe): Promise<Image> {
  const directory = mkdtempSync(join(tmpdir(), 'perdure-image-'));
  // whoever reads the lock file of a store that is open takes its lock away
  cpSync(lab.directory, directory, { recursive: true, filter: (path) => !path.endsWith('LOCK') });
  const owner = join(directory, 'owner.json');
  const written = JSON.parse(readFileSync(owner, 'utf8')) as object;
  writeFileSync(owner, `${JSON.stringify({ ...written, pid: 1, process: 'ticks:1' })}\n`);
  await lab.dispose();
  const { seen, waiting, keys, emitted, deadLetters } = scribe;
  return { directory, ledger: { seen, waiting, keys, emitted, deadLetters } };
}

/** So that nothing can be compressed. */
function noise(random: Random, length: number): string {
  return Array.from({ length }, () => String.fromCharCode(33 + random.below(90))).join('');
}
