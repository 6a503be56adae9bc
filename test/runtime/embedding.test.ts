/** What a host may rely on (`createSystem` with the real drivers, in this process). */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { assign, emit, fromPromise, setup } from 'xstate';
import {
  type AnyChild,
  actor,
  createSystem,
  memoryStore,
  pool,
  stopOnSignals,
  type SupervisorSpec,
  type System,
  type SystemOptions,
  supervisor,
} from '../../src/index.ts';
import { codeOf } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', { backoff: false, children: [actor('counter', counter)] });

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // the warnings of these trees are of no interest
}
function openQuietly<const R extends SupervisorSpec<string, readonly AnyChild[]>>(
  options: SystemOptions<R>,
): Promise<System<R>> {
  return createSystem({ ...options, logger: silent });
}

const directories: string[] = [];
function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'perdure-embedding-'));
  directories.push(made);
  return made;
}
afterEach(() => {
  for (const made of directories.splice(0)) rmSync(made, { recursive: true, force: true });
});

const request = new AsyncLocalStorage<string>();

/** Notes in which async context each part of the user's code ran. */
function spy(contexts: Record<string, string>) {
  const note = (where: string): string => (contexts[where] = request.getStore() ?? 'none');
  const machine = setup({
    types: {
      context: {} as { where: string },
      events: {} as { type: 'go' },
      emitted: {} as { type: 'went' },
    },
    actors: { work: fromPromise(async () => note('promise')) },
    actions: { act: () => void note('action') },
    guards: { may: () => note('guard') !== '' },
  }).createMachine({
    id: 'spy',
    context: () => ({ where: note('context') }),
    initial: 'idle',
    states: {
      idle: { on: { go: { guard: 'may', target: 'busy' } } },
      busy: {
        entry: ['act', assign({ where: () => note('assign') }), emit({ type: 'went' })],
        invoke: { src: 'work', onDone: 'over' },
        after: { 5: {} },
      },
      over: {},
    },
  });
  const hooks = { onStart: () => void note('onStart'), onStop: () => void note('onStop') };
  return { machine, hooks, note };
}

describe('a system', () => {
  test('installs no handlers on the process but one that notes at exit which turn ran', async () => {
    const listeners = (): [string | symbol, number][] =>
      process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const before = listeners();
    const system = await openQuietly({ root: tree, store: directory() });
    await system.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
    expect(listeners()).toEqual([...before, ['exit', 1]]);
    await system.stop();
    expect(listeners()).toEqual(before);
  });

  test('runs user code in the async context of createSystem, never in that of a request', async () => {
    const contexts: Record<string, string> = {};
    const { machine, hooks, note } = spy(contexts);
    const root = supervisor('app', {
      children: [actor('a', machine, hooks), pool('pool', machine)],
    });
    const system = await request.run('system', () => openQuietly({ root, store: memoryStore() }));
    for (const where of ['context', 'onStart']) expect(contexts[where]).toBe('system');
    await request.run('request', async () => {
      const instance = await system.pool('/pool').ensureChild('1');
      expect(contexts['context']).toBe('system');
      instance.on('went', () => void note('listener'));
      await instance.send({ type: 'go' });
      await instance.waitFor((snapshot) => snapshot.matches('over'));
      await system.stop();
    });
    const rest = ['guard', 'assign', 'action', 'promise', 'listener', 'onStop'];
    for (const where of rest) expect([where, contexts[where]]).toEqual([where, 'system']);
  });

  test('shares nothing with another one in the same process', async () => {
    const stores = [memoryStore(), memoryStore()] as const;
    const one = await openQuietly({ root: tree, store: stores[0] });
    const two = await openQuietly({ root: tree, store: stores[1] });
    const heard: string[] = [];
    two.events.on('*', ({ type }) => heard.push(type));
    two.ref('/counter').on('*', ({ type }) => heard.push(type));
    await one.ref('/counter').send({ type: 'add', n: 1 }, { key: 'k', until: 'applied' });
    await one.ref('/counter').send({ type: 'fail' });
    await one.stop();
    expect(heard).toEqual([]);
    expect((await two.ref('/counter').snapshot()).context.total).toBe(0);
    expect(await two.ref('/counter').send({ type: 'add', n: 1 }, { key: 'k' })).toEqual({
      position: 1,
      duplicate: false,
    });
    await two.stop();
  });

  test('refuses a store that another one holds, and takes it when that has stopped', async () => {
    const store = directory();
    const one = await openQuietly({ root: tree, store });
    expect(await codeOf(openQuietly({ root: tree, store }))).toBe('STORE_LOCKED');
    const waiting = openQuietly({ root: tree, store: { directory: store, lockWaitMs: 20_000 } });
    await one.ref('/counter').send({ type: 'add', n: 1 });
    await one.stop();
    const two = await waiting;
    expect((await two.ref('/counter').snapshot()).context.total).toBe(1);
    await two.stop();
  });

  test('says in closed why it ended; that never rejects', async () => {
    const system = await openQuietly({ root: tree, store: memoryStore() });
    await Promise.all([system.stop(), system.stop()]);
    expect(await system.closed).toEqual({ reason: 'stopped', exitCode: 0 });
    await system.stop();
    const child = actor('counter', counter, { attemptsMax: 1 });
    const root = supervisor('app', { backoff: false, intensity: 0, children: [child] });
    const failing = await openQuietly({ root, store: memoryStore() });
    void failing.ref('/counter').send({ type: 'fail' });
    expect(await failing.closed).toMatchObject({ reason: 'root_ended', exitCode: 70 });
  });

  test('stops by its AbortSignal', async () => {
    const abort = new AbortController();
    const { signal } = abort;
    const system = await openQuietly({ root: tree, store: memoryStore(), signal });
    abort.abort();
    expect(await system.closed).toEqual({ reason: 'stopped', exitCode: 0 });
    await expect(openQuietly({ root: tree, store: memoryStore(), signal })).rejects.toThrow(
      'aborted',
    );
  });

  test('stops by its AbortSignal also while it opens', async () => {
    const abort = new AbortController();
    const child = actor('a', counter, { onStart: () => abort.abort() });
    const root = supervisor('app', { children: [child] });
    const store = memoryStore();
    const system = await openQuietly({ root, store, signal: abort.signal });
    expect(await system.closed).toEqual({ reason: 'stopped', exitCode: 0 });
  });

  test('stops at the end of an await using block', async () => {
    const store = directory();
    const open = async (): Promise<number> => {
      await using system = await openQuietly({ root: tree, store });
      await system.ref('/counter').send({ type: 'add', n: 3 });
      return await system.ref('/counter').ask({ type: 'total' });
    };
    expect(await open()).toBe(3);
    expect(await open()).toBe(6);
  });

  test('tells its health', async () => {
    const system = await openQuietly({ root: tree, store: memoryStore() });
    expect(system.health()).toEqual({
      live: true,
      ready: true,
      status: 'running',
      quarantined: 0,
      deadLetters: 0,
      orphans: [],
      paused: [],
    });
    const stopped = system.stop();
    expect(system.health()).toMatchObject({ ready: false, status: 'stopping' });
    await stopped;
    expect(system.health()).toMatchObject({ live: false, ready: false, status: 'closed' });
  });

  test('refuses options that it does not know', async () => {
    const options = { root: tree, store: memoryStore(), durabillity: 'os' };
    expect(await codeOf(openQuietly(options as never))).toBe('OPTION_INVALID');
    expect(await codeOf(openQuietly({ root: tree, store: '' }))).toBe('OPTION_INVALID');
  });
});

describe('stopOnSignals', () => {
  test('stops the system, after what is to be done before, and takes its handlers away', async () => {
    const system = await openQuietly({ root: tree, store: memoryStore() });
    const before = process.listenerCount('SIGUSR2');
    const order: string[] = [];
    stopOnSignals(system, {
      signals: ['SIGUSR2'],
      before: () => void order.push(`before: ${system.health().status}`),
    });
    expect(process.listenerCount('SIGUSR2')).toBe(before + 1);
    process.kill(process.pid, 'SIGUSR2');
    expect(await system.closed).toEqual({ reason: 'stopped', exitCode: 0 });
    await new Promise(setImmediate);
    expect(order).toEqual(['before: running']);
    expect(process.listenerCount('SIGUSR2')).toBe(before);
  });

  test('can be taken back', async () => {
    const system = await openQuietly({ root: tree, store: memoryStore() });
    const before = process.listenerCount('SIGTERM');
    const handle = stopOnSignals(system);
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    handle[Symbol.dispose]();
    expect(process.listenerCount('SIGTERM')).toBe(before);
    await system.stop();
  });
});
