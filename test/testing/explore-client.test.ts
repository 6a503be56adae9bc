/** What the script holds survives the process: each test runs its script with a crash at every boundary. */
import { expect, test } from 'vitest';
import type { System } from '../../src/index.ts';
import { explore, type MovableWorld } from '../../src/testing/index.ts';
import { adder, adders, workshop } from './explore-lab.ts';

/** What each run of the script returned, the two without a crash first. */
async function everyRun<T>(
  script: (system: System<typeof adders>, world: MovableWorld) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  const { runs } = await explore({
    root: adders,
    script: async (system, world) => {
      results.push(await script(system, world));
    },
  });
  expect(runs).toBeGreaterThan(10);
  expect(results).toHaveLength(runs + 2);
  return results;
}

/** All that is not the same: one, if the runs are. */
function distinct<T>(results: readonly T[]): T[] {
  const seen = new Map(results.map((result) => [JSON.stringify(result), result]));
  return [...seen.values()];
}

test('a send under way when the process dies is made again, and applied once', async () => {
  const results = await everyRun(async (system) => {
    const ref = system.ref('/adder');
    const receipts = [1, 2, 3].map((n) => ref.send({ type: 'add', n }, { until: 'applied' }));
    const positions = (await Promise.all(receipts)).map(({ position }) => position);
    return { positions, sum: (await ref.snapshot()).context.sum };
  });

  expect(distinct(results)).toEqual([{ positions: [1, 2, 3], sum: 6 }]);
});

test('a key of the script itself is left as it is', async () => {
  const results = await everyRun(async (system) => {
    const ref = system.ref('/adder');
    await ref.send({ type: 'add', n: 1 }, { key: 'mine' });
    const { duplicate } = await ref.send({ type: 'add', n: 1 }, { key: 'mine' });
    return duplicate;
  });

  expect(distinct(results)).toEqual([true]);
});

test('an ask is answered in the process that lives to answer it', async () => {
  const results = await everyRun(async (system) => {
    const sums = system.named('sums', adder);
    await sums.send({ type: 'add', n: 5 });
    return await sums.ask({ type: 'total' });
  });

  expect(distinct(results)).toEqual([5]);
});

test('a wait goes on in the next process', async () => {
  const results = await everyRun(async (system) => {
    const ref = system.ref('/adder');
    const isThere = ref.waitFor(({ context }) => context.sum === 3);
    await ref.send({ type: 'add', n: 1 });
    await ref.send({ type: 'add', n: 2 });
    return (await isThere).context.sum;
  });

  expect(distinct(results)).toEqual([3]);
});

test('emissions are read on behind the last one that was heard', async () => {
  const results = await everyRun(async (system) => {
    const ref = system.ref('/adder');
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    const all: number[] = [];
    const next: number[] = [];
    const reading = (async () => {
      for await (const { event } of ref.emitted({ from: 1 })) if (all.push(event.sum) === 3) break;
    })();
    const following = (async () => {
      for await (const { event } of ref.emitted()) if (next.push(event.sum) === 2) break;
    })();
    await ref.snapshot();
    await ref.send({ type: 'add', n: 2 });
    await ref.send({ type: 'add', n: 3 });
    await Promise.all([reading, following]);
    return { all, next };
  });

  expect(distinct(results)).toEqual([{ all: [1, 3, 6], next: [3, 6] }]);
});

test('listeners are there again in the next process, until they are taken away', async () => {
  const results = await everyRun(async (system) => {
    const ref = system.ref('/adder');
    const heard: number[] = [];
    const statuses: string[] = [];
    const status = system.events.on('system.status', (event) => statuses.push(event.status));
    const listener = ref.on('added', ({ sum }) => heard.push(sum));
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    listener[Symbol.dispose]();
    status[Symbol.dispose]();
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    return { first: heard.slice(-1)[0] ?? 0, beyond: heard.filter((sum) => sum > 2) };
  });

  expect(results[0]).toEqual({ first: 2, beyond: [] });
  expect(results.every(({ beyond }) => beyond.length === 0)).toBe(true);
  // what lands as the process dies is told to nobody; all else is
  const deaf = results.filter(({ first }) => first === 0);
  expect(deaf.length).toBeLessThan(results.length / 4);
});

test('children are started once by a call that is made again', async () => {
  const results = await everyRun(async (system) => {
    const seven = await system.pool('/pool').startChild('7');
    const again = await system.pool('/pool').ensureChild('7');
    const added = await system.supervisor('/desk').startChild('late');
    await seven.send({ type: 'add', n: 7 });
    await system.pool('/pool').startChild('8');
    await system.pool('/pool').terminateChild('8');
    const stopped = await system.supervisor('/desk').terminateChild('late');
    const started = await system.supervisor('/desk').restartChild('late');
    const counts = await system.supervisor('/desk').countChildren();
    return {
      addresses: [seven.address, again.address],
      answers: [added.ok, stopped.ok, started.ok],
      counts: counts.ok && counts.counts.active,
    };
  });

  expect(distinct(results)).toEqual([
    {
      addresses: ['/pool/7', '/pool/7'],
      answers: [true, true, true],
      counts: 1,
    },
  ]);
});

test('dead letters are listed, retried and dropped once', async () => {
  const results = await everyRun(async (system) => {
    const ref = system.ref('/adder');
    await ref.send({ type: 'break' });
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    const ids: number[] = [];
    for await (const { id } of system.deadLetters.list()) ids.push(id);
    for (const id of ids) await system.deadLetters.drop(id);
    const left: number[] = [];
    for await (const { id } of system.deadLetters.list({ limit: 5 })) left.push(id);
    return { found: ids.length, left };
  });

  expect(distinct(results)).toEqual([{ found: 1, left: [] }]);
});

test('what operators do can be done on the way', async () => {
  const results = await everyRun(async (system) => {
    const ref = system.ref('/adder');
    await system.pause('/adder');
    await ref.send({ type: 'add', n: 1 });
    await system.resume('/adder');
    const before = await ref.ask({ type: 'total' });
    await system.terminate('/adder');
    const started = await system.supervisor('/').restartChild('adder');
    return { before, started: started.ok, root: system.describe().id };
  });

  expect(distinct(results)).toEqual([{ before: 1, started: true, root: 'app' }]);
});

test('time goes on over a crash, as far as it was to go', async () => {
  const ends: number[] = [];
  const { runs } = await explore({
    root: workshop,
    script: async (system, world) => {
      const startMs = world.nowMs;
      await system.ref('/worker').send({ type: 'go' });
      await world.advance(5_000);
      ends.push(world.nowMs - startMs);
    },
  });

  expect(runs).toBeGreaterThan(10);
  expect(new Set(ends)).toEqual(new Set([5_000]));
});

test('a wait for work that is done again gets the time for it', async () => {
  const statuses: string[] = [];
  await explore({
    root: workshop,
    script: async (system, world) => {
      const ref = system.ref('/worker');
      await ref.send({ type: 'go' });
      // exactly as long as it takes when nothing goes wrong
      await world.advance(1_000);
      await ref.done();
      statuses.push(system.health().status);
    },
  });

  expect(statuses.length).toBeGreaterThan(10);
});

test('work that is done again at the end is waited for', async () => {
  const { runs } = await explore({
    root: workshop,
    script: async (system, world) => {
      await system.ref('/worker').send({ type: 'go' });
      await world.advance(1_000);
    },
    invariant: ({ actors }) => actors['/worker'].value === 'done',
  });

  expect(runs).toBeGreaterThan(10);
});

test('a script may stop the system', async () => {
  const reasons: string[] = [];
  const { recovered, killed } = await explore({
    root: adders,
    script: async (system) => {
      await system.ref('/adder').send({ type: 'add', n: 1 }, { until: 'applied' });
      await system.stop();
      reasons.push((await system.closed).reason);
    },
  });

  expect(new Set(reasons)).toEqual(new Set(['stopped']));
  expect(recovered).toBeGreaterThan(killed.before);
});
