/** Runs seeds one after another, and reports what breaks a law. */
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { writeCase } from './cases.ts';
import type { Options } from './options.ts';
import { play, type Played } from './play.ts';
import type { Program } from './program.ts';
import { programs } from './programs.ts';
import { differenceOfBatches } from './quiet.ts';
import { shrunk } from './shrink.ts';
import { Totals } from './totals.ts';

const REPORT_EVERY_MS = 10_000;

/** What was thrown where nobody could catch it. */
const strays: unknown[] = [];

export function programOf(seed: number): Program {
  const [program] = fc.sample(programs, { seed, numRuns: 1 });
  return program as Program;
}

/** Plays the program of a seed: with its faults, and without them in two ways. */
export async function playSeed(seed: number): Promise<Played> {
  const program = programOf(seed);
  const played = await play(program);
  const difference = await differenceOfBatches(program);
  played.laws.check('G1', difference === undefined, () => `it makes a difference: ${difference}`);
  // told one turn of the event loop later
  await setImmediate();
  for (const error of strays.splice(0))
    played.laws.check('G6', false, () => `an unhandled rejection: ${(error as Error).stack}`);
  return played;
}

export async function simulate(options: Options): Promise<Totals> {
  process.on('unhandledRejection', (error) => strays.push(error));
  const totals = new Totals();
  const untilMs = Date.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  let reportedMs = Date.now();
  for (let seed = options.seed; seed < options.seed + options.runs; seed += 1) {
    if (Date.now() >= untilMs || totals.pointCount >= (options.points ?? Infinity)) break;
    const played = await playSeed(seed);
    totals.add(seed, played);
    if (played.laws.violations.length > 0) {
      await report(seed, played, options);
      if (options.isBailing) break;
    }
    if (Date.now() - reportedMs < REPORT_EVERY_MS) continue;
    reportedMs = Date.now();
    console.error(totals.line());
  }
  return totals;
}

async function report(seed: number, played: Played, options: Options): Promise<void> {
  const { laws, trace, traceHash, story } = played;
  console.log(`seed ${seed} (trace ${traceHash}), again: npm run sim -- --seed ${seed} --runs 1`);
  for (const { law, what } of laws.violations) console.log(`VIOLATION ${law}: ${what}`);
  if (options.isTraced) {
    for (const event of story) console.log(JSON.stringify(event));
    console.log(trace.join('\n'));
  }
  const [first] = laws.violations;
  if (!options.isShrinking || first === undefined) return;
  const program = await shrunk(seed, first.law);
  if (program === undefined) return;
  const path = writeCase(`seed-${seed}`, { name: `${first.law}: ${first.what}`, program });
  console.log(`the smallest scenario found is a test now: ${path}`);
}
