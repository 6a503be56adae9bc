import { describe, expect, it } from 'vitest';
import { playVector, type Vector } from '../support/otp-vectors.ts';
import { readVectorFile, recordings } from '../support/vector-file.ts';
import { SimulatedTree, type Sabotage } from '../support/simulated-tree.ts';

const vectors = readVectorFile(recordings);
/** The others depend on oddities that are not to be copied. */
const sound = vectors.filter(({ quirks }) => quirks.length === 0);

async function differences(chosen: readonly Vector[], sabotage?: Sabotage): Promise<string[]> {
  const found: string[] = [];
  for (const vector of chosen) {
    const difference = await playVector(vector, ({ spec }) => new SimulatedTree(spec, sabotage));
    if (difference !== undefined) found.push(difference);
  }
  return found;
}

/** Restarts are counted per fixed stretch of time. */
const tumblingWindow: Sabotage = (state, { periodMs }, nowMs) => {
  const stretch = (atMs: number): number => Math.floor(atMs / periodMs);
  state.window = state.window.filter(({ atMs }) => stretch(atMs) === stretch(nowMs));
};

/** A quiet time makes a supervisor forget everything. */
const resetWhenQuiet: Sabotage = (state, { periodMs }, nowMs) => {
  const newest = state.window.at(-1);
  if (newest !== undefined && nowMs - newest.atMs > periodMs / 2) state.window = [];
};

describe('the supervisor against Erlang/OTP 25', () => {
  it('is held against the whole set of scenarios', () => {
    expect([vectors.length, sound.length]).toEqual([746, 733]);
  });

  for (const family of ['count', 'validation', 'window'] as const) {
    it(`does what OTP does in every scenario of the family ${family}`, async () => {
      const found = await differences(sound.filter((vector) => vector.family === family));

      expect(found).toEqual([]);
    });
  }

  it('would be caught with a window that does not slide', async () => {
    expect(await differences(sound, tumblingWindow)).not.toEqual([]);
  });

  it('would be caught with a window that a quiet time resets', async () => {
    expect(await differences(sound, resetWhenQuiet)).not.toEqual([]);
  });
});
