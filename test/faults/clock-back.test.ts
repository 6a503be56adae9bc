/** The wall clock is set back, while the process runs or between two of them: durable time does not follow. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, supervisor, type System } from '../../src/index.ts';
import { simClock, type SimClock } from '../../src/testing/sim-clock.ts';
import { all } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { HOUR_MS as HOUR, sleeperFor } from './sleeper.ts';
import { StoreLab } from './store-lab.ts';

const sleeper = sleeperFor(HOUR);
const tree = supervisor('app', {
  children: [actor('counter', counter), actor('sleeper', sleeper)],
});

let lab: StoreLab;
let clock: SimClock;
beforeEach(() => {
  lab = new StoreLab();
  clock = simClock(Date.UTC(2030, 0, 1, 12));
});
afterEach(() => lab.dispose());

async function emittedAt(system: System<typeof tree>): Promise<number[]> {
  const emissions = await all(system.ref('/counter').emitted({ from: 1, follow: false }));
  return emissions.map(({ atMs }) => atMs);
}

describe('a wall clock that goes back', () => {
  it('between two processes does not turn durable time back', async () => {
    const start = clock.wallMs();
    const first = await lab.open(tree, { clock });
    await first.ref('/counter').send({ type: 'add', n: 1 });
    await first.stop();
    clock.shiftWall(-48 * HOUR);
    const second = await lab.open(tree, { clock });
    await second.ref('/counter').send({ type: 'add', n: 2 });
    await clock.advance(1_000);
    await second.ref('/counter').send({ type: 'add', n: 3 });

    const times = await emittedAt(second);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[1]).toBeGreaterThanOrEqual(start);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeLessThan(1_100);
  });

  it('while the process runs does not turn it back either', async () => {
    const system = await lab.open(tree, { clock });
    await system.ref('/counter').send({ type: 'add', n: 1 });
    clock.shiftWall(-HOUR);
    await clock.advance(500);
    await system.ref('/counter').send({ type: 'add', n: 2 });

    const [before = 0, after = 0] = await emittedAt(system);
    expect(after - before).toBeGreaterThanOrEqual(500);
    expect(after - before).toBeLessThan(600);
  });

  it('lets a timer fire after the time it was set for has passed, once', async () => {
    const first = await lab.open(tree, { clock });
    await first.ref('/sleeper').send({ type: 'sleep' });
    await first.stop();
    clock.shiftWall(-48 * HOUR);
    const second = await lab.open(tree, { clock });
    const woken = second.ref('/sleeper').waitFor((snapshot) => snapshot.context.woken === 1);
    await clock.advance(HOUR - 2_000);
    expect((await second.ref('/sleeper').snapshot()).value).toBe('asleep');
    await clock.advance(4_000);

    await woken;
    await second.stop();
    const third = await lab.open(tree, { clock });
    await clock.advance(48 * HOUR);
    expect((await third.ref('/sleeper').snapshot()).context.woken).toBe(1);
  });

  it('remembers a key for its whole day', async () => {
    const first = await lab.open(tree, { clock });
    await first.ref('/counter').send({ type: 'add', n: 1 }, { key: 'once' });
    await first.stop();
    clock.shiftWall(-48 * HOUR);
    const second = await lab.open(tree, { clock });
    await clock.advance(23 * HOUR);

    expect(await second.ref('/counter').send({ type: 'add', n: 1 }, { key: 'once' })).toMatchObject(
      { duplicate: true },
    );
  });
});

describe('a wall clock that was right while nobody ran', () => {
  it('fires at once what became due', async () => {
    const first = await lab.open(tree, { clock });
    await first.ref('/sleeper').send({ type: 'sleep' });
    await first.stop();
    clock.shiftWall(2 * HOUR);
    const second = await lab.open(tree, { clock });

    await second.ref('/sleeper').waitFor((snapshot) => snapshot.context.woken === 1);
    expect(lab.events('actor.exited')).toEqual([]);
  });
});
