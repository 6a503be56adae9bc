/** Kills at every point of a run of generated machines: what is resumed is what would have been. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CrashRuns, type Ran } from '../support/crash-runs.ts';
import type { Outcome } from '../support/landed-facts.ts';
import { monologue, programs, unhurried } from '../support/machine-family.ts';
import { property } from '../support/property.ts';

const runs = new CrashRuns();
/** Least number of times that each feature, and each kind of kill, is hit in this file. */
const FLOOR = 10;
/** On a machine that is busy with other things. */
const LIMIT_MS = 120_000;

function expectSame(one: Ran, other: Ran, what: string): void {
  const answers = (ran: Ran): unknown[] =>
    ran.sent.map((each) => (each.type === 'total' ? each.value : undefined));
  expect([what, other.outcome, answers(other)]).toEqual([what, one.outcome, answers(one)]);
}

const shares = (count: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: count, maxLength: count });

/** The point that lies at a share of the way. */
function pointAt(points: number, share: number): number {
  return 1 + Math.floor(share * (points - 1));
}

/** In what state an actor was when it parked a message depends on what else had come by then. */
function withoutStates(outcome: Outcome): unknown {
  const letters = outcome.letters.map((letter) => ({ ...(letter as object), state: undefined }));
  return { ...outcome, letters };
}

describe('recovery', () => {
  property(
    'a kill at any one point changes nothing of how a small program ends',
    [programs(3)],
    async (program) => {
      const whole = await runs.inTurn(program);
      for (let point = 1; point <= whole.lab.points; point += 1) {
        const killed = await runs.inTurn(program, { kills: [point] });
        expectSame(whole, killed, `killed at ${point}`);
      }
    },
    { runs: 3, limitMs: LIMIT_MS },
  );

  property(
    'nor does it change how a longer one ends',
    [programs(14), shares(8)],
    async (program, places) => {
      const whole = await runs.inTurn(program);
      for (const share of places) {
        const point = pointAt(whole.lab.points, share);
        const killed = await runs.inTurn(program, { kills: [point] });
        expectSame(whole, killed, `killed at ${point}`);
      }
    },
    { runs: 12, limitMs: LIMIT_MS },
  );

  property(
    'nor do several kills, each while the one before is being recovered from',
    [programs(10), shares(1), fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 4 })],
    async (program, [share = 0], later) => {
      const whole = await runs.inTurn(program);
      const kills = [pointAt(whole.lab.points, share), ...later];
      expectSame(whole, await runs.inTurn(program, { kills }), `killed at ${kills.join(', ')}`);
    },
    { runs: 40, limitMs: LIMIT_MS },
  );

  property(
    'nor does a write that fails, whether or not it landed, with a kill or without',
    [programs(10), shares(1), fc.boolean(), fc.option(fc.integer({ min: 1, max: 12 }))],
    async (program, [share = 0], lands, kill) => {
      const whole = await runs.inTurn(program);
      const { writes, points } = whole.lab;
      const faults = [{ write: pointAt(writes, share), lands }];
      const kills = kill === null ? [] : [pointAt(points, share) + kill];
      const failed = await runs.inTurn(program, { faults, kills });
      expectSame(whole, failed, JSON.stringify({ faults, kills }));
    },
    { runs: 40, limitMs: LIMIT_MS },
  );
});

describe('coalescing', () => {
  property(
    'a burst that lands in few batches ends like the same messages one by one',
    [programs(30).map(unhurried), fc.nat(3)],
    async (program, latencyTurns) => {
      const whole = await runs.inTurn(program);
      const burst = await runs.inTurn(program, { latencyTurns }, program.ops.length);
      expect(withoutStates(burst.outcome)).toEqual(withoutStates(whole.outcome));
      expect(burst.lab.writes).toBeLessThanOrEqual(whole.lab.writes);
    },
    { runs: 20, limitMs: LIMIT_MS },
  );

  property(
    'also where some of it waits in the store, and the process is killed',
    [programs(48).map(unhurried).map(monologue), shares(3)],
    async (program, places) => {
      const { length } = program.ops;
      const whole = await runs.inTurn(program);
      const { points } = (await runs.inTurn(program, {}, length)).lab;
      for (const share of places) {
        const kills = [pointAt(points, share), 12];
        const killed = await runs.inTurn(program, { kills }, length);
        expect([kills, withoutStates(killed.outcome)]).toEqual([
          kills,
          withoutStates(whole.outcome),
        ]);
      }
    },
    { runs: 20, limitMs: LIMIT_MS },
  );
});

describe('the family of machines', () => {
  it('hits every feature and every kind of kill often enough', () => {
    expect(runs.hits.below(FLOOR)).toEqual([]);
    expect(runs.kills.below(FLOOR)).toEqual([]);
  });
});

afterAll(() => runs.print());
