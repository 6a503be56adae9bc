import { describe, expect, test } from 'vitest';
import { Random } from '../../src/testing/random.ts';
import { Scheduler, type SchedulerOptions } from '../../src/testing/scheduler.ts';
import { Trace } from '../../src/testing/trace.ts';

const alive = { isAlive: true };

function scheduler(options: Partial<SchedulerOptions> = {}): Scheduler {
  return new Scheduler({ trace: new Trace(), startMs: 1_000, ...options });
}

/** The order in which so many tasks are taken. */
async function orderOf(tasks: number, options: Partial<SchedulerOptions> = {}): Promise<number[]> {
  const order: number[] = [];
  const { post, settled } = bound(scheduler(options));
  for (let task = 0; task < tasks; task += 1) post(alive, 'soon', () => order.push(task));
  await settled();
  return order;
}

function bound(given: Scheduler): Pick<Scheduler, 'post' | 'settled'> {
  return { post: given.post.bind(given), settled: given.settled.bind(given) };
}

const inOrder = Array.from({ length: 20 }, (_, task) => task);

describe('tasks', () => {
  test('are taken as they came, unless there is chance', async () => {
    expect(await orderOf(20)).toEqual(inOrder);
  });

  test('are taken in an order that the seed decides, each once', async () => {
    const [one, again, two] = await Promise.all(
      [1, 1, 2].map((seed) => orderOf(20, { random: new Random(seed) })),
    );

    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
    expect(one?.toSorted((a, b) => a - b)).toEqual(inOrder);
  });

  test('run one at a time, and what one leads to at once comes before the next', async () => {
    const order: string[] = [];
    const { post, settled } = bound(scheduler());
    post(alive, 'soon', () => {
      void Promise.resolve()
        .then(() => order.push('then'))
        .then(() => order.push('and then'));
      post(alive, 'soon', () => order.push('third'));
    });
    post(alive, 'soon', () => order.push('second'));
    await settled();

    expect(order).toEqual(['then', 'and then', 'second', 'third']);
  });

  test('of a kind that is delayed let others go first', async () => {
    let ahead = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      const order: string[] = [];
      const { post, settled } = bound(
        scheduler({ random: new Random(seed), delays: { write: 1 } }),
      );
      for (const kind of ['write', 'soon', 'soon', 'soon'] as const)
        post(alive, kind, () => order.push(kind));
      await settled();
      if (order[0] === 'write') ahead += 1;
    }

    // one in four without a delay, one in sixteen with it
    expect(ahead).toBeLessThan(200 / 8);
  });

  test('of a dead owner are never run, nor taken', async () => {
    const owner = { isAlive: true };
    const ran: string[] = [];
    const { post, settled } = bound(scheduler());
    post(owner, 'soon', () => {
      ran.push('last');
      owner.isAlive = false;
    });
    post(owner, 'soon', () => ran.push('after its death'));
    await settled();
    post(owner, 'soon', () => ran.push('of a dead one'));
    await settled();

    expect(ran).toEqual(['last']);
  });
});

describe('time', () => {
  test('stands still until it is told to pass, and what is due runs at its time', async () => {
    const world = scheduler();
    const seen: [string, number][] = [];
    const at = (name: string, delayMs: number): void =>
      void world.after(alive, delayMs, () => {
        seen.push([name, world.elapsedMs]);
      });
    at('late', 30);
    at('soon', 10);
    at('as soon', 10);
    world.after(alive, 20, () => at('from a timer', 5));
    await world.settled();
    expect(seen).toEqual([]);
    expect(world.nextDueMs).toBe(10);
    await world.advance(29);

    expect(seen).toEqual([
      ['soon', 10],
      ['as soon', 10],
      ['from a timer', 25],
    ]);
    expect([world.elapsedMs, world.wallMs]).toEqual([29, 1_029]);
  });

  test('that jumps runs everything that became due after it, in the order of its time', async () => {
    const world = scheduler();
    const seen: string[] = [];
    world.after(alive, 30, () => seen.push(`late at ${world.elapsedMs}`));
    world.after(alive, 10, () => seen.push(`soon at ${world.elapsedMs}`));
    world.after(alive, 200, () => seen.push('too late'));
    await world.jump(100);

    expect(seen).toEqual(['soon at 100', 'late at 100']);
  });

  test('does not run what was withdrawn, or whose owner died', async () => {
    const world = scheduler();
    const owner = { isAlive: true };
    const ran: string[] = [];
    world.after(alive, 10, () => ran.push('withdrawn'))();
    world.after(owner, 10, () => ran.push('of a dead one'));
    owner.isAlive = false;

    expect(world.nextDueMs).toBe(undefined);
    await world.advance(20);
    expect(ran).toEqual([]);
  });

  test('of the wall moves alone when it is shifted', () => {
    const world = scheduler();
    world.shiftWall(-5_000);

    expect([world.elapsedMs, world.wallMs]).toEqual([0, -4_000]);
  });
});

test('the trace has each task with its time and kind', async () => {
  const trace = new Trace();
  const world = new Scheduler({ trace, startMs: 0 });
  world.after(alive, 5, () => undefined);
  world.post(alive, 'begin', () => undefined);
  await world.advance(5);

  expect(trace.latest()).toEqual(['0 begin', '5 timer']);
});
