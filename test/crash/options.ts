/** The command line of `npm run crash`. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Bug, bugs, durabilities, type Durability } from './messages.ts';

export interface Options {
  readonly kills: number;
  readonly seed: number;
  readonly durabilities: readonly Durability[];
  /** Ends then, even if not all kills have been made; undefined: no such limit. */
  readonly minutes: number | undefined;
  readonly bug: Bug | undefined;
  readonly isKept: boolean;
}

export const usage = `usage: npm run crash -- [options]
  --kills N          how often to kill the process (default 200)
  --seed N           which kill comes when (default: random, printed)
  --durability MODE  fsync, os or both (default both, side by side)
  --minutes M        stop killing then; without --kills, go on until then
  --inject-bug BUG   ${bugs.join(', ')}: the audit must fail
  --keep             keep the directory of the run also when all is well`;

/** @throws {RangeError | TypeError} with a message for the person at the keyboard. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string' },
      seed: { type: 'string' },
      durability: { type: 'string', default: 'both' },
      minutes: { type: 'string' },
      'inject-bug': { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const { kills, seed, durability, minutes } = values;
  const bug = values['inject-bug'];
  return {
    kills:
      kills === undefined
        ? minutes === undefined
          ? 200
          : Number.MAX_SAFE_INTEGER
        : integer('--kills', kills, 1),
    seed: seed === undefined ? randomInt(2 ** 31) : integer('--seed', seed, 0),
    durabilities:
      durability === 'both' ? durabilities : [oneOf('--durability', durability, durabilities)],
    minutes: minutes === undefined ? undefined : integer('--minutes', minutes, 1),
    bug: bug === undefined ? undefined : oneOf('--inject-bug', bug, bugs),
    isKept: values.keep,
  };
}

function integer(name: string, text: string, min: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= 2 ** 31) return value;
  throw new RangeError(`${name} takes a whole number of at least ${min}, not '${text}'`);
}

function oneOf<const T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found !== undefined) return found;
  throw new RangeError(`${name} takes ${known.join(', ')}, not '${text}'`);
}
