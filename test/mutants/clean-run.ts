/** The tree without a fault: it has to pass, or the checks prove nothing; and it tells how long they take. */
import { join } from 'node:path';
import { type CheckName, runTests, simulate, typeFaults } from './checks.ts';
import type { Mutant } from './mutant.ts';
import type { TreeCopy } from './tree-copy.ts';
import type { Limits } from './trial.ts';

const LIMIT_MS = 1_800_000;
/** A check that takes so much longer with a mutant hangs. */
const FACTOR = 4;
const LEAST_MS = 120_000;

/** @throws Error with what is not clean */
export async function runClean(
  { directory }: TreeCopy,
  mutants: readonly Mutant[],
  checks: readonly CheckName[],
): Promise<Limits> {
  const faults = await typeFaults(directory);
  if (faults !== '') throw new Error(`the types of the unchanged tree are wrong\n${faults}`);
  let simMs = 0;
  let fileMs: ReadonlyMap<string, number> = new Map();
  if (checks.includes('sim')) {
    const { verdict, by, output, ms } = await simulate(directory, LIMIT_MS);
    if (verdict !== 'clean') throw new Error(`the unchanged tree fails: ${by}\n${output}`);
    simMs = ms;
  }
  if (checks.includes('tests')) {
    const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
    const found = await runTests(directory, tests, LIMIT_MS);
    if (found.verdict !== 'clean')
      throw new Error(`the unchanged tree fails: ${found.by}\n${found.output}`);
    fileMs = found.fileMs;
  }
  const limitOf = (ms: number): number => Math.max(LEAST_MS, FACTOR * ms);
  const msOf = (test: string): number => fileMs.get(join(directory, test)) ?? 0;
  return {
    simMs: limitOf(simMs),
    testsMs: (tests) => limitOf(tests.reduce((sum, test) => sum + msOf(test), 0)),
  };
}
