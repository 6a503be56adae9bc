/** The whole runtime against its pure supervisor, in scenarios that nobody recorded. */
import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { playVector } from '../support/otp-vectors.ts';
import { seeds, vectorOf } from './generated.ts';
import { RealTree } from './real-tree.ts';

describe('the runtime in generated scenarios', () => {
  for (const recovers of [false, true]) {
    const how = recovers ? 'also killed and recovered before each step' : 'in one process';
    property(
      `does what its supervisors decide, ${how}`,
      [seeds],
      async (seed) => {
        const vector = await vectorOf(seed);
        const difference = await playVector(vector, () => new RealTree(vector, { recovers }));
        expect(difference).toBeUndefined();
      },
      { runs: 300, limitMs: 120_000 },
    );
  }
});
