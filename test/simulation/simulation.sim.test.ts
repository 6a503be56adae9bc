/** A short run of `npm run sim`, with seeds that never change and some that nobody has seen. */
import { randomInt } from 'node:crypto';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type BatchRows, SimMedium } from '../../src/testing/sim-medium.ts';
import { readCases } from './cases.ts';
import { play } from './play.ts';
import { features } from './program.ts';
import { playSeed, programOf } from './simulate.ts';
import { Totals } from './totals.ts';

type Write = (this: SimMedium, batch: number, rows: BatchRows, sync: boolean) => void;

const LIMIT_MS = 240_000;
const FIXED = { from: 1, count: 120 };
const fresh = { from: randomInt(2 ** 30), count: 60 };

describe('the laws of docs/guarantees.md, in random programs that are killed again and again', () => {
  const totals = new Totals();
  const met = new Map<string, number>();

  async function run({ from, count }: { from: number; count: number }): Promise<void> {
    for (let seed = from; seed < from + count; seed += 1) {
      totals.add(seed, await playSeed(seed));
      for (const feature of programOf(seed).features) met.set(feature, (met.get(feature) ?? 0) + 1);
    }
  }

  it(`hold for seeds ${FIXED.from} to ${FIXED.from + FIXED.count - 1}`, {
    timeout: LIMIT_MS,
  }, async () => {
    await run(FIXED);

    expect(totals.failures).toEqual([]);
  });

  it(`hold for seeds that nobody has seen (npm run sim -- --seed ${fresh.from} --runs ${fresh.count})`, {
    timeout: LIMIT_MS,
  }, async () => {
    await run(fresh);

    expect(totals.failures).toEqual([]);
  });

  it('are all put to the test, in every phase of a process', () => {
    const rare = [...totals.points].filter(([, count]) => count < totals.pointCount / 100);
    const idle = [...totals.laws].filter(([, count]) => count < 20);

    expect(rare).toEqual([]);
    expect(idle).toEqual([]);
    expect(features.filter((feature) => (met.get(feature) ?? 0) < 3)).toEqual([]);
  });

  afterAll(() => {
    console.log(`${totals.table()}\n${totals.line()}`);
  });
});

describe('a scenario that broke a law once', () => {
  it.each(readCases())('$name', { timeout: LIMIT_MS }, async ({ program }) => {
    const { laws } = await play(program);

    expect(laws.violations).toEqual([]);
  });
});

describe('the simulation', () => {
  it('takes the same steps for the same seed', async () => {
    const one = await play(programOf(7));
    const other = await play(programOf(7));

    expect(one.traceHash).toBe(other.traceHash);
  });

  it('sees a medium that loses what it said had landed', { timeout: LIMIT_MS }, async () => {
    const write = Reflect.get(SimMedium.prototype, 'write') as Write;
    let count = 0;
    vi.spyOn(SimMedium.prototype, 'write').mockImplementation(function (
      this: SimMedium,
      batch,
      rows,
      sync,
    ) {
      count += 1;
      // the marker alone is there
      const kept =
        count % 9 === 0 ? new Map([...rows].filter(([key]) => key.startsWith('k!'))) : rows;
      write.call(this, batch, kept, sync);
    });
    const totals = new Totals();

    for (let seed = 1; seed <= 10; seed += 1) totals.add(seed, await playSeed(seed));

    vi.restoreAllMocks();
    expect(totals.failures.length).toBeGreaterThan(5);
  });
});
