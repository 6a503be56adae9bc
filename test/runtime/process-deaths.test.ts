/** What kills the process is found and parked: turns. */
import { describe, expect, test } from 'vitest';
import { assign, sendTo, setup } from 'xstate';
import { actor, at, memoryStore, supervisor } from '../../src/index.ts';
import type { Store, StoreBatch } from '../../src/ports/store.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import { clerk, type Deed, Mortal } from './deadly.ts';
import { all } from './lab.ts';

const desk = (deed: Deed): AnyRoot =>
  supervisor('desk', {
    backoff: false,
    children: [actor('a', clerk(deed)), actor('b', clerk(deed))],
  }) as AnyRoot;

interface AnyRef {
  send(event: object, options?: object): Promise<unknown>;
  snapshot(): Promise<{ context: { done: readonly string[] } }>;
}

function ref(system: System, address: string): AnyRef {
  return (system as unknown as { ref(address: string): AnyRef }).ref(address);
}

async function doneBy(system: System, address: string): Promise<readonly string[]> {
  return (await ref(system, address).snapshot()).context.done;
}

function send(system: System, address: string, ...whats: readonly string[]): void {
  for (const what of whats)
    ref(system, address)
      .send({ type: 'do', what })
      .catch(() => undefined);
}

/** A process that looks for what kills it, because the last one died, gets this mail and dies of it. */
async function mailed(
  mortal: Mortal,
  mail: Readonly<Record<string, readonly string[]>>,
  killer?: string,
): Promise<void> {
  await mortal.live();
  await mortal.die();
  const system = await mortal.live();
  if (killer !== undefined) mortal.deadly.add(killer);
  for (const [address, whats] of Object.entries(mail)) send(system, address, ...whats);
  await mortal.lab.settle();
  if (killer !== undefined) mortal.deadly.delete(killer);
  expect(mortal.deaths).toBe(2);
}

/** Counts what the recorder and the committer cost, and tells when something is written. */
interface WatchedStore {
  store: Store;
  fills: number;
  writes: number;
  beforeWrite: () => void;
  afterWrite: () => void;
}

function watchedStore(store: Store): WatchedStore {
  const nothing = (): void => undefined;
  const watched: WatchedStore = {
    store,
    fills: 0,
    writes: 0,
    beforeWrite: nothing,
    afterWrite: nothing,
  };
  watched.store = {
    location: store.location,
    open: async (options) => {
      const opened = await store.open(options);
      const flight = {
        ...opened.flight,
        fill: (uid: number, position: number) => {
          watched.fills += 1;
          opened.flight?.fill(uid, position);
        },
      };
      return new Proxy(opened, {
        get: (target, name) => {
          if (name === 'batch') return () => watchedBatch(target.batch(), watched);
          if (name === 'flight') return flight;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
  return watched;
}

function watchedBatch(batch: StoreBatch, watched: WatchedStore): StoreBatch {
  return {
    put: (key, value) => batch.put(key, value),
    del: (key) => batch.del(key),
    write: async (how) => {
      watched.writes += 1;
      watched.beforeWrite();
      const verdict = await batch.write(how);
      watched.afterWrite();
      return verdict;
    },
  };
}

describe('a message whose turn kills the process', () => {
  test('is parked after attemptsMax deaths that are known to be its own; all others go on', async () => {
    const mortal = new Mortal(desk);
    mortal.deadly.add('kill');
    await mailed(mortal, { '/a': ['one', 'kill', 'two'], '/b': ['three'] });
    const system = await mortal.live();
    await mortal.lab.settle();

    expect(mortal.count('kill')).toBe(3);
    expect(await doneBy(system, '/a')).toEqual(['one', 'two']);
    expect(await doneBy(system, '/b')).toEqual(['three']);
    const [letter, ...more] = await all(system.deadLetters.list());
    expect(more).toEqual([]);
    expect(letter).toMatchObject({
      address: '/a',
      reason: 'parked',
      event: { type: 'do', what: 'kill' },
      attempts: 3,
      position: 2,
      error: { code: 'PROCESS_DIED' },
      state: { context: { done: ['one'] } },
    });
    expect(letter?.error?.message).toBe("the process died 3 times while /a handled 'do'");

    mortal.deadly.clear();
    await system.deadLetters.retry(letter?.id ?? 0);
    await mortal.lab.settle();
    expect(await doneBy(system, '/a')).toEqual(['one', 'two', 'kill']);
    await mortal.lab.stop(system);
  });

  test('counts as failed as often as it killed: a throw makes the rest', async () => {
    const mortal = new Mortal((deed) =>
      desk((what) => {
        deed(what);
        if (what === 'bad') throw new Error('bad');
      }),
    );
    mortal.deadly.add('bad');
    await mailed(mortal, { '/a': ['bad'] });
    mortal.deadly.clear();

    const system = await mortal.live();
    await mortal.lab.advance(1_000);

    expect(mortal.count('bad')).toBe(1 + 2);
    const [letter] = await all(system.deadLetters.list());
    expect(letter).toMatchObject({ attempts: 3, error: { message: 'bad' } });
    await mortal.lab.stop(system);
  });

  test('is found although it was never in the store when it was sent inside the process', async () => {
    const forwards = (deed: Deed): AnyRoot => {
      const first = setup({ types: { events: {} as { type: 'do'; what: string } } }).createMachine({
        id: 'first',
        on: {
          do: {
            actions: [
              ({ event }) => event,
              sendTo(at('/b') as never, ({ event }) => ({ type: 'do', what: event.what }) as never),
            ],
          },
        },
      });
      return supervisor('desk', {
        backoff: false,
        children: [actor('a', first), actor('b', clerk(deed))],
      }) as AnyRoot;
    };
    const mortal = new Mortal(forwards);
    mortal.deadly.add('kill');
    await mailed(mortal, { '/a': ['kill', 'one'] });

    const system = await mortal.live();

    expect(mortal.count('kill')).toBe(3);
    expect(await all(system.deadLetters.list())).toMatchObject([
      { address: '/b', attempts: 3, error: { code: 'PROCESS_DIED' } },
    ]);
    expect(await doneBy(system, '/b')).toEqual(['one']);
    await mortal.lab.stop(system);
  });

  test('may be a timer; the first death is in a process that does not look yet', async () => {
    const alarm = (deed: Deed): AnyRoot => {
      const machine = setup({ types: { context: {} as { rang: number } } }).createMachine({
        id: 'alarm',
        context: { rang: 0 },
        initial: 'waiting',
        states: {
          waiting: { after: { 1000: 'over' } },
          over: {
            entry: assign({
              rang: () => {
                deed('ring');
                return 1;
              },
            }),
          },
        },
      });
      return supervisor('desk', { backoff: false, children: [actor('a', machine)] }) as AnyRoot;
    };
    const mortal = new Mortal(alarm);
    mortal.deadly.add('ring');
    await mortal.boot();
    await mortal.lab.advance(1_000);
    expect(mortal.deaths).toBe(1);

    const system = await mortal.live();

    expect(mortal.count('ring')).toBe(1 + 3);
    expect(await all(system.deadLetters.list())).toMatchObject([
      { reason: 'parked', error: { code: 'PROCESS_DIED' } },
    ]);
    await mortal.lab.stop(system);
  });
});

describe('a death', () => {
  test('outside of turns is blamed on no message, however often', async () => {
    const mortal = new Mortal(desk);
    const first = await mortal.live();
    await first.pause('/a');
    send(first, '/a', 'one');
    await mortal.lab.settle();
    await mortal.die();
    for (let boots = 0; boots < 5; boots += 1) {
      send((await mortal.live()) as System, '/b', 'other');
      await mortal.lab.settle();
      await mortal.die();
    }
    const system = await mortal.live();
    await system.resume('/a');
    await mortal.lab.settle();
    expect(await doneBy(system, '/a')).toEqual(['one']);
    expect(await all(system.deadLetters.list())).toEqual([]);
    await mortal.lab.stop(system);
  });

  test('between two turns is blamed on none of them', async () => {
    const watched = watchedStore(memoryStore());
    const mortal = new Mortal(desk, watched.store);
    await mailed(mortal, { '/a': ['one'], '/b': ['kill'] }, 'kill');
    for (let boots = 0; boots < 5; boots += 1) {
      const turns = mortal.done.length;
      // the turn is over, what came of it is not in the store yet
      watched.beforeWrite = () => {
        if (mortal.done.length > turns) void mortal.die();
      };
      expect(await mortal.boot()).toBeUndefined();
    }
    watched.beforeWrite = () => undefined;
    const system = await mortal.live();
    await mortal.lab.settle();
    expect(await all(system.deadLetters.list())).toEqual([]);
    expect(await doneBy(system, '/b')).toEqual(['kill']);
    await mortal.lab.stop(system);
  });

  test('counts once, however often the next start is killed', async () => {
    const watched = watchedStore(memoryStore());
    const mortal = new Mortal(desk, watched.store);
    mortal.deadly.add('kill');
    await mailed(mortal, { '/a': ['kill'] });
    for (let boots = 0; boots < 20; boots += 1) {
      // before the count is in the store, and right after
      if (boots % 4 === 0) watched.beforeWrite = () => void mortal.die();
      else watched.afterWrite = () => void mortal.die();
      expect(await mortal.boot()).toBeUndefined();
      watched.beforeWrite = watched.afterWrite = () => undefined;
    }
    expect(mortal.count('kill')).toBe(1);
    await mortal.live();
    expect(mortal.count('kill')).toBe(3);
  });

  test('in a process that is followed by one that ends in order is not counted again', async () => {
    const mortal = new Mortal(desk);
    mortal.deadly.add('kill');
    await mailed(mortal, { '/a': ['kill'] });
    mortal.deadly.clear();
    await mortal.lab.stop(await mortal.live());
    const system = await mortal.live();
    expect(mortal.count('kill')).toBe(2);
    expect(await doneBy(system, '/a')).toEqual(['kill']);
    await mortal.lab.stop(system);
  });
});

describe('a first turn that kills the process', () => {
  const shop = (deed: Deed): AnyRoot => {
    const child = setup({}).createMachine({
      id: 'child',
      context: () => {
        deed('begin');
        return {};
      },
    });
    return supervisor('desk', {
      backoff: false,
      children: [actor('a', clerk(deed)), actor('c', child)],
    }) as AnyRoot;
  };

  test('quarantines its actor after attemptsMax deaths; a reset begins anew', async () => {
    const mortal = new Mortal(shop);
    mortal.deadly.add('begin');
    const system = await mortal.live();
    expect(mortal.count('begin')).toBe(1 + 3);
    send(system, '/a', 'one');
    await mortal.lab.settle();
    expect(await doneBy(system, '/a')).toEqual(['one']);
    expect(mortal.events).toContainEqual({
      type: 'actor.quarantined',
      address: '/c',
      why: "the process died 3 times while /c handled 'xstate.init'",
    });

    mortal.deadly.clear();
    await system.reset('/c');
    await mortal.lab.settle();
    expect(mortal.count('begin')).toBe(5);
    expect(system.health().quarantined).toBe(0);
    await mortal.lab.stop(system);
  });

  test('of a spawned actor too, and its parent goes on', async () => {
    const parents = (deed: Deed): AnyRoot => {
      const child = setup({}).createMachine({
        id: 'child',
        context: () => {
          deed('begin');
          return {};
        },
      });
      const parent = setup({
        types: { context: {} as { notes: number }, events: {} as { type: 'make' | 'note' } },
        actors: { child },
      }).createMachine({
        id: 'parent',
        context: { notes: 0 },
        initial: 'idle',
        states: { idle: { on: { make: 'made' } }, made: { invoke: { src: 'child', id: 'child' } } },
        on: { note: { actions: assign({ notes: ({ context }) => context.notes + 1 }) } },
      });
      return supervisor('desk', { backoff: false, children: [actor('a', parent)] }) as AnyRoot;
    };
    const mortal = new Mortal(parents);
    mortal.deadly.add('begin');
    await mortal.live();
    await mortal.die();
    ref(await mortal.live(), '/a')
      .send({ type: 'make' })
      .catch(() => undefined);
    await mortal.lab.settle();

    const system = await mortal.live();
    await mortal.lab.settle();

    expect(mortal.count('begin')).toBe(3);
    expect(system.health().quarantined).toBe(1);
    await ref(system, '/a').send({ type: 'note' }, { until: 'applied' });
    await mortal.lab.stop(system);
  });
});

describe('looking for what kills the process', () => {
  test('costs nothing after an end in order', async () => {
    const counts = watchedStore(memoryStore());
    const mortal = new Mortal(desk, counts.store);
    await mortal.lab.stop(await mortal.live());
    const system = await mortal.live();
    send(system, '/a', 'one', 'two');
    await mortal.lab.settle();
    expect(mortal.done).toEqual(['one', 'two']);
    expect(counts.fills).toBe(0);
    await mortal.lab.stop(system);
  });

  test('ends when the process has outlived twice the one that died', async () => {
    const counts = watchedStore(memoryStore());
    const mortal = new Mortal(desk, counts.store);
    const first = await mortal.live();
    await mortal.lab.advance(50_000);
    send(first, '/a', 'one');
    await mortal.lab.settle();
    await mortal.die();

    const system = await mortal.live();
    send(system, '/a', 'two');
    await mortal.lab.advance(99_000);
    send(system, '/a', 'three');
    await mortal.lab.settle();
    expect(counts.fills).toBe(2);

    await mortal.lab.advance(2_000);
    send(system, '/a', 'four');
    await mortal.lab.settle(); // this one notices that it is time
    send(system, '/a', 'five', 'six');
    await mortal.lab.settle();
    expect(await doneBy(system, '/a')).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
    expect(counts.fills).toBe(3);
    await mortal.lab.stop(system);
  });

  test('lets a long backlog pass in few batches', async () => {
    const length = 10_000;
    const counts = watchedStore(memoryStore());
    const mortal = new Mortal(desk, counts.store);
    const first = await mortal.live();
    await first.pause('/a');
    for (let sent = 0; sent < length; sent += 5_000) {
      for (let n = 0; n < 5_000; n += 1)
        void ref(first, '/a')
          .send({ type: 'do', what: 'x' }, { whenFull: 'wait' })
          .catch(() => 0);
      await mortal.lab.settle();
    }
    await mortal.die();
    counts.writes = 0;

    const second = await mortal.live();
    await second.resume('/a');
    await mortal.lab.settle();

    expect(counts.fills).toBe(mortal.done.length);
    expect(mortal.done.length).toBeGreaterThanOrEqual(10_000);
    expect(counts.writes).toBeLessThan(mortal.done.length / 100);
    await mortal.lab.stop(second);
  });
});
