/** `few-descriptors.ts DIRECTORY SCENARIO`: a system whose process runs out of descriptors, and what it saw. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPerdureError } from '../../../src/base/errors.ts';
import { actor, type PerdureError, supervisor, type System } from '../../../src/index.ts';
import { counter } from '../../runtime/machines.ts';
import { hastyClock, StoreLab, until } from '../store-lab.ts';
import { Descriptors } from './descriptors.ts';
import type { Saw } from './saw.ts';

/** More than it takes to open: a sweep that never opens ends here. */
const FREE_MAX = 40;
/** LevelDB begins a new log after 16 MB. */
const NOISE_BYTES = 500_000;
const SENDS_MAX = 200;

const [directory = '', scenario = ''] = process.argv.slice(2);
const tree = supervisor('app', { children: [actor('counter', counter)] });
const lab = new StoreLab(directory);
const descriptors = new Descriptors();
let last = 0;

function say(saw: Saw): void {
  process.stdout.write(`${JSON.stringify(saw)}\n`);
}

/** One more number, and what became of it. */
async function add(system: System<typeof tree>): Promise<void> {
  last += 1;
  const n = last;
  try {
    await system.ref('/counter').send({ type: 'add', n });
    say({ saw: 'accepted', n });
  } catch (error) {
    const { code, facts } = refusalIn(error);
    say({ saw: 'refused', n, code, outcome: 'outcome' in facts ? facts.outcome : 'none' });
  }
}

function refusalIn(error: unknown): PerdureError {
  if (isPerdureError(error)) return error as PerdureError;
  throw error;
}

async function filled(): Promise<void> {
  const system = await lab.open(tree);
  for (let n = 1; n <= 3; n += 1) await add(system);
  await system.stop();
}

/** Every file, but not the lines that LevelDB logs about itself. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('LOG'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const name of names) hash.update(name).update(readFileSync(name));
  return hash.digest('hex');
}

/** Opens with no descriptor, with one, … until there are enough. */
async function opening(): Promise<void> {
  await filled();
  let most = descriptors.take();
  descriptors.freeAll();
  for (let free = 0; free <= FREE_MAX; free += 1) {
    const before = fingerprint();
    const leaked = most - descriptors.take();
    most -= leaked;
    descriptors.free(free);
    const attempt = await attempted();
    descriptors.freeAll();
    say({ saw: 'attempt', free, leaked, isChanged: fingerprint() !== before, ...attempt });
    if (attempt.code === null) return;
  }
}

async function attempted(): Promise<{ code: string | null; exitCode: number; what: string }> {
  try {
    const system = await lab.open(tree);
    await add(system);
    await system.stop();
    return { code: null, exitCode: 0, what: '' };
  } catch (error) {
    const { code, exitCode, message: what } = refusalIn(error);
    return { code, exitCode, what };
  }
}

/** Opens and stops where another takes each descriptor as soon as it is free, and then where nobody does. */
async function greedy(): Promise<void> {
  await filled();
  for (let free = 0; free <= FREE_MAX; free += 1) {
    descriptors.take();
    descriptors.free(free);
    const giveUp = descriptors.takeEach();
    const { code: codeThen } = await attempted();
    giveUp();
    descriptors.freeAll();
    say({ saw: 'attempt', free, leaked: 0, isChanged: true, ...(await attempted()) });
    if (codeThen === null) return;
  }
}

/** None is left when a running system needs one: for a while, or for good. */
async function running(isForGood: boolean): Promise<void> {
  const system = await lab.open(tree, isForGood ? { clock: hastyClock(100) } : {});
  let hasFailed = false;
  const failed = new Promise<void>((resolve) => {
    system.events.on('store.failed', ({ error }) => {
      // before it is opened again: what the closed one gave back goes elsewhere
      descriptors.take();
      hasFailed = true;
      say({ saw: 'failed', code: refusalIn(error).code, cause: refusalIn(error.cause).code });
      resolve();
    });
  });
  system.events.on('store.recovered', ({ attempts }) => say({ saw: 'recovered', attempts }));
  descriptors.take();
  const sends: Promise<void>[] = [];
  for (let count = 0; count < SENDS_MAX && !hasFailed; count += 1) {
    const told = system.ref('/counter').send({ type: 'tell', word: noise() });
    sends.push(add(system));
    await Promise.race([told.catch(refusalIn), failed]);
  }
  if (isForGood) {
    const { reason, exitCode } = await system.closed;
    say({ saw: 'closed', reason, exitCode });
    process.exitCode = exitCode;
  } else {
    await until(() => lab.logs.filter(isFailedOpen).length >= 2, 'two attempts failed');
    const waiting = add(system);
    descriptors.freeAll();
    await lab.recovered();
    await waiting;
    await add(system);
    await system.stop();
  }
  await Promise.all(sends);
}

function isFailedOpen({ message }: { readonly message: string }): boolean {
  return message === 'the store could not be opened again';
}

function noise(): string {
  return Array.from({ length: NOISE_BYTES / 10 }, () =>
    Math.random().toString(36).slice(2, 12),
  ).join('');
}

const scenarios: Record<string, () => Promise<void>> = {
  opening,
  greedy,
  'running dry': () => running(false),
  'running dry for good': () => running(true),
};
await scenarios[scenario]?.();
