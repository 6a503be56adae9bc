/**
 * `npm run mutants`: spoils a copy of the runtime in one place at a time and runs the checks on it, until one
 * of them objects. A mutant that nothing catches is a rule that nothing watches. The exit code is the verdict.
 */
import { allMutants } from './all-mutants.ts';
import { hasSimulation } from './checks.ts';
import { runClean } from './clean-run.ts';
import { root } from '../support/source-text.ts';
import { type Options, readOptions, usage } from './options.ts';
import { isCaught, line, total, writePage } from './report.ts';
import { TreeCopy } from './tree-copy.ts';
import { type Limits, type Result, tryMutant } from './trial.ts';

async function tryAll(options: Options, copies: readonly TreeCopy[]): Promise<Result[]> {
  const { mutants } = options;
  const checks = options.checks.filter((check) => check !== 'sim' || hasSimulation(root));
  if (checks.length < options.checks.length) console.log('sim is not available');
  const limits: Limits = await runClean(copies[0] as TreeCopy, mutants, checks);
  console.log('the unchanged tree is clean');
  const results = new Map<string, Result>();
  const left = [...mutants];
  await Promise.all(
    copies.map(async (copy) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const result = await tryMutant(next, copy, checks, limits);
        results.set(next.name, result);
        console.log(line(result));
      }
    }),
  );
  return mutants.flatMap(({ name }) => results.get(name) ?? []);
}

async function run(options: Options): Promise<boolean> {
  const copies: TreeCopy[] = [];
  try {
    const first = new TreeCopy();
    copies.push(first);
    const jobs = Math.min(options.jobs, options.mutants.length);
    while (copies.length < jobs) copies.push(new TreeCopy(first.directory));
    const results = await tryAll(options, copies);
    for (const result of results.filter((each) => !isCaught(each))) console.log(line(result));
    if (options.isWritten) writePage(results);
    console.log(total(results));
    return results.length > 0 && results.every(isCaught);
  } finally {
    for (const copy of copies) copy.dispose();
  }
}

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args, allMutants);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (options.isList) {
    for (const { area, name, breaks } of options.mutants)
      console.log(`${area.padEnd(12)}${name.padEnd(34)}${breaks}`);
    return 0;
  }
  try {
    return (await run(options)) ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
