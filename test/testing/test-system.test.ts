import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import {
  openTestSystem,
  type TestSystem,
  type TestSystemOptions,
} from '../../src/testing/index.ts';
import { codeOf, watched } from '../runtime/lab.ts';
import { DAY_MS, office, talliesOnly, tally } from './test-lab.ts';

const START_MS = Date.UTC(2030, 0, 1);
const add = { type: 'add' } as const;

type Office = ReturnType<typeof office>;

function whatIn(lab: TestSystem<Office>): string[] {
  return lab.world.notes.map(({ what }) => what);
}

function countOf(lab: TestSystem<Office>, what: string): number {
  return whatIn(lab).filter((each) => each === what).length;
}

async function stateOf(lab: TestSystem<Office>): Promise<unknown> {
  return (await lab.system.ref('/approval').snapshot()).value;
}

async function tallyOf(lab: TestSystem<typeof talliesOnly>): Promise<number> {
  return (await lab.system.ref('/tally').snapshot()).context.n;
}

describe('time', () => {
  test('an approval is waited for through thirty days and three processes', async () => {
    await using lab = await openTestSystem({ root: office });
    for (let process = 2; process <= 3; process += 1) {
      await lab.advance(10 * DAY_MS);
      await lab.crash();
      await lab.restart();
    }
    await lab.advance(10 * DAY_MS - 1);
    expect(await stateOf(lab)).toBe('waiting');
    await lab.advance(1);

    expect(await stateOf(lab)).toBe('expired');
    expect(lab.world.nowMs).toBe(START_MS + 30 * DAY_MS);
  });

  test('an approval in time is paid once, in another process than the one that was asked', async () => {
    await using lab = await openTestSystem({ root: office });
    await lab.advance(29 * DAY_MS);
    void lab.system.ref('/approval').send({ type: 'approve' });
    await lab.crash('after write');
    await lab.restart();
    await lab.advance(DAY_MS);

    expect(await stateOf(lab)).toBe('paid');
    expect(countOf(lab, 'charge')).toBe(1);
    expect(countOf(lab, 'mail')).toBe(1);
    const { atMs, process } = lab.world.notes.find(({ what }) => what === 'charge') ?? {};
    expect([atMs, process]).toEqual([29 * DAY_MS, 2]);
  });

  test('a jump makes all that is due come late, at once', async () => {
    await using lab = await openTestSystem({ root: office });
    await lab.jump(31 * DAY_MS);

    expect(await stateOf(lab)).toBe('expired');
    expect(lab.world.nowMs).toBe(START_MS + 31 * DAY_MS);
  });

  test('a wall clock set forward makes deadlines come, and set back does not delay them', async () => {
    await using lab = await openTestSystem({ root: office, startMs: 5_000 });
    lab.shiftWall(-2 * DAY_MS);
    await lab.advance(29 * DAY_MS);
    expect(lab.world.nowMs).toBe(5_000 + 27 * DAY_MS);
    expect(await stateOf(lab)).toBe('waiting');
    await lab.advance(DAY_MS);
    expect(await stateOf(lab)).toBe('expired');

    await using other = await openTestSystem({ root: office });
    other.shiftWall(31 * DAY_MS);
    // whoever does something looks at the clock
    await other.system.ref('/tally').send(add);
    await other.settled();
    expect(await stateOf(other)).toBe('expired');
  });
});

describe('a crash', () => {
  test('takes at once what has not landed', async () => {
    await using lab = await openTestSystem({ root: talliesOnly });
    await lab.system.ref('/tally').send(add);
    const lost = watched(lab.system.ref('/tally').send(add));
    await lab.crash();
    await lab.restart();

    expect(await tallyOf(lab)).toBe(1);
    expect(lost.isSettled).toBe(false);
  });

  test.each([
    { moment: 'before write', isThere: 0 },
    { moment: 'in write', isThere: 0 },
    { moment: 'after write', isThere: 1 },
  ] as const)('$moment leaves $isThere messages, and nobody is told', async (given) => {
    await using lab = await openTestSystem({ root: talliesOnly });
    const sent = watched(lab.system.ref('/tally').send(add));
    await lab.crash(given.moment);
    expect(lab.isUp).toBe(false);
    await lab.restart();

    expect(await tallyOf(lab)).toBe(given.isThere);
    expect(sent.isSettled).toBe(false);
  });

  test('leaves nobody to talk to until the next process', async () => {
    await using lab = await openTestSystem({ root: talliesOnly });
    await lab.crash();

    expect(() => lab.system).toThrow(expect.objectContaining({ code: 'TEST_PROCESS_DEAD' }));
    expect(await codeOf(lab.crash())).toBe('TEST_PROCESS_DEAD');
    expect(await codeOf(lab.losePower())).toBe('TEST_PROCESS_DEAD');
    await lab.restart();
    expect(lab.isUp).toBe(true);
    expect(await tallyOf(lab)).toBe(0);
  });

  test('with the next write says so when there is none, and the process lives on', async () => {
    await using lab = await openTestSystem({ root: talliesOnly });

    expect(await codeOf(lab.crash('before write'))).toBe('TEST_NOTHING_WRITTEN');
    await lab.system.ref('/tally').send(add, { until: 'applied' });
    expect(await tallyOf(lab)).toBe(1);
  });

  test('during recovery is one more crash', async () => {
    await using lab = await openTestSystem({ root: talliesOnly });
    await lab.system.ref('/tally').send(add);
    await lab.crash();
    const restarted = codeOf(lab.restart());
    await lab.crash('in write');

    expect(await restarted).toBe('TEST_PROCESS_DEAD');
    await lab.restart();
    expect(await tallyOf(lab)).toBe(1);
  });

  test('ends what the process would have done outside', async () => {
    const late = setup({ types: { events: {} as { type: 'go' } } });
    const lab = await openTestSystem({
      root: (world) => {
        world.after(1_000, () => world.note('late'));
        return supervisor('app', { children: [actor('late', late.createMachine({ id: 'late' }))] });
      },
    });
    await lab.crash();
    await lab.advance(5_000);
    expect(lab.world.notes).toEqual([]);

    await lab.restart();
    await lab.advance(1_000);
    expect(lab.world.notes).toEqual([{ what: 'late', facts: {}, atMs: 6_000, process: 2 }]);
    await lab.stop();
  });
});

describe('a loss of power', () => {
  const added = async (durability: 'fsync' | 'os'): Promise<number> => {
    await using lab = await openTestSystem({ root: talliesOnly, durability });
    for (let sends = 0; sends < 3; sends += 1) await lab.system.ref('/tally').send(add);
    await lab.losePower();
    await lab.restart();
    return await tallyOf(lab);
  };

  test('takes nothing that was synced', async () => {
    expect(await added('fsync')).toBe(3);
  });

  test('takes all that was not', async () => {
    expect(await added('os')).toBe(0);
  });

  test('takes nothing that a process had before, which a crash alone leaves', async () => {
    await using lab = await openTestSystem({ root: talliesOnly, durability: 'os' });
    await lab.system.ref('/tally').send(add, { until: 'applied' });
    await lab.crash();
    await lab.restart();

    expect(await tallyOf(lab)).toBe(1);
  });
});

describe('the next', () => {
  const typesIn = (lab: TestSystem<Office> | TestSystem<typeof talliesOnly>): string[] =>
    lab.events.map(({ type }) => type);

  test.each([{ lands: false }, { lands: true }])(
    'write fails, and the system goes on from what landed: $lands',
    async (failure) => {
      await using lab = await openTestSystem({ root: talliesOnly });
      lab.failNext('write', failure);
      const code = codeOf(lab.system.ref('/tally').send(add));
      await lab.advance(60_000);

      expect(await code).toBe(failure.lands ? 'resolved' : 'STORE_WRITE_FAILED');
      expect(await tallyOf(lab)).toBe(Number(failure.lands));
      expect(lab.events).toContainEqual(
        expect.objectContaining({ type: 'store.recovered', landed: failure.lands }),
      );
    },
  );

  test('open fails as often as it was told, and then no more', async () => {
    await using lab = await openTestSystem({ root: talliesOnly });
    lab.failNext('write');
    lab.failNext('open', { times: 2 });
    void lab.system.ref('/tally').send(add);
    await lab.advance(60_000);

    expect(lab.events).toContainEqual(
      expect.objectContaining({ type: 'store.recovered', attempts: 3 }),
    );
  });

  test('open fails, and with it the start of a process', async () => {
    await using lab = await openTestSystem({ root: talliesOnly });
    const error = new Error('no such disk');
    lab.failNext('open', { error });

    await expect(lab.restart()).rejects.toThrow('no such disk');
    expect(lab.isUp).toBe(false);
    await lab.restart();
    expect(lab.isUp).toBe(true);
  });

  test('step fails, and is tried again', async () => {
    await using lab = await openTestSystem({ root: office });
    lab.failNext('step', { times: 2, error: new RangeError('card declined') });
    await lab.system.ref('/approval').send({ type: 'approve' });
    await lab.advance(60_000);

    const failed = lab.events.filter((event) => event.type === 'effect.failed');
    expect(failed.map(({ error }) => error.message)).toEqual(['card declined', 'card declined']);
    expect(countOf(lab, 'charge')).toBe(1);
  });

  test('action fails, and is tried again', async () => {
    await using lab = await openTestSystem({ root: office });
    lab.failNext('action', { times: 2 });
    await lab.system.ref('/approval').send({ type: 'approve' });
    expect(countOf(lab, 'mail')).toBe(0);
    await lab.advance(60_000);

    expect(countOf(lab, 'mail')).toBe(1);
  });

  test('hook fails, and with it the start of its actor', async () => {
    await using lab = await openTestSystem({ root: office });
    lab.failNext('hook');
    await lab.restart();

    expect(typesIn(lab)).toContain('actor.start_failed');
    await lab.advance(60_000);
    expect(countOf(lab, 'tally is up')).toBe(2);
  });

  test('callback fails, and with it its actor', async () => {
    await using lab = await openTestSystem({ root: office });
    lab.failNext('callback');
    await lab.system.ref('/listener').send({ type: 'listen' });
    await lab.advance(60_000);

    expect(lab.events).toContainEqual(
      expect.objectContaining({ type: 'actor.exited', address: '/listener' }),
    );
  });
});

describe('the root', () => {
  test('as a function is called for each process, and what its closures hold dies with it', async () => {
    let processes = 0;
    const lab = await openTestSystem({
      root: () => {
        processes += 1;
        let inMemory = 0;
        const forgetful = setup({
          types: { context: {} as { seen: number }, events: {} as { type: 'add' } },
        }).createMachine({
          id: 'forgetful',
          context: { seen: 0 },
          on: {
            add: {
              actions: assign({
                seen: () => {
                  inMemory += 1;
                  return inMemory;
                },
              }),
            },
          },
        });
        return supervisor('app', { children: [actor('forgetful', forgetful)] });
      },
    });
    await lab.system.ref('/forgetful').send(add);
    await lab.system.ref('/forgetful').send(add);
    await lab.restart();
    await lab.system.ref('/forgetful').send(add, { until: 'applied' });

    expect(processes).toBe(2);
    expect((await lab.system.ref('/forgetful').snapshot()).context.seen).toBe(1);
    await lab.stop();
  });

  test('may have its policies changed, and is refused if they do not fit', async () => {
    const policies = { actors: { '/tally': { mailboxMax: 1 } } };
    expect(await codeOf(openTestSystem({ root: talliesOnly, policies: policies as never }))).toBe(
      'OPTION_INVALID',
    );
  });

  test('that throws, or makes no tree, says so', async () => {
    const broken = (): never => {
      throw new Error('no plan for a tree');
    };

    await expect(openTestSystem({ root: broken })).rejects.toThrow('no plan for a tree');
    await expect(openTestSystem({ root: () => ({}) as never })).rejects.toThrow('root(world)');
  });

  test('that cannot start throws what createSystem throws', async () => {
    const root = supervisor('app', {
      children: [
        actor('broken', tally, {
          onStart: () => {
            throw new Error('not today');
          },
        }),
      ],
    });

    expect(await codeOf(openTestSystem({ root }))).toBe('SUPERVISOR_START_FAILED');
  });
});

describe('the hash of all that happened', () => {
  const hashOf = async (seed: number, events = 2): Promise<string> => {
    const lab = await openTestSystem({ root: office, seed });
    for (let sent = 0; sent < events; sent += 1) await lab.system.ref('/tally').send(add);
    lab.failNext('step');
    await lab.system.ref('/approval').send({ type: 'approve' });
    await lab.restart();
    await lab.advance(60_000);
    await lab.stop();
    return lab.traceHash;
  };

  test('is the same for the same seed and calls, and for no others', async () => {
    const hash = await hashOf(1);

    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(await hashOf(1)).toBe(hash);
    expect(await hashOf(1, 3)).not.toBe(hash);
    // the seed decides how long the backoff of the step is
    expect(await hashOf(2)).not.toBe(hash);
  });
});

describe('the end', () => {
  test('is in order, however long it takes', async () => {
    const root = supervisor('app', {
      children: [
        actor('tally', tally, { onStop: ({ reason }) => void stopped.push(String(reason)) }),
      ],
    });
    const stopped: string[] = [];
    const lab = await openTestSystem({ root });
    await lab.stop();
    await lab.stop();

    expect(stopped).toHaveLength(1);
    expect(lab.isUp).toBe(false);
    const lastStatus = lab.events.findLast(({ type }) => type === 'system.status');
    expect(lastStatus).toEqual({ type: 'system.status', status: 'closed' });
  });
});

describe('what never comes to its end', () => {
  const never = (): Promise<never> => new Promise(() => undefined);

  test('is told of a start', async () => {
    // the second child does not start, and the first one, which then has to stop, never does
    const root = supervisor('app', {
      children: [
        actor('slow', tally, { onStop: never, shutdownMs: 'infinity' }),
        actor('broken', tally, {
          onStart: () => {
            throw new Error('not today');
          },
        }),
      ],
    });

    await expect(openTestSystem({ root })).rejects.toMatchObject({
      code: 'TEST_STUCK',
      facts: { at: 'start' },
    });
  });

  test('is told of a stop, and the process is dead', async () => {
    const lab = await openTestSystem({ root: talliesOnly });
    Object.assign(lab.system, { stop: never });

    await expect(lab.stop()).rejects.toMatchObject({ code: 'TEST_STUCK', facts: { at: 'stop' } });
    expect(lab.isUp).toBe(false);
  });

  test('is not a stop that fails', async () => {
    const lab = await openTestSystem({ root: talliesOnly });
    Object.assign(lab.system, { stop: () => Promise.reject(new RangeError('no')) });

    await expect(lab.stop()).rejects.toThrow(new RangeError('no'));
  });

  test('is told of a stop that a crash cut short', async () => {
    const lab = await openTestSystem({ root: talliesOnly });
    const stopped = codeOf(lab.stop());
    await lab.crash();

    expect(await stopped).toBe('TEST_PROCESS_DEAD');
  });

  test('leaves the next process alone', async () => {
    const lab = await openTestSystem({ root: talliesOnly });
    const stopped = codeOf(lab.stop());
    await lab.restart();
    await stopped;

    expect(lab.isUp).toBe(true);
    await lab.stop();
  });
});

describe('a note', () => {
  test('may hold what JSON has no word for, and no circle', async () => {
    await using lab = await openTestSystem({ root: talliesOnly });
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;

    lab.world.note('charge', { cents: 7n, at: new Map([['a', 1]]) });
    expect(lab.world.notes.map(({ facts }) => facts)).toEqual([
      { cents: 7n, at: new Map([['a', 1]]) },
    ]);
    expect(() => lab.world.note('charge', circle)).toThrow(
      "option note('charge'): its facts cannot be told",
    );
  });
});

describe('what is no option', () => {
  const refusalOf = async (options: object): Promise<string> =>
    await openTestSystem({ root: talliesOnly, ...options } as TestSystemOptions<
      typeof talliesOnly
    >).then(
      () => 'opened',
      (error: Error) => error.message,
    );

  test.each([
    [{ root: undefined }, 'openTestSystem.root: expected what supervisor() returns'],
    [{ sed: 3 }, 'openTestSystem.sed: there is no such option; did you mean seed?'],
    [{ store: './x' }, 'openTestSystem.store: there is no such option'],
    [{ seed: 1.5 }, 'openTestSystem.seed: expected a whole number, 0 or more'],
    [{ durability: 'none' }, 'openTestSystem.durability: expected ("fsync" | "os")'],
    [{ startMs: -1 }, 'openTestSystem.startMs: expected a whole number, 0 or more'],
    [{ logger: {} }, 'openTestSystem.logger: expected a logger'],
  ])('of openTestSystem is refused: %o', async (options, message) => {
    expect(await refusalOf(options)).toContain(`option ${message}`);
  });

  test('of a call is refused, and the process lives on', async () => {
    await using lab = await openTestSystem({ root: talliesOnly });
    const refused = (call: () => unknown, path: string): void =>
      expect(call).toThrow(
        expect.objectContaining({
          code: 'OPTION_INVALID',
          facts: expect.objectContaining({ path }),
        }),
      );

    refused(() => lab.failNext('wirte' as never), 'failNext');
    refused(() => lab.failNext('step', { time: 2 } as never), "failNext('step').time");
    refused(() => lab.failNext('step', { times: 0 }), "failNext('step').times");
    refused(() => lab.failNext('step', { lands: true }), "failNext('step').lands");
    refused(() => lab.failNext('write', { error: new Error('no') }), "failNext('write').error");
    await expect(lab.crash('later' as never)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(lab.advance(Number.NaN)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(lab.jump(-1)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(lab.world.advance(-1)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    refused(() => lab.shiftWall(Number.NaN), 'shiftWall');
    await lab.system.ref('/tally').send(add, { until: 'applied' });
    expect(await tallyOf(lab)).toBe(1);
  });
});
