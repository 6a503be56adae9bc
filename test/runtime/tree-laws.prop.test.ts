/** Any tree, any sequence of ends, calls and deaths of the process: what nobody may ever see. */
import { afterAll, describe, expect, it } from 'vitest';
import { property } from '../support/property.ts';
import { deeds, trees } from '../support/tree-family.ts';
import { TreeRun } from '../support/tree-run.ts';

const counts = new Map<string, number>();

describe('a tree of supervisors', () => {
  property(
    'keeps its order, its windows and every message, whatever ends and whenever the process dies',
    [trees, deeds],
    async (shape, program) => {
      const run = new TreeRun(shape);
      await run.play(program);
      const mail = await run.settle();
      for (const [what, count] of run.witness.counts)
        counts.set(what, (counts.get(what) ?? 0) + count);
      expect({ broken: run.witness.broken, ...mail }).toEqual({
        broken: [],
        lost: [],
        twice: [],
        invented: [],
      });
    },
    { runs: 250, limitMs: 120_000 },
  );

  afterAll(() => {
    console.log([...counts].map(([what, count]) => `${what} ${count}`).join(', '));
  });

  it('was hurt in every way', () => {
    for (const what of ['restart', 'keep', 'forget', 'escalate', 'shutdown', 'actor.start_failed'])
      expect([what, (counts.get(what) ?? 0) > 5]).toEqual([what, true]);
  });
});
