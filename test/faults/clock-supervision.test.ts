/** The wall clock jumps while a restart waits, or while failures are counted: both go by durable time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, supervisor, type System } from '../../src/index.ts';
import { type SimClock, simClock } from '../../src/testing/sim-clock.ts';
import { codeOf, watched } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { HOUR_MS } from './sleeper.ts';
import { StoreLab } from './store-lab.ts';

const MONTH_MS = 31 * 24 * HOUR_MS;
const children = [actor('counter', counter, { attemptsMax: 1, restart: 'transient' })] as const;
const patient = supervisor('app', {
  backoff: { minMs: HOUR_MS, maxMs: HOUR_MS, jitter: 'none' },
  children,
});
const strict = supervisor('app', { backoff: false, intensity: 2, periodMs: HOUR_MS, children });

let lab: StoreLab;
let clock: SimClock;
beforeEach(() => {
  lab = new StoreLab();
  clock = simClock(Date.UTC(2030, 0, 1));
});
afterEach(() => lab.dispose());

/** One turn throws; resolves when that is durable. */
async function fail(system: System<typeof patient>): Promise<void> {
  const parked = system.ref('/counter').send({ type: 'fail' }, { until: 'applied' });
  expect(await codeOf(parked)).toBe('MESSAGE_PARKED');
}

describe('a restart that waits for its backoff', () => {
  it('waits for as long when the wall is set back meanwhile', async () => {
    const system = await lab.open(patient, { clock });
    await fail(system);
    clock.shiftWall(-2 * MONTH_MS);
    const applied = system.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
    const seen = watched(applied);
    await clock.advance(HOUR_MS - 2_000);
    expect(seen.isSettled).toBe(false);
    await clock.advance(4_000);

    expect(await applied).toMatchObject({ position: 2 });
  });

  it('waits for the rest in the next process when the wall is set back between the two', async () => {
    const first = await lab.open(patient, { clock });
    await fail(first);
    await first.stop();
    clock.shiftWall(-2 * MONTH_MS);
    const second = await lab.open(patient, { clock });
    const applied = second.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
    const seen = watched(applied);
    await clock.advance(HOUR_MS - 2_000);
    expect(seen.isSettled).toBe(false);
    await clock.advance(4_000);

    expect(await applied).toMatchObject({ position: 2 });
  });

  it('is over in the next process when the wall is a month ahead', async () => {
    const first = await lab.open(patient, { clock });
    await fail(first);
    await first.stop();
    clock.shiftWall(MONTH_MS);
    const second = await lab.open(patient, { clock });

    await second.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
    expect((await second.ref('/counter').snapshot()).context.seen).toEqual([1]);
  });
});

describe('the window of a supervisor', () => {
  it('is empty after a jump ahead, and is not emptied by one back', async () => {
    const system = await lab.open(strict, { clock });
    for (const jumpMs of [0, MONTH_MS]) {
      clock.shiftWall(jumpMs);
      await fail(system);
      await fail(system);
      await system.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
    }
    clock.shiftWall(-2 * MONTH_MS);
    await clock.advance(1_000);
    await fail(system);

    expect(await system.closed).toMatchObject({ reason: 'root_ended', exitCode: 70 });
  });

  it('passes by elapsed time while the wall is behind, also in the next process', async () => {
    const first = await lab.open(strict, { clock });
    await fail(first);
    await fail(first);
    await first.stop();
    clock.shiftWall(-2 * MONTH_MS);
    const second = await lab.open(strict, { clock });
    await clock.advance(HOUR_MS + 1_000);
    await fail(second);

    await second.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
    expect(second.health().status).toBe('running');
  });
});
