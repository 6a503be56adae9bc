/** The command line of `npm start`. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { quietItems } from './kill-plan.ts';
import { mailCount } from './mails.ts';

const bugs = ['skip', 'repeat', 'early-ack'] as const;
const durabilities = ['fsync', 'os'] as const;
export type Bug = (typeof bugs)[number];
export type Durability = (typeof durabilities)[number];

export interface Options {
  readonly kills: number;
  readonly seed: number;
  readonly items: number;
  /** Where to run; a fresh directory if left out, removed if all went well. */
  readonly data: string | undefined;
  readonly durability: Durability;
  readonly bug: Bug | undefined;
  readonly isQuiet: boolean;
}

export const usage = `usage: npm start -- [options]
  --kills N          how often to kill the daemon (default 5)
  --seed N           where and when it is killed (default: random, printed)
  --items N          how many of the ${mailCount} mails (default: all)
  --data DIR         where to run (default: a fresh directory, removed afterwards)
  --durability MODE  fsync (default) or os
  --inject-bug BUG   skip, repeat or early-ack: the audit must fail
  --quiet            print only the audit`;

/** @throws {RangeError | TypeError} with a message for the person at the keyboard. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '5' },
      seed: { type: 'string' },
      items: { type: 'string', default: String(mailCount) },
      data: { type: 'string' },
      durability: { type: 'string', default: 'fsync' },
      'inject-bug': { type: 'string' },
      quiet: { type: 'boolean', default: false },
    },
  });
  // The first sixth of fewer mails may teach the model only one of the two labels.
  const items = integer('--items', values.items, 60, mailCount);
  // Each kill needs a stretch of mails of its own.
  const kills = integer('--kills', values.kills, 0, Math.floor((items - quietItems) / 10));
  const bug = values['inject-bug'];
  if (bug !== undefined && kills === 0) {
    throw new RangeError('--inject-bug shows only when there is a kill; --kills is 0');
  }
  return {
    kills,
    seed:
      values.seed === undefined ? randomInt(2 ** 31) : integer('--seed', values.seed, 0, 2 ** 31),
    items,
    data: values.data,
    durability: oneOf('--durability', values.durability, durabilities),
    bug: bug === undefined ? undefined : oneOf('--inject-bug', bug, bugs),
    isQuiet: values.quiet,
  };
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new RangeError(`${name} takes a whole number from ${min} to ${max}, not '${text}'`);
}

function oneOf<const T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found !== undefined) return found;
  throw new RangeError(`${name} takes ${known.join(' or ')}, not '${text}'`);
}
