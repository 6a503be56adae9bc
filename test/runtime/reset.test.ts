/** The way out of a bad state: a new life with the old mailbox, and the old bytes kept aside. */
import { assign, emit, sendTo, setup, spawnChild } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, at, type DownEvent, pool, step, supervisor, watch } from '../../src/index.ts';
import { createCodec } from '../../src/persistence/codec.ts';
import { keys } from '../../src/persistence/keyspace.ts';
import { packCursor } from '../../src/persistence/records.ts';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import type { Store } from '../../src/ports/store.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { all, codeOf, deferred, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const notebook = setup({
  types: {
    input: {} as { owner: string },
    context: {} as { owner: string; pages: readonly number[] },
    events: {} as { type: 'write'; n: number } | { type: 'spoil' } | { type: 'tear' },
    emitted: {} as { type: 'written'; n: number },
  },
  actors: {
    job: step(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    ),
    helper: counter,
  },
}).createMachine({
  id: 'notebook',
  context: ({ input }) => ({ owner: input.owner, pages: [] }),
  initial: 'whole',
  on: {
    write: {
      actions: [
        assign({ pages: ({ context, event }) => [...context.pages, event.n] }),
        emit(({ event }) => ({ type: 'written', n: event.n })),
      ],
    },
    tear: {
      actions: assign(() => {
        throw new Error('torn');
      }),
    },
  },
  states: {
    whole: { on: { spoil: 'spoilt' } },
    spoilt: {
      invoke: { src: 'job' },
      entry: spawnChild('helper', { id: 'helper' }),
      after: { 60_000: 'whole' },
    },
  },
});

const input = { owner: 'ann' };
const tree = supervisor('app', {
  backoff: false,
  children: [actor('book', notebook, { input }), actor('b', counter)],
});

const write = (system: System, n: number): Promise<unknown> =>
  system.ref('/book', notebook).send({ type: 'write', n });

async function pages(system: System, address = '/book'): Promise<readonly number[]> {
  return (await system.ref(address, notebook).snapshot()).context.pages;
}

/** A process in which the notebook has two pages and is spoilt. */
async function spoilt(lab: Lab, root = tree): Promise<System> {
  const system = (await lab.open(root)) as System;
  await write(system, 1);
  await write(system, 2);
  await system.ref('/book', notebook).send({ type: 'spoil' }, { until: 'applied' });
  await lab.settle();
  return system;
}

describe('a reset', () => {
  test('begins a new life with its input and its mailbox, and without timers, effects and children', async () => {
    const lab = new Lab();
    const system = await spoilt(lab);
    const events = eventsOf(system);
    await system.pause('/book');
    await write(system, 3);
    await lab.settle();
    const resetting = system.reset('/book');
    await system.resume('/book');
    await resetting;
    await lab.settle();

    const { value, context } = await system.ref('/book', notebook).snapshot();
    expect([value, context]).toEqual(['whole', { owner: 'ann', pages: [3] }]);
    expect(await codeOf(system.ref('/book/helper', counter).snapshot())).toBe('ACTOR_NOT_FOUND');
    expect(events).toContainEqual({ type: 'actor.reset', address: '/book' });
    await lab.advance(120_000);
    expect((await system.ref('/book', notebook).snapshot()).value).toBe('whole');
    await lab.kill();
    const second = await lab.open(tree);
    expect(await pages(second)).toEqual([3]);
    await lab.stop(second);
  });

  test('goes on with the positions of messages and emissions', async () => {
    const lab = new Lab();
    const system = await spoilt(lab);
    await system.reset('/book');
    expect(await write(system, 7)).toEqual({ position: 4, duplicate: false });
    await lab.settle();
    const emitted = await all(
      system.ref('/book', notebook).emitted({ from: 1, follow: false }) as AsyncIterable<{
        position: number;
        event: { n: number };
      }>,
    );
    expect(emitted.map(({ position, event }) => [position, event.n])).toEqual([
      [1, 1],
      [2, 2],
      [3, 7],
    ]);
    await lab.stop(system);
  });

  test('keeps what it was aside, the latest five times', async () => {
    const lab = new Lab();
    const system = await spoilt(lab);
    for (let time = 1; time <= 7; time += 1) {
      await write(system, time * 10);
      await lab.advance(1_000);
      await system.reset('/book');
    }
    await lab.settle();
    const lives = await system.formerLives('/book');
    expect(lives.map(({ life }) => life)).toEqual([2, 3, 4, 5, 6]);
    expect(lives[0]).toMatchObject({
      machine: 'notebook',
      version: 1,
      why: undefined,
      state: { status: 'active', value: 'whole', context: { owner: 'ann', pages: [30] } },
    });
    expect(lives[0]?.snapshot).toBeInstanceOf(Uint8Array);
    await lab.stop(system);
  });

  test('stops a running actor in order, and then starts it', async () => {
    const lab = new Lab();
    const steps: string[] = [];
    const hooked = supervisor('app', {
      children: [
        actor('a', counter, {
          onStart: ({ restored }) => void steps.push(`start, ${restored ? 'restored' : 'anew'}`),
          onStop: ({ reason }) => void steps.push(`stop, ${reason}`),
        }),
      ],
    });
    const system = await lab.open(hooked);
    await system.ref('/a').send({ type: 'add', n: 1 }, { until: 'applied' });
    await system.reset('/a');
    expect(steps).toEqual(['start, anew', 'stop, shutdown', 'start, anew']);
    expect((await system.ref('/a').snapshot()).context.total).toBe(0);
    await lab.stop(system);
  });

  test('is done when the process died between the stop and the start', async () => {
    const lab = new Lab();
    const hung = deferred();
    const hooks = { onStop: () => hung.promise, shutdownMs: 'infinity' } as const;
    const hooked = supervisor('app', { children: [actor('a', counter, hooks)] });
    const first = await lab.open(hooked);
    await first.ref('/a').send({ type: 'add', n: 1 }, { until: 'applied' });
    const resetting = watched(first.reset('/a'));
    await lab.settle();
    await first.ref('/a').send({ type: 'add', n: 5 });
    expect(resetting.isSettled).toBe(false);
    await lab.kill();

    const second = await lab.open(hooked);
    await lab.settle();
    expect((await second.ref('/a').snapshot()).context.seen).toEqual([5]);
    expect(await second.formerLives('/a')).toHaveLength(1);
    await lab.kill();
    const third = await lab.open(hooked);
    await lab.settle();
    expect((await third.ref('/a').snapshot()).context.seen).toEqual([5]);
    await lab.kill();
  });

  test('is done or was not, whenever the process dies', async () => {
    const outcomes = new Set<string>();
    for (let writes = 1; writes <= 8; writes += 1) {
      const store = memoryStore();
      const lab = new Lab(killedAfter(store, () => lab, writes));
      const hooked = supervisor('app', {
        children: [actor('a', counter, { onStart: () => undefined, onStop: () => undefined })],
      });
      const first = await Promise.race([lab.open(hooked), hang(lab)]);
      if (first !== undefined) {
        void first.ref('/a').send({ type: 'add', n: 1 });
        await lab.settle();
        const resetting = watched(first.reset('/a'));
        await lab.settle();
        await lab.kill();
        outcomes.add(resetting.isSettled ? 'told' : 'not told');
      }
      const next = new Lab(store);
      const second = await next.open(hooked);
      await next.settle();
      await second.ref('/a').send({ type: 'add', n: 10 }, { until: 'applied' });
      const { seen } = (await second.ref('/a').snapshot()).context;
      const isReset = (await second.formerLives('/a')).length === 1;
      outcomes.add(isReset ? 'reset' : 'not reset');
      expect(isReset ? [[10]] : [[10], [1, 10]]).toContainEqual(seen);
      await next.stop(second);
    }
    expect([...outcomes].sort()).toEqual(['not reset', 'not told', 'reset', 'told']);
  });

  test('of one that is stopped, done, or an instance of a pool starts it', async () => {
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        children: [
          actor('stopped', counter),
          actor('done', counter, { restart: 'transient' }),
          actor('brief', counter, { restart: 'temporary' }),
          pool('many', counter),
        ],
      }),
    );
    await system.pool('/many').startChild('m');
    const addresses = ['/stopped', '/done', '/brief', '/many/m'];
    for (const address of addresses)
      await system.ref(address, counter).send({ type: 'add', n: 1 }, { until: 'applied' });
    await system.supervisor('/').terminateChild('stopped');
    await system.ref('/done').send({ type: 'finish' });
    await lab.settle();
    for (const address of addresses) {
      await system.reset(address);
      await system.ref(address, counter).send({ type: 'add', n: 2 }, { until: 'applied' });
      expect((await system.ref(address, counter).snapshot()).context.seen).toEqual([2]);
    }
    await lab.stop(system);
  });

  test('of a paused actor leaves it paused', async () => {
    const lab = new Lab();
    const system = await spoilt(lab);
    await system.pause('/book');
    await write(system, 3);
    await system.reset('/book');
    await lab.settle();
    const first = watched(system.ref('/book', notebook).snapshot());
    await lab.settle();
    expect(first.isSettled).toBe(false);
    await system.resume('/book');
    await lab.settle();
    expect(await pages(system)).toEqual([3]);
    await lab.stop(system);
  });

  test('is no restart: nothing is counted', async () => {
    const lab = new Lab();
    const strict = supervisor('app', {
      intensity: 0,
      children: [actor('book', notebook, { input })],
    });
    const system = await spoilt(lab, strict as unknown as typeof tree);
    const events = eventsOf(system);
    await system.reset('/book');
    await lab.settle();
    expect(events.filter(({ type }) => type === 'supervisor.decided')).toEqual([]);
    expect(system.health().status).toBe('running');
    await lab.stop(system);
  });

  test('that does not start is told, and the actor stays down', async () => {
    const lab = new Lab();
    let isBroken = false;
    const onStart = (): void => {
      if (isBroken) throw new Error('no port');
    };
    const system = await lab.open(
      supervisor('app', {
        children: [actor('a', counter, { onStart }), pool('many', counter, { onStart })],
      }),
    );
    await system.pool('/many').startChild('m');
    isBroken = true;
    for (const address of ['/a', '/many/m'])
      expect(await codeOf(system.reset(address))).toBe('SUPERVISOR_START_FAILED');
    const shown = await system.supervisor('/many').whichChildren();
    expect(shown).toMatchObject({ children: [{ id: 'm', state: 'quarantined' }] });
    isBroken = false;
    for (const address of ['/a', '/many/m']) {
      await system.reset(address);
      await system.ref(address, counter).send({ type: 'add', n: 2 }, { until: 'applied' });
      expect((await system.ref(address, counter).snapshot()).context.seen).toEqual([2]);
    }
    await lab.stop(system);
  });

  test('is refused for supervisors, for nobody, and below a supervisor that is down', async () => {
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        children: [supervisor('s', { children: [actor('a', counter)] }), pool('p', counter)],
      }),
    );
    await lab.settle();
    const codes = async (...addresses: string[]): Promise<string[]> =>
      await Promise.all(addresses.map((address) => codeOf(system.reset(address))));
    expect(await codes('/', '/s', '/p', '/s/nobody', '/p/nobody', '/x/y', 's')).toEqual([
      'OPTION_INVALID',
      'OPTION_INVALID',
      'OPTION_INVALID',
      'ACTOR_NOT_FOUND',
      'ACTOR_NOT_FOUND',
      'ACTOR_NOT_FOUND',
      'ADDRESS_INVALID',
    ]);
    await system.supervisor('/').terminateChild('s');
    expect(await codes('/s/a')).toEqual(['ACTOR_NOT_RUNNING']);
    await lab.stop(system);
  });
});

describe('a reset of a quarantined actor', () => {
  test('whose snapshot cannot be read runs again, in this process and the next', async () => {
    const store = memoryStore();
    const lab = new Lab(store);
    const first = await spoilt(lab);
    await write(first, 3);
    await lab.settle();
    await lab.kill();
    await spoil(store, keys.snapshot(2));
    const second = await lab.open(tree);
    await lab.settle();
    expect(await codeOf(pages(second))).toBe('ACTOR_QUARANTINED');

    await second.reset('/book');
    await write(second, 8);
    await lab.settle();
    expect(await pages(second)).toEqual([8]);
    expect(await codeOf(second.ref('/book/helper', counter).snapshot())).toBe('ACTOR_NOT_FOUND');
    const [former] = await second.formerLives('/book');
    expect(former).toMatchObject({ state: undefined, why: expect.stringContaining('snapshot') });
    const positions = await all(
      second.ref('/book', notebook).emitted({ from: 1, follow: false }) as AsyncIterable<{
        position: number;
      }>,
    );
    expect(positions.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    await lab.kill();

    const third = await lab.open(tree);
    expect(await pages(third)).toEqual([8]);
    expect(third.health()).toMatchObject({ status: 'running' });
    await lab.stop(third);
  });

  test('whose mailbox and cursor do not fit each other takes what is in the mailbox', async () => {
    const store = memoryStore();
    const lab = new Lab(store);
    const first = (await lab.open(tree)) as System;
    await write(first, 1);
    await lab.settle();
    await first.pause('/book');
    await write(first, 3);
    await lab.stop(first);
    const codec = createCodec({ writeRef: (ref) => ref, readRef: (data) => data as object });
    await edit(
      store,
      keys.cursor(2),
      codec.encode(packCursor({ head: 9, emissions: 3, turns: 3 })),
    );
    const second = await lab.open(tree);
    await lab.settle();
    await second.resume('/book');
    expect(await codeOf(pages(second))).toBe('ACTOR_QUARANTINED');
    await second.reset('/book');
    await lab.settle();
    expect(await pages(second)).toEqual([3]);
    await second.pause('/book');
    await write(second, 4);
    await lab.kill();
    const third = await lab.open(tree);
    await third.resume('/book');
    await lab.settle();
    expect(await pages(third)).toEqual([3, 4]);
    await lab.stop(third);
  });

  test('whose snapshot does not fit begins with the code there is', async () => {
    const lab = new Lab();
    const first = await spoilt(lab);
    await first.stop();
    const newer = supervisor('app', {
      children: [actor('book', notebook, { input, version: 2 }), actor('b', counter)],
    });
    const second = await lab.open(newer);
    await lab.settle();
    expect(await codeOf(pages(second))).toBe('ACTOR_QUARANTINED');
    await second.reset('/book');
    await write(second, 8);
    await lab.settle();
    await lab.kill();
    const third = await lab.open(newer);
    expect(await pages(third)).toEqual([8]);
    expect(await third.formerLives('/book')).toMatchObject([
      { version: 1, state: { value: 'spoilt', context: { pages: [1, 2] } } },
    ]);
    await lab.stop(third);
  });

  test('is refused when nobody can say what it is', async () => {
    const store = memoryStore();
    const lab = new Lab(store);
    await spoilt(lab);
    await lab.kill();
    await spoil(store, keys.birth(2));
    const second = await lab.open(tree);
    await lab.settle();
    expect(await codeOf(second.reset('/book'))).toBe('ACTOR_QUARANTINED');
    await lab.stop(second);
  });

  test('that its supervisor quarantined runs again below it', async () => {
    const lab = new Lab();
    const careful = supervisor('app', {
      backoff: false,
      intensity: 1,
      intensityScope: 'child',
      onExceeded: 'quarantine',
      attemptsMax: 1,
      children: [actor('book', notebook, { input })],
    });
    const system = (await lab.open(careful)) as System;
    await write(system, 1);
    for (const _ of [1, 2, 3]) await system.ref('/book', notebook).send({ type: 'tear' });
    await lab.settle();
    const shown = async (): Promise<unknown> => {
      const answer = await system.supervisor('/').whichChildren();
      return answer.ok ? answer.children[0]?.state : answer;
    };
    expect(await shown()).toBe('quarantined');

    await system.reset('/book');
    await write(system, 2);
    await lab.settle();
    expect(await shown()).toBe('running');
    expect(await pages(system)).toEqual([2]);
    const [former] = await system.formerLives('/book');
    expect(former).toMatchObject({ why: expect.any(String), state: { context: { pages: [1] } } });
    await lab.kill();
    const second = await lab.open(careful);
    expect(await pages(second as System)).toEqual([2]);
    await lab.stop(second);
  });
});

describe('a reset of what a machine invoked', () => {
  const parent = setup({
    types: { events: {} as { type: 'pass'; n: number } },
    actors: { kid: notebook },
  }).createMachine({
    id: 'parent',
    invoke: { src: 'kid', id: 'kid', input: { owner: 'bob' } },
    on: { pass: { actions: sendTo('kid', ({ event }) => ({ type: 'write', n: event.n })) } },
  });
  const family = supervisor('app', { children: [actor('parent', parent)] });
  const kid = '/parent/kid';

  test('begins it anew; its parent goes on with it', async () => {
    const lab = new Lab();
    const system = (await lab.open(family)) as System;
    await lab.settle();
    await system.ref(kid, notebook).send({ type: 'write', n: 1 }, { until: 'applied' });
    await system.ref(kid, notebook).send({ type: 'spoil' }, { until: 'applied' });
    await system.reset(kid);
    await system.ref('/parent', parent).send({ type: 'pass', n: 2 }, { until: 'applied' });
    await lab.settle();
    expect(await pages(system, kid)).toEqual([2]);
    expect(await system.formerLives(kid)).toMatchObject([{ state: { value: 'spoilt' } }]);
    await lab.kill();
    const second = (await lab.open(family)) as System;
    expect(await pages(second, kid)).toEqual([2]);
    await lab.stop(second);
  });

  test('is refused when it has ended', async () => {
    const lab = new Lab();
    const host = setup({ actors: { kid: counter } }).createMachine({
      id: 'host',
      invoke: { src: 'kid', id: 'kid' },
    });
    const system = await lab.open(supervisor('app', { children: [actor('host', host)] }));
    await lab.settle();
    await system.ref('/host/kid', counter).send({ type: 'finish' });
    await lab.settle();
    expect(await codeOf(system.reset('/host/kid'))).toBe('ACTOR_NOT_RUNNING');
    await lab.stop(system);
  });

  test('is refused when the code has it no more', async () => {
    const lab = new Lab();
    const first = await lab.open(family);
    await lab.settle();
    await lab.stop(first);
    const childless = setup({}).createMachine({ id: 'parent' });
    const second = await lab.open(supervisor('app', { children: [actor('parent', childless)] }));
    await lab.settle();
    expect(await codeOf(second.reset(kid))).toBe('ACTOR_QUARANTINED');
    await lab.stop(second);
  });
});

test('who watches an actor hears that what it was has ended', async () => {
  const watcher = setup({
    types: {
      context: {} as { heard: readonly string[] },
      events: {} as { type: 'watch'; address: string } | DownEvent,
    },
  }).createMachine({
    id: 'watcher',
    context: { heard: [] },
    on: {
      watch: { actions: watch(({ event }) => at(event.address)) },
      'perdure.down': {
        actions: assign({
          heard: ({ context, event }) => [
            ...context.heard,
            `${event.address} ${event.reason.kind}`,
          ],
        }),
      },
    },
  });
  const host = setup({ actors: { kid: counter } }).createMachine({
    id: 'host',
    invoke: { src: 'kid', id: 'kid' },
  });
  const lab = new Lab();
  const system = await lab.open(
    supervisor('app', {
      children: [actor('watcher', watcher), actor('a', counter), actor('host', host)],
    }),
  );
  await lab.settle();
  for (const address of ['/a', '/host/kid']) {
    await system.ref('/watcher').send({ type: 'watch', address }, { until: 'applied' });
    await system.reset(address);
  }
  await lab.settle();
  expect((await system.ref('/watcher').snapshot()).context.heard).toEqual([
    '/a shutdown',
    '/host/kid shutdown',
  ]);
  await lab.stop(system);
});

async function hang(lab: Lab): Promise<undefined> {
  await lab.settle();
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  return undefined;
}

/** A store whose process is killed when the n-th batch has landed. */
function killedAfter(store: Store, lab: () => Lab, writes: number): Store {
  let count = 0;
  return {
    location: store.location,
    open: async (options) => {
      const opened = await store.open(options);
      return new Proxy(opened, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target);
          if (name !== 'batch') return typeof value === 'function' ? value.bind(target) : value;
          return () => {
            const batch = target.batch();
            return {
              put: batch.put.bind(batch),
              del: batch.del.bind(batch),
              write: async (how: Parameters<typeof batch.write>[0]) => {
                const verdict = await batch.write(how);
                count += 1;
                if (count === writes) await lab().kill();
                return verdict;
              },
            };
          };
        },
      });
    },
  };
}

/** Flips a byte of a row. */
async function spoil(store: Store, key: string): Promise<void> {
  const opened = await store.open({ storeId: 'x', lockWaitMs: 0 });
  const bytes = opened.get(key);
  if (bytes === undefined) throw new Error(`there is no row ${key}`);
  const broken = Uint8Array.from(bytes);
  broken[broken.length - 1] = (broken[broken.length - 1] ?? 0) ^ 0xff;
  await opened.close();
  await edit(store, key, broken);
}

async function edit(store: Store, key: string, bytes: Uint8Array): Promise<void> {
  const opened = await store.open({ storeId: 'x', lockWaitMs: 0 });
  const batch = opened.batch();
  batch.put(key, bytes);
  await batch.write({ sync: false, batch: 0 });
  await opened.close();
}
