/** `npm run sim`: many random programs, each killed many times. The last line is the total, the exit code the verdict. */
import { type Options, readOptions, usage } from './options.ts';
import { shareSeeds } from './share.ts';
import { simulate } from './simulate.ts';

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  const isChild = process.send !== undefined;
  if (!isChild) console.log(`seed ${options.seed}`);
  const totals = options.jobs > 1 ? await shareSeeds(options) : await simulate(options);
  if (isChild) process.send?.(totals.sums());
  else console.log(`${totals.table()}\n${totals.line()}`);
  return totals.isClean ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
