/** What kills the process: cases that a review found. */
import { describe, expect, test } from 'vitest';
import { assign, sendTo, setup } from 'xstate';
import { actor, at, memoryStore, step, supervisor } from '../../src/index.ts';
import type { RunningTurn } from '../../src/ports/flight-slot.ts';
import type { Store } from '../../src/ports/store.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import { keys } from '../../src/persistence/keyspace.ts';
import { clerk, type Deed, Mortal } from './deadly.ts';
import { all, deferred } from './lab.ts';

interface AnyRef {
  send(event: object, options?: object): Promise<unknown>;
  snapshot(): Promise<{ value: unknown; context: Record<string, unknown> }>;
}

function ref(system: System, address: string): AnyRef {
  return (system as unknown as { ref(address: string): AnyRef }).ref(address);
}

function send(system: System, address: string, what: string): void {
  ref(system, address)
    .send({ type: 'do', what })
    .catch(() => undefined);
}

const desk = (deed: Deed): AnyRoot =>
  supervisor('desk', {
    backoff: false,
    children: [actor('a', clerk(deed)), actor('b', clerk(deed))],
  }) as AnyRoot;

/** Works at `begin` for as long as `after` takes. */
function worker(name: string, deed: Deed, after: (what: string) => Promise<unknown>) {
  const run = async (): Promise<unknown> => {
    deed(name);
    return await after(name);
  };
  return setup({
    types: { context: {} as { result: unknown }, events: {} as { type: 'do'; what: string } },
    actors: { work: step({ run }) as never },
  }).createMachine({
    id: 'worker',
    context: { result: undefined },
    initial: 'idle',
    states: {
      idle: { on: { do: 'working' } },
      working: {
        invoke: {
          src: 'work',
          id: 'work',
          input: undefined,
          onDone: {
            target: 'over',
            actions: assign({ result: ({ event }) => (event as { output?: unknown }).output }),
          },
          onError: {
            target: 'over',
            actions: assign({ result: ({ event }) => (event.error as { code?: string }).code }),
          },
        },
      },
      over: {},
    },
  });
}

const workers =
  (names: readonly string[], after: (what: string) => Promise<unknown>, attemptsMax = 3) =>
  (deed: Deed): AnyRoot =>
    supervisor('desk', {
      backoff: false,
      children: names.map((name) =>
        actor(name, worker(name, deed, after), { attemptsMax }),
      ) as never,
    }) as AnyRoot;

const never = (): Promise<unknown> => new Promise(() => undefined);

async function resultOf(system: System, name: string): Promise<unknown> {
  return (await ref(system, `/${name}`).snapshot()).context['result'];
}

/** Counts what the recorder costs, and can exit. */
interface Watched {
  store: Store;
  fills: number;
  /** As the exit hook does, while a turn runs. */
  exit: () => void;
}

function watched(store: Store): Watched {
  const seen: Watched = { fills: 0, store, exit: () => undefined };
  seen.store = {
    location: store.location,
    open: async (options) => {
      const opened = await store.open(options);
      const flight = {
        ...opened.flight,
        take: (startedMs: number, current: () => RunningTurn | undefined) => {
          opened.flight?.take(startedMs, current);
          seen.exit = () => {
            const turn = current();
            if (turn !== undefined) opened.flight?.fill(turn.uid, turn.position);
          };
        },
        fill: (uid: number, position: number) => {
          seen.fills += 1;
          opened.flight?.fill(uid, position);
        },
      };
      return new Proxy(opened, {
        get: (target, name) => {
          if (name === 'flight') return flight;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
  return seen;
}

describe('a process that follows one that lived for a month', () => {
  test('does not look for what killed it for two months', async () => {
    const seen = watched(memoryStore());
    const mortal = new Mortal(desk, seen.store);
    const first = await mortal.live();
    await mortal.lab.advance(30 * 86_400_000);
    send(first, '/a', 'one');
    await mortal.lab.settle();
    await mortal.die();
    const second = await mortal.live();
    await mortal.lab.advance(3_600_000);
    send(second, '/a', 'two');
    await mortal.lab.settle();
    seen.fills = 0;
    send(second, '/a', 'three');
    await mortal.lab.settle();
    expect(seen.fills).toBe(0);
    await mortal.lab.stop(second);
  });
});

describe('a suspect', () => {
  test('that goes on for ever lets the others go on', async () => {
    const ends = new Map<string, (v: unknown) => void>();
    const mortal = new Mortal(
      workers(['forever', 'other'], (what) =>
        what === 'forever' ? never() : new Promise((resolve) => ends.set(what, resolve)),
      ),
    );
    const first = await mortal.live();
    send(first, '/forever', 'x');
    send(first, '/other', 'x');
    await mortal.lab.advance(1_000);
    await mortal.die();
    await mortal.live();
    await mortal.lab.advance(1_000);
    await mortal.die();
    const system = await mortal.live();
    await mortal.lab.advance(600_000);
    expect(mortal.done.slice(-1)).toEqual(['other']);
    ends.get('other')?.('fine');
    await mortal.lab.settle();
    expect(await resultOf(system, 'other')).toBe('fine');
  });

  test('is no step that ran when a turn exits whose message is not in the store', async () => {
    const seen = watched(memoryStore());
    const forwards = setup({ types: { events: {} as { type: 'do'; what: string } } }).createMachine(
      {
        id: 'forwards',
        on: {
          do: {
            actions: sendTo(
              at('/b') as never,
              ({ event }) => ({ type: 'do', what: event.what }) as never,
            ),
          },
        },
      },
    );
    const mortal = new Mortal(
      (deed) =>
        supervisor('desk', {
          backoff: false,
          children: [
            actor('a', forwards),
            actor('b', clerk(deed)),
            actor('long', worker('long', deed, never), { attemptsMax: 1 }),
          ],
        }) as AnyRoot,
      seen.store,
    );
    const first = await mortal.live();
    send(first, '/long', 'x');
    await mortal.lab.advance(1_000);
    mortal.onDeath = () => seen.exit();
    mortal.deadly.add('kill');
    send(first, '/a', 'kill');
    await mortal.lab.settle();
    expect(mortal.deaths).toBe(1);
    mortal.deadly.clear();
    mortal.onDeath = () => undefined;
    await mortal.live();
    // one more: it would be the last of one that is suspected
    await mortal.die();
    const system = await mortal.live();
    await mortal.lab.settle();
    expect(await all(system.deadLetters.list())).toEqual([]);
    await mortal.lab.kill();
  });

  test('that waits is not forgotten when a run of it that was given up ends at last', async () => {
    const ends = new Map<string, (value: unknown) => void>();
    const mortal = new Mortal(
      workers(['one', 'two'], (what) => new Promise((resolve) => ends.set(what, resolve)), 2),
    );
    const first = await mortal.live();
    send(first, '/one', 'x');
    send(first, '/two', 'x');
    await mortal.lab.advance(1_000);
    await mortal.die();
    const system = await mortal.live();
    expect(mortal.done.slice(2)).toEqual(['one']);
    const endGivenUp = ends.get('one');
    const terminated = system.terminate('/one');
    await mortal.lab.advance(60_000);
    await terminated;
    expect(mortal.done.slice(2)).toEqual(['one', 'two']);
    await system.supervisor('/').restartChild('one');
    await mortal.lab.settle();
    endGivenUp?.('too late');
    await mortal.lab.settle();
    expect(mortal.done.slice(2)).toEqual(['one', 'two']);
    ends.get('two')?.('fine');
    await mortal.lab.settle();
    expect(mortal.done.slice(2)).toEqual(['one', 'two', 'one']);
    ends.get('one')?.('fine too');
    await mortal.lab.settle();
    expect(await resultOf(system, 'one')).toBe('fine too');
    await mortal.lab.stop(system);
  });

  test('that still runs when the store was opened again keeps others waiting', async () => {
    const mortal = new Mortal(workers(['one', 'two'], never));
    const first = await mortal.live();
    send(first, '/one', 'x');
    send(first, '/two', 'x');
    await mortal.lab.advance(1_000);
    await mortal.die();
    await mortal.live();
    await mortal.die();
    const system = await mortal.live();
    expect(mortal.done.slice(4)).toEqual(['one']);
    mortal.lab.failNextWrite();
    await system.pause('/two').catch(() => undefined);
    await mortal.lab.advance(1_000);
    expect(system.health().status).toBe('running');
    expect(mortal.done.slice(4)).toEqual(['one']);
    // it was the one
    await mortal.die();
    const last = await mortal.live();
    await mortal.lab.settle();
    const letters = await all(last.deadLetters.list());
    expect(letters.map(({ address }) => address)).toEqual(['/one']);
    await mortal.lab.kill();
  });
});

describe('a stop that was under way when a write failed', () => {
  test('does not give up what the actor runs after the store was opened again', async () => {
    const runs: ReturnType<typeof deferred<unknown>>[] = [];
    const mortal = new Mortal(
      workers(['one', 'two'], () => {
        const run = deferred<unknown>();
        runs.push(run);
        return run.promise;
      }),
    );
    const system = await mortal.live();
    send(system, '/one', 'x');
    await mortal.lab.advance(1_000);
    system.terminate('/one').catch(() => undefined);
    await mortal.lab.advance(1_000);
    mortal.lab.failNextWrite();
    await system.pause('/two').catch(() => undefined);
    await mortal.lab.advance(1_000);
    expect(system.health().status).toBe('running');
    await system.supervisor('/').restartChild('one');
    // the first run, which does not listen to its signal, is given up
    await system.kill('/one');
    await mortal.lab.advance(1_000);
    expect(runs).toHaveLength(2);
    await mortal.lab.advance(10_000);
    runs[1]?.resolve('fine');
    await mortal.lab.settle();
    expect(await resultOf(system, 'one')).toBe('fine');
    await mortal.lab.stop(system);
  });
});

describe('a store', () => {
  test('of which the row of counted ends is damaged opens, and blames nobody that time', async () => {
    const store = memoryStore();
    const mortal = new Mortal(desk, store);
    await mortal.lab.stop(await mortal.live());
    const opened = await store.open({ storeId: '', lockWaitMs: 0 });
    const batch = opened.batch();
    batch.put(keys.inquest, new Uint8Array([1, 2, 3]));
    await batch.write({ sync: true, batch: opened.highestLanded });
    opened.flight?.finish();
    await opened.close();
    const system = await mortal.live();
    send(system, '/a', 'one');
    await mortal.lab.stop(system);
    const next = await mortal.live();
    expect(next.health()).toMatchObject({ deadLetters: 0, quarantined: 0 });
    await mortal.lab.stop(next);
  });
});

describe('a process whose start takes longer than it would look', () => {
  test('looks until it has met the mail that waited', async () => {
    let startMs = 0;
    const ticker = setup({}).createMachine({
      id: 'ticker',
      context: {},
      initial: 'on',
      states: { on: { after: { 1000: { target: 'on', reenter: true } } } },
    });
    const mortal: Mortal = new Mortal((deed) => {
      const onStart = (): Promise<void> =>
        new Promise((resolve) => mortal.lab.clock.after(startMs, resolve));
      return supervisor('desk', {
        backoff: false,
        children: [
          actor('ticker', ticker),
          actor('slow', clerk(deed), { onStart }),
          actor('b', clerk(deed)),
        ],
      }) as AnyRoot;
    });
    await mortal.boot(1);
    await mortal.die();
    const second = (await mortal.boot(1)) as System;
    mortal.deadly.add('kill');
    send(second, '/b', 'kill');
    await mortal.lab.settle();
    expect(mortal.deaths).toBe(2);
    startMs = 12_000;
    let last: System | undefined;
    while (last === undefined) last = await mortal.boot(15_000);
    expect(mortal.count('kill')).toBe(3);
    expect(await all(last.deadLetters.list())).toMatchObject([{ error: { code: 'PROCESS_DIED' } }]);
    await mortal.lab.stop(last);
  });
});
