/** The wall clock jumps ahead, or the machine slept: what is due fires, once, and setting it back undoes nothing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { openTestSystem } from '../../src/testing/index.ts';
import { type SimClock, simClock } from '../../src/testing/sim-clock.ts';
import { HOUR_MS, sleeperFor } from './sleeper.ts';
import { StoreLab } from './store-lab.ts';

const DAY_MS = 24 * HOUR_MS;
const tree = supervisor('app', { children: [actor('sleeper', sleeperFor(DAY_MS))] });

describe('a wall clock that jumps ahead', () => {
  let lab: StoreLab;
  let clock: SimClock;
  beforeEach(() => {
    lab = new StoreLab();
    clock = simClock(Date.UTC(2030, 0, 1));
  });
  afterEach(() => lab.dispose());

  it('between two processes lets timers fire that are due by then, once', async () => {
    const first = await lab.open(tree, { clock });
    await first.ref('/sleeper').send({ type: 'sleep' });
    await first.stop();
    clock.shiftWall(31 * DAY_MS);
    const second = await lab.open(tree, { clock });
    await second.ref('/sleeper').waitFor((snapshot) => snapshot.context.woken === 1);
    await second.stop();
    clock.shiftWall(-40 * DAY_MS);

    const third = await lab.open(tree, { clock });
    await third.ref('/sleeper').send({ type: 'sleep' });
    await clock.advance(DAY_MS - 1_000);
    expect((await third.ref('/sleeper').snapshot()).context.woken).toBe(1);
    await clock.advance(2_000);
    expect((await third.ref('/sleeper').waitFor((s) => s.context.woken === 2)).value).toBe('awake');
  });

  it('under an idle system is noticed within a minute, and setting it back takes nothing back', async () => {
    await using test = await openTestSystem({ root: tree });
    await test.system.ref('/sleeper').send({ type: 'sleep' });
    test.shiftWall(DAY_MS);
    await test.advance(60_000);
    expect((await test.system.ref('/sleeper').snapshot()).context.woken).toBe(1);
    test.shiftWall(-DAY_MS);
    await test.system.ref('/sleeper').send({ type: 'sleep' });
    await test.advance(DAY_MS - 60_000);
    expect((await test.system.ref('/sleeper').snapshot()).context.woken).toBe(1);
    await test.advance(60_001);

    expect((await test.system.ref('/sleeper').snapshot()).context.woken).toBe(2);
  });

  it('while a machine sleeps makes late what was due, in the order in which it was due', async () => {
    await using test = await openTestSystem({ root: tree });
    await test.system.ref('/sleeper').send({ type: 'sleep' });
    await test.jump(9 * DAY_MS);

    expect((await test.system.ref('/sleeper').snapshot()).context.woken).toBe(1);
  });
});
