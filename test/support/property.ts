import { relative } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** Values tried for one law, unless `RUNS` in the environment says otherwise. */
const RUNS_DEFAULT = 100;
/** Longest a law may take, unless it says otherwise; grows with `RUNS`, so that a deep run is not cut off. */
const TIMEOUT_MS = 30_000;
const SEARCH_SHARE = 0.8;

function wholeNumber(name: 'RUNS' | 'SEED'): number | undefined {
  const text = process.env[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw new Error(`${name} must be a whole number, not '${text}'`);
  return value;
}

/**
 * States a law that must hold for all values, as one test.
 *
 * `SEED` and `RUNS` in the environment replay or deepen it. A failure prints the seed, the smallest
 * counterexample found and the command that finds it again.
 */
export function property<Values extends [unknown, ...unknown[]]>(
  law: string,
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  check: (...values: Values) => void | Promise<void>,
  options: { readonly runs?: number; readonly limitMs?: number } = {},
): void {
  const runs = wholeNumber('RUNS') ?? options.runs ?? RUNS_DEFAULT;
  const seed = wholeNumber('SEED');
  const timeoutMs =
    (options.limitMs ?? TIMEOUT_MS) *
    Math.max(1, runs / RUNS_DEFAULT, runs / (options.runs ?? RUNS_DEFAULT));
  const parameters: fc.Parameters<Values> = {
    numRuns: runs,
    // a search for the smallest counterexample that takes too long ends with the smallest so far
    interruptAfterTimeLimit: timeoutMs * SEARCH_SHARE,
    markInterruptAsFailure: true,
    ...(seed === undefined ? {} : { seed }),
    // straight to one counterexample, as a failure prints it
    ...(process.env['SEED_PATH'] === undefined
      ? {}
      : { path: process.env['SEED_PATH'], endOnFailure: true }),
  };

  it(
    law,
    async () => {
      const run = await fc.check(
        fc.asyncProperty<Values>(...arbitraries, async (...values) => {
          await check(...values);
        }),
        parameters,
      );
      if (!run.failed) return;
      const { testPath } = expect.getState();
      const file = testPath === undefined ? '' : relative(process.cwd(), testPath);
      throw new Error(
        `${await fc.asyncDefaultReportMessage(run)}\n\n` +
          `Replay: SEED=${run.seed} RUNS=${runs} npx vitest run ${file} -t ${JSON.stringify(law)}`,
        { cause: run.errorInstance },
      );
    },
    timeoutMs,
  );
}
