import { assign, setup } from 'xstate';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import {
  Counterexample,
  type Exploration,
  explore,
  type ExploreOptions,
  type ExploreProgress,
} from '../../src/testing/index.ts';
import { adder, adders, worker } from './explore-lab.ts';

/** Runs of `adding` in which two processes die. */
const AGAIN = 18;

const adding: ExploreOptions<typeof adders> = {
  root: adders,
  script: async (system) => {
    await system.ref('/adder').send({ type: 'add', n: 1 }, { until: 'applied' });
    await system.ref('/adder').send({ type: 'add', n: 2 }, { until: 'applied' });
  },
};

/** What an exploration that has to fail fails with. */
async function failureOf(running: Promise<Exploration>): Promise<unknown> {
  return await running.then(
    () => 'nothing was found',
    (error: unknown) => error,
  );
}

async function counterexampleOf(running: Promise<Exploration>): Promise<Counterexample> {
  const failure = await failureOf(running);
  expect(failure).toBeInstanceOf(Counterexample);
  return failure as Counterexample;
}

describe('an exploration', () => {
  test('kills before, in and after every write, and on the way back, and says so', async () => {
    const report = await explore(adding);

    // the boot, and each message with its turn
    expect(report.writes).toBe(3);
    expect(report.killed).toEqual({ before: 3, torn: 3, after: 3 });
    // in the first writes after each that was torn, and after each that landed
    expect(report.killedAgain).toBe(AGAIN);
    expect(report.runs).toBe(9 + AGAIN);
    expect(report.recovered).toBe(9 + 2 * AGAIN);
    expect(report.traceHash).toMatch(/^[0-9a-f]{16}$/);
  });

  test('is the same each time', async () => {
    const [first, second] = [await explore(adding), await explore(adding)];

    expect(second).toEqual(first);
  });

  test('begins a process for each that died, and no other', async () => {
    let begun = 0;
    const { runs, recovered } = await explore({
      ...adding,
      root: () => {
        begun += 1;
        return adders;
      },
    });

    // two runs without a crash
    expect(begun).toBe(2 + runs + recovered);
  });

  test('shows the invariant the end of each run', async () => {
    const sums: number[] = [];
    const { runs } = await explore({
      ...adding,
      invariant: ({ actors, emissions, deadLetters, notes }) => {
        expectTypeOf(actors['/adder'].context).toEqualTypeOf<{ sum: number }>();
        expect(emissions['/adder']).toEqual([
          { type: 'added', sum: 1 },
          { type: 'added', sum: 3 },
        ]);
        expect([deadLetters, notes, actors['/adder'].mailbox]).toEqual([[], [], []]);
        sums.push(actors['/adder'].context.sum);
      },
    });

    expect(sums).toEqual(Array.from({ length: runs + 1 }, () => 3));
  });

  test('tells of actors that are spawned, of instances, of dead letters and of what waits', async () => {
    await explore({
      root: adders,
      script: async (system) => {
        const seven = await system.pool('/pool').ensureChild('7');
        await seven.send({ type: 'break' });
        await seven.send({ type: 'add', n: 7 }, { until: 'applied' });
        await system.pause('/adder');
        await system.ref('/adder').send({ type: 'add', n: 1 });
      },
      invariant: ({ actors, deadLetters }) => {
        expect(Object.keys(actors)).toEqual(['/adder', '/pool/7']);
        expect(actors['/pool/7']).toMatchObject({ status: 'running', context: { sum: 7 } });
        expect(actors['/adder'].mailbox).toEqual([{ type: 'add', n: 1 }]);
        expect(deadLetters).toEqual([
          { address: '/pool/7', reason: 'parked', event: { type: 'break' }, error: 'a bug' },
        ]);
      },
    });
  });

  test('draws a sample by its seed', async () => {
    const sample = (seed: number) => explore({ ...adding, seed, boundaries: { sample: 2 } });
    const [first, again, other] = [await sample(1), await sample(1), await sample(2)];

    expect(again).toEqual(first);
    expect(first.traceHash).not.toBe(other.traceHash);
    const { before, torn, after } = first.killed;
    expect(before + torn + after).toBe(2);
  });

  test('tells how far it is, and ends at once when it is told to', async () => {
    const told: ExploreProgress[] = [];
    const abort = new AbortController();
    const running = explore({
      ...adding,
      signal: abort.signal,
      onProgress: (progress) => {
        told.push(progress);
        if (progress.boundaries === 2) abort.abort(new Error('enough'));
      },
    });

    await expect(running).rejects.toThrow('enough');
    expect(told).toEqual([
      { runs: 1, boundaries: 1, boundariesMax: 9 },
      { runs: 5, boundaries: 2, boundariesMax: 9 },
    ]);
  });

  test('can be of writes that are not synced, at another time', async () => {
    const { runs } = await explore({
      ...adding,
      durability: 'os',
      startMs: Date.UTC(2031, 5, 1),
      script: async (system, world) => {
        expect(new Date(world.nowMs).getUTCFullYear()).toBe(2031);
        await adding.script(system, world);
      },
    });

    expect(runs).toBe(9 + AGAIN);
  });
});

describe('what is compared', () => {
  /** A turn that depends on which process takes it. */
  const which = (processes: { count: number }) => {
    processes.count += 1;
    const { count } = processes;
    const machine = setup({
      types: { context: {} as { count: number; sum: number }, events: {} as { type: 'look' } },
    }).createMachine({
      id: 'which',
      context: { count: 0, sum: 0 },
      on: { look: { actions: assign({ count, sum: ({ context }) => context.sum + 1 }) } },
    });
    return supervisor('app', { children: [actor('which', machine)] });
  };
  const looking = (): Pick<ExploreOptions<ReturnType<typeof which>>, 'root' | 'script'> => {
    const processes = { count: 0 };
    return {
      root: (world) => {
        // the first process of a run finds a world in which nothing has happened
        if (world.notes.length === 0) processes.count = 0;
        world.note('begun');
        return which(processes);
      },
      script: (system) => system.ref('/which').send({ type: 'look' }, { until: 'applied' }),
    };
  };

  test('is not what happened outside: a step may run twice', async () => {
    const times = new Set<number>();
    const { runs } = await explore({
      root: (world) =>
        supervisor('app', {
          children: [
            actor(
              'worker',
              worker(world, () => world.note('worked')),
            ),
          ],
        }),
      script: async (system, world) => {
        await system.ref('/worker').send({ type: 'go' });
        await world.advance(5_000);
      },
      invariant: ({ notes }) => {
        times.add(notes.length);
      },
    });

    expect(runs).toBeGreaterThan(10);
    expect(times).toEqual(new Set([1, 2, 3]));
  });

  test('is everything that actors are', async () => {
    const found = await counterexampleOf(explore(looking()));

    expect(found.found).toBe('difference');
    expect(found.path).toBe("actors['/which'].context.count");
  });

  test('is what `same` picks', async () => {
    const { runs } = await explore({
      ...looking(),
      same: ({ actors }) => actors['/which'].context.sum,
    });

    expect(runs).toBeGreaterThan(5);
  });

  test('is nothing if the invariant is to decide alone', async () => {
    const { runs } = await explore({
      ...looking(),
      same: false,
      invariant: ({ actors }) => actors['/which'].context.sum === 1,
    });

    expect(runs).toBeGreaterThan(5);
  });
});

describe('a program that is not safe', () => {
  test('is found by a crash of the process that comes back, too', async () => {
    const starts: ExploreOptions<typeof adders>['root'] = (world) =>
      supervisor('app', {
        children: [actor('adder', adder, { onStart: () => world.note('start') })],
      }) as never;
    const found = await counterexampleOf(
      explore({
        root: starts,
        script: adding.script,
        invariant: ({ notes }) => notes.length <= 2,
      }),
    );

    expect(found.crash?.again).toBeDefined();
    expect(found.message).toContain('and on the way back in write');
    const replayed = await counterexampleOf(
      explore({
        root: starts,
        script: adding.script,
        invariant: ({ notes }) => notes.length <= 2,
        ...(found.crash === undefined ? {} : { only: found.crash }),
      }),
    );
    expect(replayed.message).toBe(found.message);
  });

  test('is found if its script fails after a crash only', async () => {
    const found = await counterexampleOf(
      explore({
        root: adders,
        script: async (system) => {
          const { duplicate } = await system.ref('/adder').send({ type: 'add', n: 1 });
          if (duplicate) throw new Error('there was another process');
        },
      }),
    );

    expect(found.found).toBe('script');
    expect(found.message).toContain('there was another process');
  });

  test('is found if it does not come back', async () => {
    const found = await counterexampleOf(
      explore({
        root: (world) => {
          if (world.notes.length > 0) throw new Error('only once');
          return adders;
        },
        script: async (system, world) => {
          await system.ref('/adder').send({ type: 'add', n: 1 }, { until: 'applied' });
          world.note('begun');
          await system.ref('/adder').send({ type: 'add', n: 1 }, { until: 'applied' });
        },
      }),
    );

    expect(found.found).toBe('start');
    expect(found.message).toContain('only once');
  });

  test('is told without a crash if it needs none', async () => {
    const found = await counterexampleOf(explore({ ...adding, invariant: () => false }));

    expect(found.crash).toBeUndefined();
    expect(found.message).toContain('the invariant does not hold, also without a crash');
    expect(found.message).not.toContain('replay');
  });

  test('fails as its script does if that fails without a crash', async () => {
    const running = explore({
      root: adders,
      script: () => Promise.reject(new TypeError('a bug of the script')),
    });

    await expect(running).rejects.toThrow(new TypeError('a bug of the script'));
  });
});
