/** What cannot be explored is refused, and says why. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assign, setup } from 'xstate';
import { expect, test } from 'vitest';
import { actor, step, supervisor } from '../../src/index.ts';
import { explore, type ExploreOptions } from '../../src/testing/index.ts';
import { adders, workshop } from './explore-lab.ts';

const script: ExploreOptions<typeof adders>['script'] = (system) =>
  system.ref('/adder').send({ type: 'add', n: 1 });

test('a turn that takes its time from the clock is told by what it wrote', async () => {
  let clock = 0;
  const stamped = setup({
    types: { context: {} as { at: number }, events: {} as { type: 'stamp' } },
  }).createMachine({
    id: 'stamped',
    context: { at: 0 },
    on: {
      stamp: {
        actions: assign({
          at: () => {
            clock += 1;
            return clock;
          },
        }),
      },
    },
  });

  await expect(
    explore({
      root: supervisor('app', { children: [actor('stamped', stamped)] }),
      script: (system) => system.ref('/stamped').send({ type: 'stamp' }),
    }),
  ).rejects.toMatchObject({
    code: 'EXPLORE_NOT_DETERMINISTIC',
    facts: {
      first: expect.stringContaining('context { at: 1 }'),
      second: expect.stringContaining('context { at: 2 }'),
    },
  });
});

test('steps of another order are told by the first that differs', async () => {
  let runs = 0;
  await expect(
    explore({
      root: () => {
        runs += 1;
        return adders;
      },
      script: async (system, world) => {
        if (runs > 1) world.note('only in the second run');
        await system.ref('/adder').send({ type: 'add', n: 1 });
      },
    }),
  ).rejects.toMatchObject({
    code: 'EXPLORE_NOT_DETERMINISTIC',
    facts: { second: 'note only in the second run {}' },
  });
});

test('a script that waits for time to pass is told what it waits for, and until when', async () => {
  await expect(
    explore({
      root: workshop,
      script: async (system) => {
        await system.ref('/worker').send({ type: 'go' });
        await system.ref('/worker').done();
      },
    }),
  ).rejects.toMatchObject({
    code: 'EXPLORE_SCRIPT_STUCK',
    facts: { waitsFor: "ref('/worker').done()", nextTimerInMs: expect.any(Number) as number },
    message: expect.stringContaining('call world.advance()'),
  });
});

test('a script that is stuck is told when an actor has a timer, and nothing of the upkeep of the store', async () => {
  const patient = setup({}).createMachine({
    id: 'patient',
    initial: 'waiting',
    states: { waiting: { after: { 7_200_000: 'over' } }, over: { type: 'final' } },
  });
  const nextTimerOf = async (root: ExploreOptions<typeof adders>['root']): Promise<unknown> =>
    await explore({ root, script: () => new Promise(() => undefined) }).catch(
      ({ facts }: { facts: object }) => facts,
    );

  expect(await nextTimerOf(adders)).toEqual({ waitsFor: '' });
  const waiting = supervisor('app', { children: [actor('patient', patient)] });
  expect(await nextTimerOf(waiting as never)).toEqual({ waitsFor: '', nextTimerInMs: 7_200_000 });
});

test('a script that asks again and again is told when the first question is over', async () => {
  await expect(
    explore({
      root: adders,
      script: async (system) => {
        await system.pause('/adder');
        const ask = (): Promise<unknown> =>
          system.ref('/adder').ask({ type: 'total' }, { timeoutMs: 4_000 });
        for (;;) await ask().catch(() => 'it is paused');
      },
    }),
  ).rejects.toMatchObject({
    facts: { waitsFor: "ref('/adder').ask('total')", nextTimerInMs: 4_000 },
  });
});

test('a script that sleeps is told when it would wake', async () => {
  await expect(
    explore({ root: adders, script: (_system, world) => world.sleep(5_000) }),
  ).rejects.toMatchObject({ facts: { waitsFor: '', nextTimerInMs: 5_000 } });
});

test('what a script that is stuck does while that is found out is no part of its run', async () => {
  let runs = 0;
  await expect(
    explore({
      root: adders,
      script: (_system, world) => {
        runs += 1;
        return world.sleep(runs * 1_000);
      },
    }),
  ).rejects.toMatchObject({ code: 'EXPLORE_SCRIPT_STUCK', facts: { nextTimerInMs: 1_000 } });
});

test('a script that waits for something real is stuck too', async () => {
  await expect(
    explore({ root: adders, script: () => new Promise(() => undefined) }),
  ).rejects.toMatchObject({ code: 'EXPLORE_SCRIPT_STUCK', facts: { waitsFor: '' } });
});

test('a step that waits for a real timer leaves the script stuck', async () => {
  const real = setup({
    actors: { nap: step(() => sleep(1_000, undefined, { ref: false })) },
  }).createMachine({
    id: 'real',
    initial: 'napping',
    states: { napping: { invoke: { src: 'nap', onDone: 'done' } }, done: { type: 'final' } },
  });

  await expect(
    explore({
      root: supervisor('app', { children: [actor('real', real)] }),
      script: (system) => system.ref('/real').done(),
    }),
  ).rejects.toMatchObject({ code: 'EXPLORE_SCRIPT_STUCK' });
});

test('more boundaries than there is room for ask for a sample', async () => {
  await expect(explore({ root: adders, script, runsMax: 17 })).rejects.toMatchObject({
    code: 'EXPLORE_TOO_LARGE',
    facts: { writes: 2, runs: 18, limit: 17 },
  });
  const { runs } = await explore({ root: adders, script, runsMax: 18 });
  expect(runs).toBeLessThanOrEqual(18);
});

test.each([
  [{ root: {} }, 'explore.root'],
  [{ root: () => ({}) }, 'root(world)'],
  [{ script: undefined }, 'explore.script'],
  [{ invariant: true }, 'explore.invariant'],
  [{ boundaries: 'some' }, 'explore.boundaries'],
  [{ boundaries: { sample: 0 } }, 'explore.boundaries.sample'],
  [{ boundaries: { sample: 5, samples: 5 } }, 'explore.boundaries.samples'],
  [{ seed: -1 }, 'explore.seed'],
  [{ same: true }, 'explore.same'],
  [{ same: false }, 'explore.same'],
  [{ only: { write: 0, moment: 'torn' } }, 'explore.only.write'],
  [{ only: { write: 1, moment: 'never' } }, 'explore.only.moment'],
  [{ only: { write: 99, moment: 'torn' } }, 'explore.only'],
  [{ only: { write: 1, moment: 'torn', again: { write: 2 } } }, 'explore.only.again.moment'],
  [{ durability: 'none' }, 'explore.durability'],
  [{ signal: {} }, 'explore.signal'],
  [{ runs: 5 }, 'explore.runs'],
])('an option that is wrong is refused by its path: %o', async (wrong, path) => {
  const options = { root: adders, script, ...wrong } as never;

  await expect(explore(options)).rejects.toMatchObject({ code: 'OPTION_INVALID', facts: { path } });
});
