import { AsyncLocalStorage } from 'node:async_hooks';
import { assign, sendTo, setup, stopChild as stop } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, at, exit, link, pool, poolAt, startChild, supervisor, template } from '../../src/index.ts';
import { codeOf, deferred, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const quiet = async (lab: Lab, p: Promise<unknown>, ms = 60_000) => { const w = watched(p); await lab.advance(ms); return w; };
void quiet; void startChild; void stop; void poolAt; void sendTo;

describe('probe', () => {
  test('S8 pool has room for as many as it may after another process', async () => {
    const lab = new Lab();
    const tree = supervisor('app', { children: [pool('p', counter, { childrenMax: 2 })] });
    const first = await lab.open(tree);
    await first.pool('/p', counter).startChild('a');
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    expect(await codeOf(second.pool('/p', counter).startChild('b'))).toBe('resolved');
    await lab.stop(second);
  });

  test('S47 one that is starting takes one place', async () => {
    const lab = new Lab();
    const gate = deferred();
    const tree = supervisor('app', { children: [pool('p', counter, { childrenMax: 2, onStart: () => gate.promise })] });
    const first = await lab.open(tree);
    const a = first.pool('/p', counter).startChild('a');
    const b = codeOf(first.pool('/p', counter).startChild('b'));
    await lab.settle();
    gate.resolve();
    await a;
    expect(await b).toBe('resolved');
    await lab.stop(first);
  });

  test('S9 kill below a terminated supervisor', async () => {
    const lab = new Lab();
    const stops: string[] = [];
    const tree = supervisor('app', { children: [supervisor('s', { children: [actor('c', counter, { onStop: ({ reason }) => { stops.push(reason); } })] })] });
    const system = await lab.open(tree);
    await system.supervisor('/').terminateChild('s');
    expect(stops.length).toBe(1);
    const code = await codeOf(system.kill('/s/c'));
    await system.supervisor('/').restartChild('s');
    await system.supervisor('/').terminateChild('s');
    expect(stops.length).toBe(2);
    expect(code).toBe('ACTOR_NOT_RUNNING');
    await lab.stop(system);
  });

  test('S12 boot: a later supervisor answers before resumed', async () => {
    const lab = new Lab();
    const order: string[] = [];
    const talker = setup({ types: { events: {} as { type: 'go' } } }).createMachine({
      id: 'talker', on: { go: { actions: sendTo(at('/s/c'), { type: 'add', n: 1 }) } },
    });
    let gate: Promise<void> = Promise.resolve();
    const noted = setup({ types: { context: {} as { n: number }, events: {} as { type: 'add'; n: number } } }).createMachine({
      id: 'noted', context: { n: 0 }, on: { add: { actions: assign(({ context }) => { order.push('turn'); return { n: context.n + 1 }; }) } },
    });
    let timed = setup({ types: { events: {} as { type: 'x' } } }).createMachine({
      id: 'timed', initial: 'a', states: { a: { after: { 5000: 'b' } }, b: { entry: sendTo(at('/s/c'), { type: 'add', n: 1 }), after: { 5000: 'a' } } },
    });
    const tree = supervisor('app', { children: [actor('t', timed), actor('slow', counter, { onStart: () => gate }), supervisor('s', { children: [actor('c', noted, { onStart: () => { order.push('onStart'); } })] })] });
    void talker;
    const first = await lab.open(tree);
    await lab.settle();
    await lab.kill();
    order.length = 0;
    await lab.advance(6000);
    const d = deferred();
    gate = d.promise;
    const opening = lab.open(tree);
    await lab.advance(100);
    order.push('gate');
    d.resolve();
    const second = await opening;
    await lab.settle();
    expect(order).toEqual(['gate', 'onStart', 'turn']);
    await lab.stop(second);
    void first; timed = timed;
  });

  test('S12b rest_for_one resume failing: the supervisor after it is down, its actors take no turn', async () => {
    const lab = new Lab();
    const seen: string[] = [];
    let fails = false;
    const noted = setup({ types: { context: {} as { n: number }, events: {} as { type: 'add'; n: number } } }).createMachine({
      id: 'noted', context: { n: 0 }, initial: 'a', states: { a: { after: { 5000: { target: 'a', reenter: true, actions: () => { } } }, entry: assign(({ context }) => { seen.push('turn'); return { n: context.n + 1 }; }) } },
    });
    const tree = supervisor('app', { strategy: 'rest_for_one', backoff: { minMs: 20_000, maxMs: 20_000, jitter: 'none' }, intensity: 100, children: [
      actor('slow', counter, { onStart: () => { if (fails) throw new Error('no'); } }), supervisor('s', { children: [actor('c', noted)] })] });
    await lab.open(tree);
    await lab.settle();
    await lab.kill();
    seen.length = 0;
    fails = true;
    await lab.advance(6000);
    const second = await lab.open(tree);
    await lab.advance(100);
    expect(await second.supervisor('/').whichChildren()).toMatchObject({ children: [{ id: 's', state: 'undefined' }, { id: 'slow', state: 'restarting' }] });
    expect(seen).toEqual([]);
    expect(await second.supervisor('/s').whichChildren()).toEqual({ ok: false, error: 'noproc' });
    expect(await codeOf(second.kill('/s'))).toBe('ACTOR_NOT_RUNNING');
    fails = false;
    await lab.stop(second);
  });

  test('S12c terminate grand, die in the middle', async () => {
    const lab = new Lab();
    const d = deferred();
    const tree = supervisor('app', { children: [supervisor('p', { children: [supervisor('q', { children: [actor('c', counter)] , templates: [template('t', counter)]}), actor('late', counter, { shutdownMs: 'infinity', onStop: () => d.promise })] })] });
    const first = await lab.open(tree);
    void first.supervisor('/').terminateChild('p');
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    await lab.settle();
    const root = await second.supervisor('/').whichChildren();
    expect(root).toMatchObject({ children: [{ id: 'p', state: 'undefined' }] });
    const w = watched(second.supervisor('/p/q').startChild('x'));
    await lab.settle();
    expect(w.value).toEqual({ ok: false, error: 'noproc' });
    expect(await codeOf(second.kill('/p'))).toBe('ACTOR_NOT_RUNNING');
    expect(await codeOf(second.kill('/p/q/c'))).toBe('ACTOR_NOT_RUNNING');
    expect(await second.supervisor('/').restartChild('p')).toMatchObject({ ok: true });
    expect(await second.supervisor('/p/q').whichChildren()).toMatchObject({ children: [{ id: 'c', state: 'running' }] });
    await lab.stop(second);
  });

  test('S16 link to nobody in the middle of a turn, restartFrom initial', async () => {
    const lab = new Lab();
    const m = setup({ types: { context: {} as { k: Map<string, number> }, events: {} as { type: 'go' } | { type: 'end' } } }).createMachine({
      id: 'm', context: { k: new Map() }, initial: 'a',
      states: { a: { on: { go: { actions: [link(at('/nobody')), sendTo(at('/c'), { type: 'add', n: 1 })] }, end: { target: 'b', actions: link(at('/nobody')) } } }, b: { type: 'final' } },
    });
    const tree = supervisor('app', { backoff: false, intensity: 100, children: [actor('c', counter), actor('m', m, { restartFrom: 'initial' })] });
    const system = await lab.open(tree);
    const events = eventsOf(system);
    void system.ref('/m', m).send({ type: 'go' });
    await lab.settle();
    expect(system.health().status).toBe('running');
    void system.ref('/m', m).send({ type: 'end' });
    await lab.advance(1000);
    expect(system.health().status).toBe('running');
    expect(events.filter((e) => e.type === 'actor.exited').length).toBe(2);
    expect(events.filter((e) => e.type === 'actor.started').length).toBe(2);
    await lab.stop(system);
  });

  test('S48 nested first turns', async () => {
    const lab = new Lab();
    const inner = counter;
    const a = setup({ types: {} }).createMachine({ id: 'a', initial: 'x', states: { x: { entry: [startChild(poolAt('/p2') as never, 'b' as never) as never, exit('shutdown')] } } });
    const tree = supervisor('app', { children: [pool('p2', inner), pool('p1', a as never, { restart: 'temporary' })] });
    const system = await lab.open(tree);
    const events = eventsOf(system);
    expect(await codeOf(system.pool('/p1').startChild('a'))).toBe('resolved');
    await lab.settle();
    expect(events.filter((e) => 'address' in e && e.address === '/p1/a').map((e) => e.type)).toEqual(['actor.started', 'actor.exited']);
    await lab.stop(system);
  });

  test('S15 a long chain of links', async () => {
    const lab = new Lab();
    const m = setup({ types: { input: {} as { to: string }, context: {} as { to: string }, events: {} as { type: 'go' } } }).createMachine({
      id: 'm', context: ({ input }) => ({ to: input.to }), entry: link(({ context }) => at(context.to)), on: { go: { actions: exit('shutdown') } },
    });
    const tree = supervisor('app', { children: [actor('c', counter), pool('p', m, { restart: 'temporary' })] });
    const system = await lab.open(tree);
    for (let i = 0; i < 3000; i += 1) void system.pool('/p', m).startChild(`i${i}`, { input: { to: i === 0 ? '/c' : `/p/i${i - 1}` } });
    await lab.settle();
    const closed = watched(system.closed);
    void system.ref('/p/i0', m).send({ type: 'go' });
    await lab.settle();
    expect(closed.value).toBe(undefined);
    expect(await system.supervisor('/p').countChildren()).toMatchObject({ counts: { active: 0 } });
    await lab.stop(system);
  });

  test('S20 kill runs first turns outside of the async context of the caller', async () => {
    const lab = new Lab();
    const als = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const m = setup({ types: { context: {} as { n: number }, events: {} as { type: 'go' } } }).createMachine({ id: 'm', context: () => { seen.push(als.getStore()); return { n: 1 }; } });
    const tree = supervisor('app', { backoff: false, intensity: 100, children: [actor('m', m, { restartFrom: 'initial' })] });
    const system = await lab.open(tree);
    als.run('caller', () => { void system.kill('/m'); });
    await lab.settle();
    expect(seen).toEqual([undefined, undefined]);
    await lab.stop(system);
  });

  test('S58 stop waits for the hook of one that crashed', async () => {
    const lab = new Lab();
    const log: string[] = [];
    const tree = supervisor('app', { children: [actor('c', counter, { attemptsMax: 1, onStop: ({ signal }) => new Promise<void>((r) => { signal.addEventListener('abort', () => log.push('aborted')); lab.clock.after(50, () => { log.push('hook over'); r(); }); }) })] });
    const system = await lab.open(tree);
    void system.ref('/c', counter).send({ type: 'fail' });
    await lab.settle();
    const stopped = system.stop().then(() => log.push('stopped'));
    await lab.advance(1000);
    await stopped;
    expect(log).toEqual(['hook over', 'stopped']);
  });

  test('S6 stale limit', async () => {
    const lab = new Lab();
    let slow = false;
    const tree = supervisor('app', { children: [supervisor('s', { shutdownMs: 50, children: [actor('c', counter, { restart: 'transient', onStop: () => slow ? new Promise<void>((r) => { lab.clock.after(10, r); }) : undefined })] })] });
    const system = await lab.open(tree);
    const events = eventsOf(system);
    await system.supervisor('/s').terminateChild('c');
    const root = system.supervisor('/');
    slow = true;
    await root.terminateChild('s');
    await root.restartChild('s');
    await system.supervisor('/s').terminateChild('c');
    await lab.advance(100);
    const all = Promise.all([root.terminateChild('s'), root.restartChild('s'), root.terminateChild('s'), root.restartChild('s')]);
    await lab.advance(200);
    await all;
    expect(events.filter((e) => e.type === 'supervisor.ended' && e.reason.includes('kill'))).toEqual([]);
    await lab.stop(system);
  });

  test('S30 a call that was taken in is not refused by a failed write', async () => {
    const lab = new Lab();
    const d = deferred();
    const tree = supervisor('app', { children: [actor('other', counter), supervisor('s', { children: [], templates: [template('t', counter, { onStart: ({ address }) => address.endsWith('x') ? d.promise : undefined })] })] });
    const system = await lab.open(tree);
    const x = watched(system.supervisor('/s').startChild('x'));
    const y = watched(system.supervisor('/s').startChild('y'));
    await lab.settle();
    lab.failNextWrite();
    void system.ref('/other', counter).send({ type: 'add', n: 1 }).catch(() => undefined);
    await lab.advance(10_000);
    d.resolve();
    await lab.advance(10_000);
    const which = await system.supervisor('/s').whichChildren();
    console.log('S30', JSON.stringify({ x, y, which, xe: x.error?.message, ye: y.error?.message }));
    await lab.stop(system);
  });

  test('S1 orphaned supervisor forgotten is not resurrected', async () => {
    const lab = new Lab();
    const team = supervisor('team', { children: [actor('c', counter)] });
    const make = (templates: readonly unknown[]) => supervisor('app', { children: [supervisor('s', { childrenOnRestart: 'forget', children: [], templates: templates as never })] });
    const first = await lab.open(make([team]));
    await first.supervisor('/s').startChild('t1', {});
    await first.ref('/s/t1/c', counter).send({ type: 'add', n: 5 }, { until: 'applied' });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(make([]));
    expect(second.health().orphans).toEqual(['/s/t1']);
    await second.kill('/s');
    await lab.advance(60_000);
    expect(second.health().orphans).toEqual([]);
    await lab.kill();
    const third = await lab.open(make([team]));
    expect(await third.supervisor('/s').startChild('t1', {})).toMatchObject({ ok: true });
    expect((await third.ref('/s/t1/c', counter).snapshot()).context.total).toBe(0);
    await lab.stop(third);
  });
});
