/** The command line of `npm run mutants`. */
import { parseArgs } from 'node:util';
import { areas, type Area, type Mutant } from './mutant.ts';
import { checkNames, type CheckName } from './checks.ts';

export interface Options {
  readonly mutants: readonly Mutant[];
  readonly checks: readonly CheckName[];
  readonly jobs: number;
  readonly isList: boolean;
  /** The table goes into the page too. */
  readonly isWritten: boolean;
}

export const usage = `usage: npm run mutants -- [options]
  --only NAME      one mutant; may be given several times
  --area AREA      ${areas.join(', ')}; may be given several times
  --checks LIST    which checks, in this order (default ${checkNames.join(',')})
  --jobs N         so many at a time (default 2)
  --list           show the mutants and try none
  --write          put the table into docs/testing.md`;

/** @throws {RangeError | TypeError} with a message for the person at the keyboard. */
export function readOptions(args: readonly string[], known: readonly Mutant[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      area: { type: 'string', multiple: true, default: [] },
      checks: { type: 'string', default: checkNames.join(',') },
      jobs: { type: 'string', default: '2' },
      list: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const names = known.map(({ name }) => name);
  const only = values.only.map((name) => oneOf('--only', name, names));
  const wanted: readonly Area[] = values.area.map((area) => oneOf('--area', area, areas));
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new RangeError(`--jobs takes a whole number of at least 1, not '${values.jobs}'`);
  return {
    mutants: known.filter(
      ({ name, area }) =>
        (only.length === 0 || only.includes(name)) &&
        (wanted.length === 0 || wanted.includes(area)),
    ),
    checks: values.checks.split(',').map((check) => oneOf('--checks', check, checkNames)),
    jobs,
    isList: values.list,
    isWritten: values.write,
  };
}

function oneOf<const T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found !== undefined) return found;
  throw new RangeError(`${name} takes ${known.join(', ')}, not '${text}'`);
}
