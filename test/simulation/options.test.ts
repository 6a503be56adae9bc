import { describe, expect, it } from 'vitest';
import { APART, readOptions } from './options.ts';

describe('the options of the simulation', () => {
  it('leave room for the seeds of all processes', () => {
    const last = 2 ** 31 - 1;
    expect(readOptions(['--seed', String(last)])).toMatchObject({ seed: last, jobs: 1 });
    const seed = last - 2 * APART;
    expect(readOptions(['--seed', String(seed), '--jobs', '3'])).toMatchObject({ seed, jobs: 3 });
    expect(() => readOptions(['--seed', String(seed + 1), '--jobs', '3'])).toThrow(
      `--seed takes a whole number from 0 to ${seed}, not '${seed + 1}'`,
    );
  });

  it('are bounded by what was asked for, 500 seeds if by nothing', () => {
    expect(readOptions([])).toMatchObject({ runs: 500, isShrinking: true, isBailing: false });
    expect(readOptions(['--points', '9', '--bail', '--no-shrink'])).toMatchObject({
      points: 9,
      runs: Number.MAX_SAFE_INTEGER,
      isShrinking: false,
      isBailing: true,
    });
  });
});
