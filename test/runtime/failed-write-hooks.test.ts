/** A failed write drops the world and not the process: what actors hold outside is released in between. */
import { describe, expect, test } from 'vitest';
import { fromPromise, setup } from 'xstate';
import { actor, memoryStore, pool, supervisor, type System } from '../../src/index.ts';
import { FailingStore } from '../faults/failing-store.ts';
import { codeOf, deferred, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

/** What hooks did, in order. */
type Log = string[];

interface HookWith {
  readonly shutdownMs?: number | 'infinity' | 'brutal_kill';
  /** Its `onStop` lasts until this. */
  readonly until?: Promise<void>;
}

/** Takes a port that only one can have, and gives it back. */
function hooks(log: Log, name: string, { until, shutdownMs = 1_000 }: HookWith = {}) {
  return {
    shutdownMs,
    onStart: () => void log.push(`${name} up`),
    onStop: async ({ reason, signal }: { reason: string; signal: AbortSignal }) => {
      log.push(`${name} ${reason}`);
      signal.addEventListener('abort', () => log.push(`${name} late`));
      await until;
      log.push(`${name} down`);
    },
  };
}

/** Sends a message whose batch fails. */
async function failWrite(lab: Lab, send: () => Promise<unknown>): Promise<string> {
  lab.failNextWrite();
  const sent = codeOf(send());
  await lab.settle();
  return await sent;
}

describe('a failed write', () => {
  test('stops what was up, the last first, before anything is up again', async () => {
    const lab = new Lab();
    const log: Log = [];
    const held = deferred();
    const tree = supervisor('app', {
      children: [
        actor('a', counter, hooks(log, 'a')),
        supervisor('inner', { children: [actor('b', counter, hooks(log, 'b'))] }),
        actor('c', counter, hooks(log, 'c', { until: held.promise })),
      ],
    });
    const system = await lab.open(tree);
    log.length = 0;
    const events = eventsOf(system);
    lab.failNextWrite();
    const sent = codeOf(system.ref('/a').send({ type: 'add', n: 1 }));
    await lab.advance(999);

    expect(log).toEqual(['c store_failed']);
    expect(events.map(({ type }) => type)).toContain('store.failed');
    held.resolve();
    await lab.settle();
    expect(log.slice(1)).toEqual([
      'c down',
      'b store_failed',
      'b down',
      'a store_failed',
      'a down',
      'a up',
      'b up',
      'c up',
    ]);
    expect(await sent).toBe('STORE_WRITE_FAILED');
    expect(await codeOf(system.ref('/a').send({ type: 'add', n: 1 }))).toBe('resolved');
    await lab.stop(system);
    expect(log.filter((line) => line.endsWith(' shutdown'))).toHaveLength(3);
  });

  test('waits for a hook no longer than its shutdownMs, and tells it', async () => {
    const lab = new Lab();
    const log: Log = [];
    const until = new Promise<void>(() => undefined);
    const tree = supervisor('app', {
      children: [
        actor('a', counter, hooks(log, 'a', { shutdownMs: 'brutal_kill' })),
        actor('b', counter, hooks(log, 'b', { until, shutdownMs: 2_000 })),
      ],
    });
    const system = await lab.open(tree);
    log.length = 0;
    await failWrite(lab, () => Promise.resolve(void system.ref('/a').send({ type: 'fail' })));
    await lab.advance(1_999);
    expect(log).toEqual(['b store_failed']);
    await lab.advance(1);
    expect(log.slice(1)).toEqual(['b late', 'a store_failed', 'a down', 'a up', 'b up']);
    await lab.stop(system);
  });

  test('stops the instances of a pool at once', async () => {
    const lab = new Lab();
    const log: Log = [];
    const until = new Promise<void>(() => undefined);
    const tree = supervisor('app', {
      children: [
        actor('last', counter, hooks(log, 'last')),
        pool('clerks', counter, hooks(log, 'clerk', { until })),
      ],
    });
    const system = await lab.open(tree);
    for (const id of ['x', 'y', 'z']) await system.pool('/clerks').startChild(id);
    log.length = 0;
    lab.failNextWrite();
    void system.ref('/last').send({ type: 'add', n: 1 });
    await lab.advance(999);
    expect(log).toEqual(['clerk store_failed', 'clerk store_failed', 'clerk store_failed']);
    await lab.advance(1);
    expect(log).toContain('last down');
    await lab.stop(system);
  });

  test('waits for a hook that ran already, and calls none twice', async () => {
    const lab = new Lab();
    const log: Log = [];
    const held = deferred();
    const tree = supervisor('app', {
      backoff: { minMs: 5_000, maxMs: 5_000, jitter: 'none' },
      children: [
        actor('a', counter, { ...hooks(log, 'a', { until: held.promise }), attemptsMax: 1 }),
        actor('b', counter),
      ],
    });
    const system = await lab.open(tree);
    await system.ref('/a').send({ type: 'fail' });
    await lab.settle();
    expect(log).toEqual(['a up', 'a crash: failed on purpose']);
    lab.failNextWrite();
    void system.ref('/b').send({ type: 'add', n: 1 });
    await lab.settle();
    expect(system.health().status).toBe('recovering');
    const next = watched(system.ref('/b').send({ type: 'add', n: 1 }, { until: 'applied' }));
    await lab.settle();
    expect(next.isSettled).toBe(false);
    held.resolve();
    await lab.settle();
    expect(next.error).toBeUndefined();
    expect(next.isSettled).toBe(true);
    await lab.advance(5_000);
    expect(log.slice(2)).toEqual(['a down', 'a up']);
    await lab.stop(system);
  });

  test('does not abort what runs: the next incarnation has it', async () => {
    const lab = new Lab();
    const log: Log = [];
    const runs: AbortSignal[] = [];
    const done = deferred<string>();
    const worker = setup({
      actors: {
        work: fromPromise(({ signal }) => {
          runs.push(signal);
          return done.promise;
        }),
      },
    }).createMachine({
      id: 'worker',
      initial: 'working',
      states: { working: { invoke: { src: 'work', id: 'w', onDone: 'over' } }, over: {} },
    });
    const tree = supervisor('app', {
      children: [actor('worker', worker, hooks(log, 'w')), actor('b', counter)],
    });
    const system = await lab.open(tree);
    await failWrite(lab, () => system.ref('/b').send({ type: 'add', n: 1 }));

    expect(log).toEqual(['w up', 'w store_failed', 'w down', 'w up']);
    expect(runs.map(({ aborted }) => aborted)).toEqual([false]);
    done.resolve('good');
    await lab.settle();
    expect((await system.ref('/worker').snapshot()).value).toBe('over');
    expect(runs).toHaveLength(1);
    await lab.stop(system);
  });
});

describe('a system that ends by it', () => {
  const never = new Promise<void>(() => undefined);

  test('within stop() gives up a hook that may take for ever, at its deadline', async () => {
    const lab = new Lab();
    const log: Log = [];
    const child = actor('a', counter, hooks(log, 'a', { until: never, shutdownMs: 'infinity' }));
    const system: System = await lab.open(supervisor('app', { children: [child] }));
    lab.failNextWrite();
    void system.ref('/a', counter).send({ type: 'add', n: 1 });
    await lab.advance(3_600_000);
    expect(log).toEqual(['a up', 'a store_failed']);
    const stopped = watched(system.stop({ deadlineMs: 500 }));
    await lab.advance(499);
    expect(stopped.isSettled).toBe(false);
    await lab.advance(1);
    expect(stopped.isSettled).toBe(true);
    expect(log.slice(2)).toEqual(['a late']);
    expect(await system.closed).toMatchObject({ reason: 'store_failed' });
  });

  test('for good has released what it held', async () => {
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const log: Log = [];
    const system = await lab.open(
      supervisor('app', { children: [actor('a', counter, hooks(log, 'a'))] }),
    );
    store.next('fenced');
    void system.ref('/a').send({ type: 'add', n: 1 });
    await lab.settle();
    expect(await system.closed).toMatchObject({ reason: 'store_failed', exitCode: 74 });
    expect(log).toEqual(['a up', 'a store_failed', 'a down']);
  });

  test('before it is up has released what it held', async () => {
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const log: Log = [];
    store.next('landed');
    store.fate = 'lost';
    const opened = lab.open(
      supervisor('app', { children: [actor('a', counter, hooks(log, 'a'))] }),
    );
    expect(await codeOf(opened)).toBe('STORE_WRITE_FAILED');
    expect(log).toEqual(['a up', 'a start_failed', 'a down']);
  });
});
