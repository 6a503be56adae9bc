/** A kill at every point of a run of generated machines: what is resumed is what would have been. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CrashLab, type Plan, type Sent } from '../support/crash-lab.ts';
import { killPoints } from '../support/crash-store.ts';
import { features, Tally } from '../support/feature-tally.ts';
import type { Outcome } from '../support/landed-facts.ts';
import { type Program, programs } from '../support/machine-family.ts';
import { property } from '../support/property.ts';

const hits = new Tally(features);
const kills = new Tally(killPoints);
let runs = 0;

interface Ran {
  readonly outcome: Outcome;
  readonly answers: readonly unknown[];
  readonly lab: CrashLab;
}

async function run(program: Program, plan: Plan): Promise<Ran> {
  runs += 1;
  const lab = new CrashLab(program, plan, {
    hit: (feature) => hits.hit(feature),
    killed: (point) => kills.hit(point),
  });
  const sent: (Sent | undefined)[] = [];
  for (const [index, op] of program.ops.entries()) sent.push(await lab.perform(op, `op${index}`));
  const outcome = await lab.finish();
  expect(lab.early).toEqual([]);
  expect(lab.alarms).toEqual([]);
  for (const [task, keys] of lab.ledger) expect([task, keys.size]).toEqual([task, 1]);
  const answers = sent.map((each) => (each?.type === 'total' ? each.value : undefined));
  return { outcome, answers, lab };
}

describe('recovery', () => {
  property(
    'a run killed at any one point ends like the run that nobody killed',
    [programs(8)],
    async (program) => {
      const t0 = performance.now();
      const whole = await run(program, {});
      const { points } = whole.lab;
      for (let point = 1; point <= points; point += 1) {
        const ran = await run(program, { kills: [point] });
        expect([point, ran.outcome, ran.answers]).toEqual([point, whole.outcome, whole.answers]);
      }
      console.log(points, performance.now() - t0);
    },
    { runs: 5 },
  );
});

afterAll(() => {
  hits.print(`features hit in ${runs} runs`);
  kills.print('kills at');
});
