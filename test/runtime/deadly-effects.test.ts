/** What kills the process is found and parked: steps, promises, named actions. */
import { describe, expect, test } from 'vitest';
import { assign, fromCallback, fromPromise, setup } from 'xstate';
import { actor, step, supervisor } from '../../src/index.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import { type Deed, Mortal } from './deadly.ts';
import { all, deferred } from './lab.ts';

interface Options {
  readonly attemptsMax?: number;
  readonly handles?: boolean;
  /** How the effect goes on after the deed. */
  readonly after?: (what: string) => Promise<unknown>;
  readonly isPromise?: boolean;
}

/** Runs one effect at once: the deed that is named after the actor. */
function doer(what: string, deed: Deed, { handles = true, after, isPromise }: Options) {
  const run = async (): Promise<unknown> => {
    deed(what);
    return await (after?.(what) ?? Promise.resolve(what));
  };
  return setup({
    types: {
      context: {} as { result: unknown; notes: number },
      events: {} as { type: 'note' } | { type: 'leave' },
    },
    actors: { work: isPromise === true ? fromPromise(run) : (step({ run }) as never) },
  }).createMachine({
    id: 'doer',
    context: { result: undefined, notes: 0 },
    initial: 'working',
    on: { note: { actions: assign({ notes: ({ context }) => context.notes + 1 }) } },
    states: {
      working: {
        on: { leave: 'over' },
        invoke: {
          src: 'work',
          id: 'work',
          onDone: {
            target: 'over',
            actions: assign({ result: ({ event }) => (event as { output?: unknown }).output }),
          },
          ...(handles
            ? {
                onError: {
                  target: 'over',
                  actions: assign({
                    result: ({ event }) => (event.error as { code?: string }).code,
                  }),
                },
              }
            : {}),
        },
      },
      over: {},
    },
  });
}

const doers =
  (names: readonly string[], options: Options = {}) =>
  (deed: Deed): AnyRoot =>
    supervisor('desk', {
      backoff: false,
      children: names.map((name) =>
        actor(name, doer(name, deed, options), { attemptsMax: options.attemptsMax ?? 3 }),
      ) as never,
    }) as AnyRoot;

interface Observed {
  readonly value: unknown;
  readonly context: { readonly result: unknown; readonly notes: number };
}

function ref(system: System, name: string) {
  return (
    system as unknown as {
      ref(address: string): {
        snapshot(): Promise<Observed>;
        send(event: object, options?: object): Promise<unknown>;
      };
    }
  ).ref(`/${name}`);
}

async function resultOf(system: System, name: string): Promise<unknown> {
  return (await ref(system, name).snapshot()).context.result;
}

describe('a step that kills the process', () => {
  test('is parked after attemptsMax deaths that are known to be its own', async () => {
    const mortal = new Mortal(doers(['killer']));
    mortal.deadly.add('killer');
    const system = await mortal.live();
    await mortal.lab.settle();

    // the first was too short to be written down by a process that does not look
    expect(mortal.count('killer')).toBe(1 + 3);
    expect(await resultOf(system, 'killer')).toBe('EFFECT_KILLED_PROCESS');
    expect(await all(system.deadLetters.list())).toMatchObject([
      {
        address: '/killer',
        reason: 'effect',
        error: {
          code: 'EFFECT_KILLED_PROCESS',
          message:
            "the process died 3 times while 'work' of /killer ran, the last time with no other suspect running",
        },
        state: { effect: 'work', src: 'work' },
      },
    ]);
    await mortal.lab.stop(system);
  });

  test('is a dead letter once, and its actor goes on, if nobody handles its error', async () => {
    const mortal = new Mortal(doers(['killer'], { handles: false }));
    mortal.deadly.add('killer');
    const system = await mortal.live();
    await mortal.lab.advance(60_000);

    expect(mortal.count('killer')).toBe(1 + 3);
    expect(await all(system.deadLetters.list())).toHaveLength(1);
    await ref(system, 'killer').send({ type: 'note' }, { until: 'applied' });
    expect((await ref(system, 'killer').snapshot()).context.notes).toBe(1);
    await mortal.lab.stop(system);
  });

  test('may be a promise', async () => {
    const mortal = new Mortal(doers(['killer'], { isPromise: true }));
    mortal.deadly.add('killer');
    const system = await mortal.live();
    await mortal.lab.settle();
    expect(await resultOf(system, 'killer')).toBe('EFFECT_KILLED_PROCESS');
    await mortal.lab.stop(system);
  });

  test('does not park others that ran when the process died', async () => {
    const names = ['one', 'killer', 'two', 'three'];
    const waits = deferred();
    // they are still at it when the killer kills
    const mortal = new Mortal(
      doers(names, {
        after: async (what) => {
          if (mortal.deadly.has('killer') && mortal.deaths < 3) await waits.promise;
          return what;
        },
      }),
    );
    mortal.deadly.add('killer');
    const system = await mortal.live();
    await mortal.lab.settle();

    expect(await all(system.deadLetters.list())).toMatchObject([{ address: '/killer' }]);
    for (const name of ['one', 'two', 'three']) expect(await resultOf(system, name)).toBe(name);
    expect(await resultOf(system, 'killer')).toBe('EFFECT_KILLED_PROCESS');
    await mortal.lab.stop(system);
  });

  test('with attemptsMax 1 is parked after two: the first does not tell which it was', async () => {
    const mortal = new Mortal(doers(['killer', 'other'], { attemptsMax: 1 }));
    mortal.deadly.add('killer');
    const system = await mortal.live();
    await mortal.lab.settle();
    expect(mortal.count('killer')).toBe(1 + 2);
    expect(await resultOf(system, 'other')).toBe('other');
    await mortal.lab.stop(system);
  });
});

describe('suspects', () => {
  /** Two long steps, and processes that are killed from outside while they run. */
  async function suspected(): Promise<{ mortal: Mortal; ends: Map<string, (v: string) => void> }> {
    const ends = new Map<string, (v: string) => void>();
    const mortal = new Mortal(
      doers(['one', 'two'], {
        after: (what) => new Promise((resolve) => ends.set(what, resolve)),
      }),
    );
    for (let boots = 0; boots < 3; boots += 1) {
      await mortal.live();
      await mortal.die();
    }
    return { mortal, ends };
  }

  test('run one at a time from the last death but one on', async () => {
    const { mortal, ends } = await suspected();
    expect(mortal.done).toEqual(['one', 'two', 'one', 'two', 'one', 'two']);
    const system = await mortal.live();
    expect(mortal.done.slice(6)).toEqual(['one']);
    ends.get('one')?.('fine');
    await mortal.lab.settle();
    expect(mortal.done.slice(6)).toEqual(['one', 'two']);
    ends.get('two')?.('fine too');
    await mortal.lab.settle();
    expect(await resultOf(system, 'one')).toBe('fine');
    expect(await resultOf(system, 'two')).toBe('fine too');
    expect(await all(system.deadLetters.list())).toEqual([]);
    await mortal.lab.stop(system);
  });

  test('that are withdrawn let the next one run', async () => {
    const { mortal } = await suspected();
    const system = await mortal.live();
    expect(mortal.done.slice(6)).toEqual(['one']);
    await ref(system, 'one').send({ type: 'leave' });
    await mortal.lab.settle();
    expect(mortal.done.slice(6)).toEqual(['one', 'two']);
    await mortal.lab.stop(system);
  });

  test('whose actor is stopped let the next one run', async () => {
    const { mortal } = await suspected();
    const system = await mortal.live();
    const terminated = system.terminate('/one');
    await mortal.lab.advance(60_000);
    await terminated;
    expect(mortal.done.slice(6)).toEqual(['one', 'two']);
    await mortal.lab.stop(system);
  });

  test('are none if a turn killed the process', async () => {
    const after = (): Promise<unknown> => new Promise(() => undefined);
    const mortal = new Mortal((deed) => {
      const poison = setup({ types: { events: {} as { type: 'kill' } } }).createMachine({
        id: 'poison',
        context: {},
        on: {
          kill: {
            actions: assign(() => {
              deed('kill');
              return {};
            }),
          },
        },
      });
      return supervisor('desk', {
        backoff: false,
        children: [actor('one', doer('one', deed, { after })), actor('poison', poison)],
      }) as AnyRoot;
    });
    await mortal.live();
    await mortal.die();
    for (let deaths = 0; deaths < 4; deaths += 1) {
      const system = await mortal.live();
      mortal.deadly.add('kill');
      ref(system, 'poison')
        .send({ type: 'kill' })
        .catch(() => undefined);
      await mortal.lab.settle();
      mortal.deadly.delete('kill');
    }
    expect(mortal.deaths).toBe(5);
    const system = await mortal.live();
    expect(mortal.count('one')).toBe(6);
    expect(await all(system.deadLetters.list())).toEqual([]);
    await mortal.lab.stop(system);
  });

  test('are those no more that came to an end, also if that was a failure', async () => {
    const runs: ReturnType<typeof deferred<unknown>>[] = [];
    const after = (): Promise<unknown> => {
      const run = deferred<unknown>();
      runs.push(run);
      return run.promise;
    };
    const mortal = new Mortal(doers(['one'], { after, handles: false, attemptsMax: 5 }));
    const dies = async (times: number): Promise<void> => {
      for (let deaths = 0; deaths < times; deaths += 1) {
        await mortal.live();
        await mortal.die();
      }
    };
    await dies(3);
    await mortal.live();
    runs.at(-1)?.reject(new Error('failed'));
    await mortal.lab.advance(60_000);
    expect(runs).toHaveLength(5);
    await mortal.die();
    await dies(2);
    const system = await mortal.live();
    expect(await all(system.deadLetters.list())).toEqual([]);
    runs.at(-1)?.resolve('fine');
    await mortal.lab.settle();
    expect(await resultOf(system, 'one')).toBe('fine');
    await mortal.lab.stop(system);
  });
});

describe('a named action that kills the process', () => {
  test('is parked after attemptsMax deaths, and its actor crashes as after any last failure', async () => {
    const tree = (deed: Deed): AnyRoot => {
      const machine = setup({
        types: {
          context: {} as { notes: number },
          events: {} as { type: 'act' } | { type: 'note' },
        },
        actions: { act: () => deed('act') },
      }).createMachine({
        id: 'actress',
        context: { notes: 0 },
        on: {
          act: { actions: 'act' },
          note: { actions: assign({ notes: ({ context }) => context.notes + 1 }) },
        },
      });
      return supervisor('desk', { backoff: false, children: [actor('a', machine)] }) as AnyRoot;
    };
    const mortal = new Mortal(tree);
    mortal.deadly.add('act');
    await ref(await mortal.live(), 'a').send({ type: 'act' });
    await mortal.lab.settle();
    expect(mortal.deaths).toBe(1);

    const system = await mortal.live();
    await mortal.lab.settle();

    expect(mortal.count('act')).toBe(1 + 3);
    expect(await all(system.deadLetters.list())).toMatchObject([
      {
        address: '/a',
        reason: 'action',
        error: { code: 'EFFECT_KILLED_PROCESS' },
        state: { action: 'act' },
      },
    ]);
    await ref(system, 'a').send({ type: 'note' }, { until: 'applied' });
    await mortal.lab.stop(system);
  });
});

describe('a callback that kills the process', () => {
  const tree =
    (names: readonly string[]) =>
    (deed: Deed): AnyRoot => {
      const machine = (name: string) =>
        setup({
          types: { context: {} as { failed: string } },
          actors: { listen: fromCallback(() => deed(name)) },
        }).createMachine({
          id: 'listener',
          context: { failed: '' },
          initial: 'up',
          states: {
            up: {
              invoke: {
                src: 'listen',
                id: 'listen',
                onError: {
                  target: 'down',
                  actions: assign({
                    failed: ({ event }) => (event.error as { code: string }).code,
                  }),
                },
              },
            },
            down: {},
          },
        });
      return supervisor('desk', {
        backoff: false,
        children: names.map((name) => actor(name, machine(name))) as never,
      }) as AnyRoot;
    };
  const failedOf = async (system: System, name: string): Promise<unknown> =>
    ((await ref(system, name).snapshot()).context as unknown as { failed: unknown }).failed;

  test('when it starts is parked after attemptsMax deaths that are known to be its own', async () => {
    const mortal = new Mortal(tree(['one', 'killer', 'two']));
    mortal.deadly.add('killer');
    // while suspects run alone, each has a while to itself
    let system = await mortal.live();
    for (let deaths = -1; deaths !== mortal.deaths; ) {
      deaths = mortal.deaths;
      await mortal.lab.advance(10_000);
      if (deaths !== mortal.deaths) system = await mortal.live();
    }
    expect(mortal.count('killer')).toBe(1 + 3);
    expect(await all(system.deadLetters.list())).toMatchObject([
      { address: '/killer', reason: 'effect', error: { code: 'EFFECT_KILLED_PROCESS' } },
    ]);
    expect(await failedOf(system, 'killer')).toBe('EFFECT_KILLED_PROCESS');
    expect(mortal.done.slice(-2)).toEqual(['one', 'two']);
    await mortal.lab.stop(system);
  });

  test('is not meant if it was up for a while', async () => {
    const mortal = new Mortal(tree(['one', 'two']));
    for (let boots = 0; boots < 6; boots += 1) {
      const system = await mortal.live();
      await mortal.lab.advance(1_500);
      expect(await all(system.deadLetters.list())).toEqual([]);
      expect(mortal.done.length).toBe(2 * (boots + 1));
      await mortal.die();
    }
  });
});
