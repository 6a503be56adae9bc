/** The command line of `npm run sim`. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const INTEGER_MAX = 2 ** 31 - 1;
/** How far the first seeds of two processes are apart at most: no seed is played twice. */
export const APART = 10_000_000;
const JOBS_MAX = 64;

export interface Options {
  readonly seed: number;
  readonly runs: number;
  /** Ends then, even if not all runs were made. */
  readonly minutes: number | undefined;
  /** Of crash points: ends when there were so many. */
  readonly points: number | undefined;
  /** How many processes of the machine share the seeds. */
  readonly jobs: number;
  /** Prints what happened before a failure. */
  readonly isTraced: boolean;
  /** Whether a failure is made small, and a test of it. */
  readonly isShrinking: boolean;
  /** Whether the first failure ends the run. */
  readonly isBailing: boolean;
}

export const usage = `usage: npm run sim -- [options]
  --seed S      the first seed (default: random, printed)
  --runs R      how many seeds, one after another (default 500)
  --points N    stop when so many crash points were passed
  --minutes M   stop then
  --jobs J      processes that share the seeds (default 1)
  --trace       print what happened before a failure
  --no-shrink   do not make a failure small, nor a test of it
  --bail        end with the first failure; each process by itself`;

/** @throws {RangeError | TypeError} with a message for the person at the keyboard. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      runs: { type: 'string' },
      minutes: { type: 'string' },
      points: { type: 'string' },
      jobs: { type: 'string' },
      trace: { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
      bail: { type: 'boolean', default: false },
    },
  });
  const { seed, runs, minutes, points, jobs } = values;
  const isBounded = minutes !== undefined || points !== undefined;
  const processes = jobs === undefined ? 1 : integer('--jobs', jobs, 1, JOBS_MAX);
  const seedMax = INTEGER_MAX - (processes - 1) * APART;
  return {
    seed: seed === undefined ? randomInt(2 ** 30) : integer('--seed', seed, 0, seedMax),
    runs:
      runs === undefined ? (isBounded ? Number.MAX_SAFE_INTEGER : 500) : integer('--runs', runs, 1),
    minutes: minutes === undefined ? undefined : integer('--minutes', minutes, 1),
    points: points === undefined ? undefined : integer('--points', points, 1),
    jobs: processes,
    isTraced: values.trace,
    isShrinking: !values['no-shrink'],
    isBailing: values.bail,
  };
}

function integer(name: string, text: string, min: number, max: number = INTEGER_MAX): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new RangeError(`${name} takes a whole number from ${min} to ${max}, not '${text}'`);
}
