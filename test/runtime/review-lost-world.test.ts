/** A world that is dropped: nobody is left waiting, and what it held does not stand in for the next one's. */
import { createMachine, fromPromise, setup } from 'xstate';
import { expect, test } from 'vitest';
import { actor, memoryStore, pool, supervisor } from '../../src/index.ts';
import { FailingStore } from '../faults/failing-store.ts';
import { codeOf, deferred, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const AT_ONCE = { backoff: false } as const;

test('a caller of a pool hears that the world that served him is gone', async () => {
  const store = new FailingStore(memoryStore());
  const lab = new Lab(store);
  const signals: AbortSignal[] = [];
  const tree = supervisor('app', {
    ...AT_ONCE,
    children: [
      actor('a', counter),
      pool('slow', counter, {
        ...AT_ONCE,
        onStart: ({ signal }) => {
          signals.push(signal);
          return signals.length === 1 ? new Promise<void>(() => undefined) : undefined;
        },
      }),
    ],
  });
  const system = await lab.open(tree);
  const started = watched(system.pool('/slow').startChild('1'));
  await lab.settle();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  store.next('lost');
  expect(await codeOf(system.ref('/a').send({ type: 'add', n: 1 }))).toBe('STORE_WRITE_FAILED');
  await lab.advance(1_000);
  expect(started).toMatchObject({ isSettled: true, error: { code: 'STORE_WRITE_FAILED' } });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  // the request was durable: it is served
  expect(await codeOf(system.ref('/slow/1').send({ type: 'add', n: 1 }))).toBe('resolved');
  await lab.stop(system);
});

test('a listener to the failure may call at once: it waits for the next world', async () => {
  const store = new FailingStore(memoryStore());
  const lab = new Lab(store);
  const system = await lab.open(supervisor('app', { children: [actor('a', counter)] }));
  const sent: ReturnType<typeof watched>[] = [];
  system.events.on('system.status', ({ status }) => {
    if (status === 'recovering') sent.push(watched(system.ref('/a').send({ type: 'add', n: 5 })));
  });
  store.next('lost');
  expect(await codeOf(system.ref('/a').send({ type: 'add', n: 1 }))).toBe('STORE_WRITE_FAILED');
  await lab.advance(1_000);
  expect(sent).toMatchObject([{ isSettled: true, value: { duplicate: false } }]);
  await lab.stop(system);
});

test('a stop that meets a failing store ends with it, not at its deadline', async () => {
  const store = new FailingStore(memoryStore());
  const lab = new Lab(store);
  const slow = deferred();
  const child = actor('a', counter, { onStop: () => slow.promise, shutdownMs: 'infinity' });
  const system = await lab.open(supervisor('app', { children: [child] }));
  store.fate = 'lost';
  const sent = codeOf(system.ref('/a').send({ type: 'add', n: 1 }));
  const stopped = watched(system.stop());
  await lab.settle();
  expect(stopped.isSettled).toBe(true);
  expect(await sent).toBe('STORE_WRITE_FAILED');
  expect(await system.closed).toMatchObject({ reason: 'store_failed' });
});

test('a send that never lands because the system breaks off is refused', async () => {
  const store = new FailingStore(memoryStore());
  const lab = new Lab(store);
  const system = await lab.open(supervisor('app', { children: [actor('a', counter)] }));
  const held = store.hold('landed');
  const sent = watched(system.ref('/a').send({ type: 'add', n: 1 }));
  await held.reached;
  const stopping = system.stop({ deadlineMs: 10 });
  await lab.advance(100);
  await stopping;
  held.go();
  await lab.settle();
  expect(sent).toMatchObject({ isSettled: true, error: { code: 'SYSTEM_STOPPING' } });
});

test('an actor whose code lacks what it runs is quarantined; the others go on', async () => {
  const lab = new Lab();
  const machineWith = (src: string) =>
    setup({ actors: { [src]: fromPromise(() => new Promise(() => undefined)) } }).createMachine({
      id: 'worker',
      initial: 'busy',
      states: { busy: { invoke: { id: 'job', src } } },
    } as never);
  const treeWith = (src: string) =>
    supervisor('app', {
      ...AT_ONCE,
      children: [actor('worker', machineWith(src)), actor('a', counter)],
    });
  const first = await lab.open(treeWith('fetch'));
  await first.ref('/a').send({ type: 'add', n: 1 });
  await lab.kill();
  const second = await lab.open(treeWith('load'));
  await lab.settle();
  expect(second.health()).toMatchObject({ live: true, quarantined: 1 });
  expect(await codeOf(second.ref('/a').send({ type: 'add', n: 1 }))).toBe('resolved');
  await lab.kill();
  const third = await lab.open(treeWith('fetch'));
  await lab.settle();
  expect(third.health().quarantined).toBe(0);
  await lab.stop(third);
});

test('an actor that has ended for now leaves nothing running below it', async () => {
  const lab = new Lab();
  const child = createMachine({
    id: 'ticker',
    initial: 'a',
    states: { a: { after: { 100: 'b' } }, b: { after: { 100: 'a' } } },
  });
  const parent = setup({
    actors: { child },
    types: { events: {} as { type: 'leave' } },
  }).createMachine({
    id: 'parent',
    invoke: { id: 'child', src: 'child' },
    on: { leave: { actions: 'leave' } },
  } as never);
  const { exit } = await import('../../src/index.ts');
  const leaving = parent.provide({ actions: { leave: exit('shutdown') } } as never);
  const tree = supervisor('app', {
    ...AT_ONCE,
    children: [actor('p', leaving, { restart: 'transient' })],
  });
  const system = await lab.open(tree);
  const ref = system.ref('/p' as never) as never as { send(event: object): Promise<unknown> };
  await ref.send({ type: 'leave' });
  await lab.settle();
  const below = system.ref('/p/child' as never, child);
  const before = (await below.snapshot()).value;
  await lab.advance(150);
  expect((await below.snapshot()).value).toEqual(before);
  await lab.stop(system);
});
