/** The whole runtime against its pure supervisor, in scenarios that nobody recorded. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { playVector } from '../support/otp-vectors.ts';
import { seeds, vectorOf } from './generated.ts';
import { RealTree } from './real-tree.ts';
import type { HookUse } from './vector-tree.ts';

describe('the runtime in generated scenarios', () => {
  for (const recovers of [false, true]) {
    const how = recovers ? 'also killed and recovered between the steps' : 'in one process';
    property(
      `does what its supervisors decide, ${how}`,
      [seeds, fc.constantFrom<HookUse>('needed', 'everywhere')],
      async (seed, hooks) => {
        const vector = await vectorOf(seed);
        const difference = await playVector(
          vector,
          () => new RealTree(vector, { recovers, hooks }),
        );
        expect(difference).toBeUndefined();
      },
      { runs: 300, limitMs: 120_000 },
    );
  }
});
