/** Makes a program that breaks a law as small as it gets. */
import fc from 'fast-check';
import type { LawName } from './laws.ts';
import { play } from './play.ts';
import type { Program } from './program.ts';
import { programs } from './programs.ts';

const LIMIT_MS = 120_000;

/** @returns the smallest program found that breaks this law; undefined if the seed does not break it again */
export async function shrunk(seed: number, law: LawName): Promise<Program | undefined> {
  const found = await fc.check(
    fc.asyncProperty(programs, async (program) => {
      const { laws } = await play(program);
      return !laws.violations.some((violation) => violation.law === law);
    }),
    { seed, numRuns: 1, unbiased: true, skipAllAfterTimeLimit: LIMIT_MS },
  );
  return found.counterexample?.[0];
}
