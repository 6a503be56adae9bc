/** Shares the seeds among processes. */
import { fork } from 'node:child_process';
import { APART, type Options } from './options.ts';
import { type Sums, Totals } from './totals.ts';

export async function shareSeeds(options: Options): Promise<Totals> {
  const { jobs, seed, runs, points } = options;
  const share = Math.ceil(runs / jobs);
  const totals = new Totals();
  const sums = await Promise.all(
    Array.from({ length: jobs }, (_, job) =>
      run([
        ...['--seed', String(seed + job * Math.min(share, APART))],
        ...(Number.isSafeInteger(runs) && runs < APART ? ['--runs', String(share)] : []),
        ...(points === undefined ? [] : ['--points', String(Math.ceil(points / jobs))]),
        ...(options.minutes === undefined ? [] : ['--minutes', String(options.minutes)]),
        ...(options.isShrinking ? [] : ['--no-shrink']),
        ...(options.isBailing ? ['--bail'] : []),
        ...(options.isTraced ? ['--trace'] : []),
      ]),
    ),
  );
  for (const each of sums) totals.merge(each);
  return totals;
}

function run(args: readonly string[]): Promise<Sums> {
  return new Promise((resolve, reject) => {
    let sums: Sums | undefined;
    const child = fork(new URL('./main.ts', import.meta.url), args);
    child.on('message', (message) => {
      sums = message as Sums;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (sums === undefined) reject(new Error(`a process of the simulation ended with ${code}`));
      else resolve(sums);
    });
  });
}
