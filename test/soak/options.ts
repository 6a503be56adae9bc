/** The command line of `npm run soak`. */
import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bug, bugs } from './messages.ts';

export interface Options {
  readonly runMs: number;
  readonly ratePerS: number;
  readonly sessions: number;
  /** 0: never. */
  readonly killEveryMs: number;
  readonly sampleMs: number;
  readonly collectMs: number;
  readonly seed: number;
  readonly bug: Bug | undefined;
  /** Without its ending: `.svg` and `.png` are put there. */
  readonly out: string;
}

export const usage = `usage: npm run soak -- [options]
  --minutes N        how long, parts of a minute too (default 10)
  --rate N           messages a second (default 300)
  --sessions N       actors that live at a time (default 60)
  --kill-every S     seconds between kills, more or less; one life in four is four times as long; 0: none
                     (default a twelfth of the run, at most 75)
  --out FILE         where the picture goes, with a PNG beside it (default soak.svg among temporary files)
  --seed N           when kills come (default: random, printed)
  --inject-bug BUG   ${bugs.join(', ')}: the verdict must find it`;

const SAMPLES = 600;
const SAMPLE_MIN_MS = 1_000;
const COLLECTS = 60;
const COLLECT_MS = [1_000, 10_000] as const;
const KILLS = 12;
const KILL_EVERY_S = 75;

/** @throws {RangeError | TypeError} with a message for the person at the keyboard. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      rate: { type: 'string', default: '300' },
      sessions: { type: 'string', default: '60' },
      'kill-every': { type: 'string' },
      out: { type: 'string', default: join(tmpdir(), 'soak.svg') },
      seed: { type: 'string' },
      'inject-bug': { type: 'string' },
    },
  });
  const runMs = number('--minutes', values.minutes, 0.05) * 60_000;
  const every = values['kill-every'];
  const bug = values['inject-bug'];
  return {
    runMs,
    ratePerS: number('--rate', values.rate, 1),
    sessions: number('--sessions', values.sessions, 1),
    killEveryMs:
      every === undefined
        ? Math.min(KILL_EVERY_S * 1_000, runMs / KILLS)
        : number('--kill-every', every, 0) * 1_000,
    sampleMs: Math.max(SAMPLE_MIN_MS, runMs / SAMPLES),
    collectMs: Math.min(Math.max(COLLECT_MS[0], runMs / COLLECTS), COLLECT_MS[1]),
    seed: values.seed === undefined ? randomInt(2 ** 31) : number('--seed', values.seed, 0),
    bug: bug === undefined ? undefined : knownBug(bug),
    out: resolve(values.out).replace(/\.(svg|png)$/, ''),
  };
}

function number(name: string, text: string, min: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= 2 ** 31) return value;
  throw new RangeError(`${name} takes a number of at least ${min}, not '${text}'`);
}

function knownBug(text: string): Bug {
  const found = bugs.find((each) => each === text);
  if (found !== undefined) return found;
  throw new RangeError(`--inject-bug takes ${bugs.join(', ')}, not '${text}'`);
}
