import { describe, expect, test } from 'vitest';
import { actor, type SupervisorOptions, supervisor } from '../../src/index.ts';
import type { SystemEvent } from '../../src/runtime/events.ts';
import { all, codeOf, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

const AT_ONCE = { backoff: false } as const;

type Restart = 'permanent' | 'transient' | 'temporary';
type Way = 'done' | 'normal' | 'shutdown' | 'crash';

const EVENTS = {
  done: { type: 'finish' },
  normal: { type: 'leave', reason: 'normal' },
  shutdown: { type: 'leave', reason: 'shutdown' },
  crash: { type: 'fail' },
} as const;

const started = (events: readonly SystemEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'actor.started' ? [event.address] : []));

describe('an actor that ends', () => {
  const rows: readonly [Restart, Way, boolean][] = [
    ['permanent', 'done', true],
    ['permanent', 'normal', true],
    ['permanent', 'shutdown', true],
    ['permanent', 'crash', true],
    ['transient', 'done', false],
    ['transient', 'normal', false],
    ['transient', 'shutdown', false],
    ['transient', 'crash', true],
    ['temporary', 'done', false],
    ['temporary', 'normal', false],
    ['temporary', 'shutdown', false],
    ['temporary', 'crash', false],
  ];
  for (const [restart, way, isRestarted] of rows) {
    const what = isRestarted ? 'runs again' : 'does not run again';
    test(`${restart}, ${way}: ${what}, also in the next process`, async () => {
      const lab = new Lab();
      const tree = supervisor('app', { ...AT_ONCE, children: [actor('a', counter, { restart })] });
      const first = await lab.open(tree);
      await first.ref('/a').send({ type: 'add', n: 2 });
      await first.ref('/a').send(EVENTS[way]);
      await lab.settle();
      const now = await codeOf(first.ref('/a').send({ type: 'add', n: 1 }));
      await lab.settle();
      await lab.kill();
      const second = await lab.open(tree);
      const later = await codeOf(second.ref('/a').send({ type: 'add', n: 1 }));
      const refusal = restart === 'temporary' ? 'ACTOR_NOT_FOUND' : 'ACTOR_NOT_RUNNING';
      expect([now, later]).toEqual(isRestarted ? ['resolved', 'resolved'] : [refusal, refusal]);
      await lab.settle();
      await lab.stop(second);
    });
  }

  test('and runs again begins anew if it was done, and goes on if not', async () => {
    const lab = new Lab();
    const tree = supervisor('app', { ...AT_ONCE, children: [actor('a', counter)] });
    const system = await lab.open(tree);
    const totals: number[] = [];
    for (const way of ['normal', 'shutdown', 'crash', 'done'] as const) {
      await system.ref('/a').send({ type: 'add', n: 1 });
      await system.ref('/a').send(EVENTS[way]);
      await lab.settle();
      totals.push((await system.ref('/a').snapshot()).context.total);
    }
    expect(totals).toEqual([1, 2, 3, 0]);
    await lab.stop(system);
  });

  test('and is not restarted keeps its state and its mail', async () => {
    const lab = new Lab();
    const tree = supervisor('app', { children: [actor('a', counter, { restart: 'transient' })] });
    const system = await lab.open(tree);
    const ref = system.ref('/a');
    await ref.send({ type: 'add', n: 2 }, { until: 'applied' });
    void ref.send({ type: 'leave', reason: 'shutdown' });
    void ref.send({ type: 'add', n: 1 });
    await lab.settle();
    expect((await ref.snapshot()).context.total).toBe(2);
    expect(await all(system.deadLetters.list())).toEqual([]);
    await lab.stop(system);
  });
});

describe('a restart', () => {
  test('goes on from the state before the turn that threw, and with the mailbox', async () => {
    const lab = new Lab();
    const tree = supervisor('app', { ...AT_ONCE, children: [actor('a', counter)] });
    const system = await lab.open(tree);
    const events = eventsOf(system);
    const ref = system.ref('/a');
    for (const event of [{ type: 'add', n: 1 }, { type: 'fail' }, { type: 'add', n: 2 }] as const)
      void ref.send(event);
    await lab.settle();
    expect((await ref.snapshot()).context.seen).toEqual([1, 2]);
    expect(started(events)).toEqual(['/a', '/a', '/a']);
    await lab.stop(system);
  });

  test('can go on from the initial state: the mailbox is kept', async () => {
    const lab = new Lab();
    const child = actor('a', counter, { restartFrom: 'initial', attemptsMax: 1 });
    const system = await lab.open(supervisor('app', { ...AT_ONCE, children: [child] }));
    const ref = system.ref('/a');
    for (const event of [{ type: 'add', n: 1 }, { type: 'fail' }, { type: 'add', n: 2 }] as const)
      void ref.send(event);
    await lab.settle();
    expect((await ref.snapshot()).context.seen).toEqual([2]);
    await lab.stop(system);
  });

  test('waits as long as the backoff says, also over the end of the process', async () => {
    const lab = new Lab();
    const backoff = { minMs: 1_000, maxMs: 8_000, jitter: 'none' } as const;
    const tree = supervisor('app', { backoff, children: [actor('a', counter)] });
    const first = await lab.open(tree);
    await first.ref('/a').send({ type: 'fail' });
    await lab.settle();
    await lab.advance(600);
    await lab.kill();
    const second = await lab.open(tree);
    const events = eventsOf(second);
    await lab.advance(399);
    expect(started(events)).toEqual([]);
    await lab.advance(1);
    expect(started(events)).toEqual(['/a']);
    await lab.advance(10_000);
    expect(await all(second.deadLetters.list())).toMatchObject([{ attempts: 3 }]);
    await lab.stop(second);
  });
});

describe('a poison message', () => {
  test('is parked after attemptsMax turns, and the rest of the mailbox goes on', async () => {
    const lab = new Lab();
    const child = actor('a', counter, { attemptsMax: 5 });
    const system = await lab.open(supervisor('app', { ...AT_ONCE, children: [child] }));
    const ref = system.ref('/a');
    void ref.send({ type: 'fail' });
    void ref.send({ type: 'add', n: 1 });
    await lab.settle();
    expect((await ref.snapshot()).context.total).toBe(1);
    expect(await all(system.deadLetters.list())).toMatchObject([
      { address: '/a', reason: 'parked', attempts: 5, position: 1 },
    ]);
    await lab.stop(system);
  });

  test('has its attempts counted over the end of the process', async () => {
    const lab = new Lab();
    const backoff = { minMs: 1_000, maxMs: 1_000, jitter: 'none' } as const;
    const tree = supervisor('app', { backoff, children: [actor('a', counter)] });
    const first = await lab.open(tree);
    await first.ref('/a').send({ type: 'fail' });
    await lab.advance(1_000);
    await lab.kill();
    const second = await lab.open(tree);
    const events = eventsOf(second);
    await lab.advance(5_000);
    expect(events.filter(({ type }) => type === 'actor.exited')).toHaveLength(1);
    expect(await all(second.deadLetters.list())).toMatchObject([{ attempts: 3 }]);
    await lab.stop(second);
  });

  test('is one entry of the window, however often it was tried', async () => {
    const lab = new Lab();
    const child = actor('a', counter, { attemptsMax: 6 });
    const tree = supervisor('app', { ...AT_ONCE, intensity: 1, children: [child] });
    const system = await lab.open(tree);
    await system.ref('/a').send({ type: 'fail' });
    await lab.settle();
    expect(system.health().status).toBe('running');
    expect(await all(system.deadLetters.list())).toHaveLength(1);
    await lab.stop(system);
  });
});

describe('the window', () => {
  test('exceeded ends the system: SUPERVISOR_GAVE_UP, exit code 70', async () => {
    const lab = new Lab();
    const child = actor('a', counter, { attemptsMax: 1 });
    const tree = supervisor('app', {
      ...AT_ONCE,
      intensity: 2,
      periodMs: 5_000,
      children: [child],
    });
    const system = await lab.open(tree);
    for (let crash = 0; crash < 3; crash += 1) {
      await system.ref('/a').send({ type: 'fail' });
      await lab.settle();
    }
    expect(await system.closed).toMatchObject({
      reason: 'root_ended',
      exitCode: 70,
      error: {
        code: 'SUPERVISOR_GAVE_UP',
        facts: { address: '/', child: 'a', intensity: 2, periodMs: 5_000 },
      },
    });
    expect(system.health()).toMatchObject({ status: 'closed', live: false, ready: false });
    expect(await codeOf(system.ref('/a').send({ type: 'add', n: 1 }))).toBe('SYSTEM_STOPPING');
    const again = await lab.open(tree);
    expect(await codeOf(again.ref('/a').send({ type: 'add', n: 1 }))).toBe('resolved');
    expect(again.health().deadLetters).toBe(3);
    await lab.stop(again);
  });

  test('forgets what is older than the period', async () => {
    const lab = new Lab();
    const child = actor('a', counter, { attemptsMax: 1 });
    const tree = supervisor('app', {
      ...AT_ONCE,
      intensity: 1,
      periodMs: 5_000,
      children: [child],
    });
    const system = await lab.open(tree);
    for (let crash = 0; crash < 5; crash += 1) {
      await system.ref('/a').send({ type: 'fail' });
      await lab.advance(5_001);
    }
    expect(system.health().status).toBe('running');
    await lab.stop(system);
  });

  test('is kept over the end of the process', async () => {
    const lab = new Lab();
    const child = actor('a', counter, { attemptsMax: 1 });
    const tree = supervisor('app', {
      ...AT_ONCE,
      intensity: 1,
      periodMs: 5_000,
      children: [child],
    });
    const first = await lab.open(tree);
    await first.ref('/a').send({ type: 'fail' });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    await second.ref('/a').send({ type: 'fail' });
    expect(await second.closed).toMatchObject({ exitCode: 70 });
  });
});

describe('on the real runtime', () => {
  const children = ['a', 'b', 'c'].map((id) => actor(id, counter, { attemptsMax: 1 }));

  async function afterCrashOf(strategy: SupervisorOptions<[]>['strategy']): Promise<string[]> {
    const lab = new Lab();
    const options = strategy === undefined ? {} : { strategy };
    const system = await lab.open(supervisor('app', { ...AT_ONCE, ...options, children }));
    for (const id of ['a', 'b', 'c'])
      await system.ref(`/${id}`, counter).send({ type: 'add', n: 1 }, { until: 'applied' });
    const events = eventsOf(system);
    await system.ref('/b', counter).send({ type: 'fail' });
    await lab.settle();
    for (const id of ['a', 'b', 'c'])
      expect((await system.ref(`/${id}`, counter).snapshot()).context.total).toBe(1);
    await lab.stop(system);
    return started(events);
  }

  test('one_for_one restarts the one', async () => {
    expect(await afterCrashOf('one_for_one')).toEqual(['/b']);
  });

  test('one_for_all restarts all, in their order', async () => {
    expect(await afterCrashOf('one_for_all')).toEqual(['/a', '/b', '/c']);
  });

  test('rest_for_one restarts the one and those after it', async () => {
    expect(await afterCrashOf('rest_for_one')).toEqual(['/b', '/c']);
  });

  test('a supervisor that gives up is restarted by the one above it', async () => {
    const lab = new Lab();
    const inner = supervisor('inner', { ...AT_ONCE, intensity: 0, children });
    const tree = supervisor('app', { ...AT_ONCE, children: [actor('x', counter), inner] });
    const first = await lab.open(tree);
    await first.ref('/inner/c', counter).send({ type: 'add', n: 1 });
    const events = eventsOf(first);
    await first.ref('/inner/a', counter).send({ type: 'fail' });
    await lab.settle();
    expect(started(events)).toEqual(['/inner/a', '/inner/b', '/inner/c']);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'supervisor.decided', address: '/', child: 'inner' }),
    );
    expect((await first.ref('/inner/c', counter).snapshot()).context.total).toBe(1);
    await lab.kill();
    const second = await lab.open(tree);
    expect((await second.ref('/inner/c', counter).snapshot()).context.total).toBe(1);
    await lab.stop(second);
  });
});
