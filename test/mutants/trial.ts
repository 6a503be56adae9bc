/** One mutant before its judges. */
import { type CheckName, type Finding, runTests, simulate, typeFaults } from './checks.ts';
import type { Mutant } from './mutant.ts';
import type { TreeCopy } from './tree-copy.ts';

export interface Result {
  readonly mutant: Mutant;
  readonly verdict: 'caught' | 'timeout' | 'survived' | 'does not apply' | 'does not type-check';
  /** The check that caught it. */
  readonly check: CheckName | undefined;
  /** The law or the test; else what is wrong with the mutant. */
  readonly by: string;
  readonly seconds: number;
}

/** How long each check may take: longer than any right program needs. */
export interface Limits {
  readonly simMs: number;
  readonly testsMs: (tests: readonly string[]) => number;
}

export async function tryMutant(
  mutant: Mutant,
  copy: TreeCopy,
  checks: readonly CheckName[],
  limits: Limits,
): Promise<Result> {
  const startedMs = Date.now();
  const result = (verdict: Result['verdict'], by: string, check?: CheckName): Result => ({
    mutant,
    verdict,
    check,
    by,
    seconds: (Date.now() - startedMs) / 1_000,
  });
  let takeBack: () => void;
  try {
    takeBack = copy.apply(mutant);
  } catch (error) {
    return result('does not apply', (error as Error).message);
  }
  try {
    const faults = await typeFaults(copy.directory);
    if (faults !== '') return result('does not type-check', faults.split('\n')[0] ?? '');
    for (const check of checks) {
      const { verdict, by } = await finding(check, mutant, copy, limits);
      if (verdict !== 'clean') return result(verdict, by, check);
    }
    return result('survived', '');
  } finally {
    takeBack();
  }
}

function finding(
  check: CheckName,
  { tests }: Mutant,
  { directory }: TreeCopy,
  limits: Limits,
): Promise<Finding> {
  switch (check) {
    case 'sim':
      return simulate(directory, limits.simMs);
    case 'tests':
      return runTests(directory, tests, limits.testsMs(tests));
  }
}
