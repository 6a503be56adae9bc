/** What is compared of actors that are not there any more: how they had ended. */
import { assign, setup, spawnChild, stopChild } from 'xstate';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { actor, exit, isPerdureError, pool, supervisor } from '../../src/index.ts';
import type { PoolOptions } from '../../src/runtime/child-options.ts';
import {
  Counterexample,
  type End,
  explore,
  type ExploreOptions,
  type World,
} from '../../src/testing/index.ts';

interface Sum {
  readonly sum: number;
}

/** @param count - what is added with each event */
const clerk = (count: () => number) =>
  setup({
    types: {
      context: {} as Sum,
      events: {} as { type: 'add' } | { type: 'finish' } | { type: 'leave' } | { type: 'break' },
      output: {} as Sum,
    },
  }).createMachine({
    id: 'clerk',
    context: { sum: 0 },
    initial: 'busy',
    states: {
      busy: {
        on: {
          add: { actions: assign({ sum: ({ context }) => context.sum + count() }) },
          finish: 'finished',
          leave: { actions: exit('shutdown') },
          break: {
            actions: assign(() => {
              throw new Error('a bug');
            }),
          },
        },
      },
      finished: { type: 'final' },
    },
    output: ({ context }) => ({ sum: context.sum }),
  });

type Policy = PoolOptions<ReturnType<typeof clerk>>;

const office = (count: () => number, policy: Policy = { restart: 'temporary' }) =>
  supervisor('office', { children: [pool('clerks', clerk(count), policy)] });

type Office = ReturnType<typeof office>;
type Script = ExploreOptions<Office>['script'];

/** Counts what this process did: it is forgotten with the process. */
function forgetful(): Office {
  let inMemory = 0;
  return office(() => {
    inMemory += 1;
    return inMemory;
  });
}

const steady = (policy?: Policy): Office => office(() => 1, policy);

/** One that ended by what was sent is gone when that is sent again. */
async function unlessGone(sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!isPerdureError(error) || error.code !== 'ACTOR_NOT_FOUND') throw error;
  }
}

function ends(id: string, by: 'finish' | 'leave' | 'break' | 'terminateChild'): Script {
  return async (system, world) => {
    const one = await system.pool('/clerks').ensureChild(id);
    await unlessGone(one.send({ type: 'add' }, { until: 'applied' }));
    await unlessGone(one.send({ type: 'add' }, { until: 'applied' }));
    if (by === 'terminateChild') await system.pool('/clerks').terminateChild(id);
    else await unlessGone(one.send({ type: by }));
    await world.settled();
  };
}

async function endsOf(root: () => Office, script: Script): Promise<End<Office>[]> {
  const ends: End<Office>[] = [];
  await explore({
    root,
    script,
    invariant: (end) => {
      ends.push(end);
    },
  });
  return ends;
}

async function foundIn(running: Promise<unknown>): Promise<Counterexample> {
  const found = await running.catch((error: unknown) => error);
  expect(found).toBeInstanceOf(Counterexample);
  return found as Counterexample;
}

describe('an instance of a pool that is gone', () => {
  test('with another output than without a crash is found', async () => {
    const found = await foundIn(explore({ root: forgetful, script: ends('7', 'finish') }));

    expect(found.found).toBe('difference');
    expect(found.path).toBe("ended['/clerks/7'][0].context.sum");
    expect(found.message).toContain('3 without a crash');
  });

  test.each([
    { by: 'finish', life: { status: 'done', value: 'finished', output: { sum: 2 } } },
    { by: 'leave', life: { status: 'stopped', value: 'busy', output: undefined } },
    { by: 'terminateChild', life: { status: 'stopped', value: 'busy', output: undefined } },
    { by: 'break', life: { status: 'failed', value: 'busy', output: undefined, error: 'a bug' } },
  ] as const)('by $by has ended in the same way after every crash', async ({ by, life }) => {
    const seen = await endsOf(() => steady(), ends('7', by));

    expect(seen.length).toBeGreaterThan(20);
    for (const { actors, ended } of seen) {
      expect(actors).toEqual({});
      expect(ended).toEqual({ '/clerks/7': [{ ...life, context: { sum: 2 } }] });
    }
  });

  test('is known to the invariant by the types of the tree', async () => {
    const [end] = await endsOf(() => steady(), ends('7', 'finish'));
    const lives = end?.ended['/clerks/7'] ?? [];

    expectTypeOf(lives[0]?.output).toEqualTypeOf<Sum | undefined>();
    expect(lives.map(({ output }) => output?.sum)).toEqual([2]);
  });

  test('may have ended before or after another one at its address', async () => {
    const inTurn = (amounts: number[]): Office => office(() => amounts.shift() ?? 0);
    const script: Script = async (system, world) => {
      for (let lives = 0; lives < 2; lives += 1) {
        const one = await system.pool('/clerks').ensureChild('7');
        await one.send({ type: 'add' }, { until: 'applied' });
        await one.send({ type: 'leave' });
        await world.settled();
      }
    };
    const sums: unknown[] = [];
    await explore({
      root: (world) => {
        const isFirst = world.notes.length === 0;
        world.note('begun');
        return inTurn(isFirst ? [1, 2] : [2, 1]);
      },
      script,
      only: { write: 2, moment: 'before' },
      invariant: ({ ended }) => {
        sums.push(ended['/clerks/7']?.map(({ context }) => context.sum));
      },
    });

    expect(sums).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });
});

describe('an instance that is gone before its end was decided about', () => {
  const broken = { status: 'failed', value: 'busy', context: { sum: 0 }, error: 'a bug' };

  async function livesOf(root: (world: World) => Office, script: Script): Promise<unknown[]> {
    const seen: unknown[] = [];
    await explore({ root, script, invariant: ({ ended }) => void seen.push({ ...ended }) });
    expect(seen.length).toBeGreaterThan(10);
    return seen;
  }

  test('has ended as its pool had noted it, also when that is read by the next process', async () => {
    const seen = await livesOf(
      (world) =>
        steady({
          restart: 'temporary',
          // while it starts, the pool decides about nobody
          onStart: ({ address }) => (address.endsWith('slow') ? world.sleep(1_000) : undefined),
        }),
      async (system, world) => {
        const one = await system.pool('/clerks').ensureChild('7');
        const slow = system.pool('/clerks').ensureChild('slow');
        await world.settled();
        await unlessGone(one.send({ type: 'break' }));
        await world.advance(20_000);
        await slow;
        await world.settled();
      },
    );

    for (const ended of seen) expect(ended).toEqual({ '/clerks/7': [broken] });
  });

  test('has ended as it did last when it is terminated before its restart', async () => {
    const seen = await livesOf(
      () =>
        steady({
          restart: 'permanent',
          backoff: { minMs: 3_600_000, maxMs: 3_600_000 },
        }),
      async (system, world) => {
        const one = await system.pool('/clerks').ensureChild('7');
        await one.send({ type: 'break' });
        await world.settled();
        await system.pool('/clerks').terminateChild('7');
        await world.settled();
      },
    );

    for (const ended of seen) expect(ended).toEqual({ '/clerks/7': [broken] });
  });

  test('has not lived if its first turn never came', async () => {
    const seen = await livesOf(
      () =>
        steady({
          restart: 'temporary',
          onStart: () => {
            throw new Error('not today');
          },
        }),
      async (system, world) => {
        await expect(system.pool('/clerks').ensureChild('7')).rejects.toThrow('not today');
        await world.settled();
      },
    );

    // the start that is asked for again after a crash fails again: so often it was tried
    for (const ended of seen) expect(ended).toEqual({});
  });
});

test('a child that its machine stopped has ended with its last state', async () => {
  const parent = setup({
    types: { events: {} as { type: 'stop' } },
    actors: { clerk: clerk(() => 1) },
  }).createMachine({
    id: 'parent',
    entry: spawnChild('clerk', { id: 'helper' }),
    on: { stop: { actions: stopChild('helper') } },
  });
  const seen: unknown[] = [];
  await explore({
    root: supervisor('app', { children: [actor('parent', parent)] }),
    script: (system) => system.ref('/parent').send({ type: 'stop' }, { until: 'applied' }),
    invariant: ({ ended }) => {
      seen.push(ended['/parent/helper']);
    },
  });

  expect(seen.length).toBeGreaterThan(10);
  const life = { status: 'stopped', value: 'busy', context: { sum: 0 } };
  expect(new Set(seen.map((lives) => JSON.stringify(lives)))).toEqual(
    new Set([JSON.stringify([life])]),
  );
});
