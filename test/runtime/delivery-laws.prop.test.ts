/** Generated machines in a hurry: messages race, processes are killed, writes fail; the laws of delivery hold. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CrashRuns } from '../support/crash-runs.ts';
import { checkDelivery } from '../support/delivery-laws.ts';
import { monologue, programs } from '../support/machine-family.ts';
import { property } from '../support/property.ts';

const runs = new CrashRuns();
const FLOOR = 10;
/** On a machine that is busy with other things. */
const LIMIT_MS = 120_000;

const gaps = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 5), { minLength: 1, maxLength: 5 });
// the first point of a process is that it has opened the store
const kill = fc.oneof(
  { weight: 1, arbitrary: fc.constant(1) },
  { weight: 6, arbitrary: fc.integer({ min: 2, max: 60 }) },
);
const kills = fc.array(kill, { minLength: 1, maxLength: 5 });

// many messages at once do not fit into one slice of turns: some wait in the store
const rushed = fc.oneof(programs(24), programs(40).map(monologue));

describe('delivery', () => {
  property(
    'skips, repeats and reorders nothing, through any kills',
    [rushed, gaps, kills, fc.nat(3)],
    async (program, pauses, points, downTicks) => {
      const ran = await runs.inHaste(program, pauses, { kills: points, downTicks });
      checkDelivery(ran);
      for (const { state } of ran.sent) expect(state).not.toBe('rejected');
    },
    { runs: 200, limitMs: LIMIT_MS },
  );

  property(
    'loses what a failed write had in it and nothing else',
    [
      rushed,
      gaps,
      fc.array(fc.record({ write: fc.integer({ min: 2, max: 30 }), lands: fc.boolean() }), {
        minLength: 1,
        maxLength: 3,
      }),
    ],
    async (program, pauses, faults) => {
      const ran = await runs.inHaste(program, pauses, { faults });
      checkDelivery(ran);
      for (const { state } of ran.sent) expect(state).not.toBe('open');
    },
    { runs: 120, limitMs: LIMIT_MS },
  );
});

describe('the family of machines', () => {
  it('hits every feature and every kind of kill often enough', () => {
    expect(runs.hits.below(FLOOR)).toEqual([]);
    expect(runs.kills.below(FLOOR)).toEqual([]);
  });
});

afterAll(() => runs.print());
