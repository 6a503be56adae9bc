/** What a process finds when it opens a store that others have written. */
import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, pool, supervisor } from '../../src/index.ts';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { codeOf, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

/** A machine of an older or a newer code. */
function machineOf(version: 1 | 2) {
  return setup({
    types: {
      context: {} as { total?: number; sum?: number },
      events: {} as { type: 'add'; n: number },
    },
  }).createMachine({
    id: 'tally',
    context: version === 1 ? { total: 0 } : { sum: 0 },
    initial: version === 1 ? 'old' : 'new',
    states: {
      [version === 1 ? 'old' : 'new']: {
        on: {
          add: {
            actions: assign(({ context, event }) =>
              version === 1
                ? { total: (context.total ?? 0) + event.n }
                : { sum: (context.sum ?? 0) + event.n },
            ),
          },
        },
      },
    },
  });
}

const oldTree = supervisor('app', { children: [actor('tally', machineOf(1))] });
const newTree = supervisor('app', {
  children: [
    actor('tally', machineOf(2), {
      version: 2,
      migrate: {
        1: ({ context }) => ({
          value: 'new',
          context: { sum: (context as { total: number }).total },
        }),
      },
    }),
  ],
});

/** All rows of the actors' snapshots, as text. */
async function snapshots(store: Store): Promise<string[]> {
  const opened = await store.open({ storeId: 'reader', lockWaitMs: 0 });
  const found: string[] = [];
  for await (const rows of opened.scan({ gte: 's!', lt: 's"' })) {
    for (const [key, value] of rows) found.push(`${key}=${Buffer.from(value).toString('hex')}`);
  }
  await opened.close();
  return found;
}

/** A store in which `/tally` has counted to 5 in the old machine. */
async function written(): Promise<Lab> {
  const lab = new Lab(memoryStore());
  const system = await lab.open(oldTree);
  await system.ref('/tally').send({ type: 'add', n: 5 }, { until: 'applied' });
  await lab.stop(system);
  return lab;
}

describe('a changed machine', () => {
  test('with a migration goes on with the migrated state, once and for all', async () => {
    const lab = await written();
    const second = await lab.open(newTree);
    const snapshot = await second.ref('/tally').snapshot();
    expect([snapshot.value, snapshot.context]).toEqual(['new', { sum: 5 }]);
    await second.ref('/tally').send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.stop(second);
    const third = await lab.open(newTree);
    expect((await third.ref('/tally').snapshot()).context).toEqual({ sum: 6 });
    await lab.stop(third);
  });

  test('without its migration is quarantined with its bytes untouched; the next boot may have it', async () => {
    const lab = await written();
    const before = await snapshots(lab.store);
    const missing = supervisor('app', {
      children: [actor('tally', machineOf(2), { version: 2 }), actor('other', counter)],
    });
    const second = await lab.open(missing);
    const events = eventsOf(second);
    expect(await codeOf(second.ref('/tally').snapshot())).toBe('ACTOR_QUARANTINED');
    expect(await codeOf(second.ref('/tally').send({ type: 'add', n: 1 }))).toBe('resolved');
    expect(await codeOf(second.ref('/other').ask({ type: 'total' }))).toBe('resolved');
    expect(second.health()).toMatchObject({ status: 'degraded', ready: true, quarantined: 1 });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'actor.quarantined',
        address: '/tally',
        why: expect.stringContaining('no migration from version 1'),
      }),
    );
    await lab.stop(second);
    expect(await snapshots(lab.store)).toEqual(expect.arrayContaining(before));
    const third = await lab.open(newTree);
    await lab.settle();
    expect((await third.ref('/tally').snapshot()).context).toEqual({ sum: 6 });
    expect(third.health()).toMatchObject({ status: 'running', quarantined: 0 });
    await lab.stop(third);
  });

  test('that was quarantined at its start is tried again by the next boot', async () => {
    const lab = await written();
    const hooked = (migrate: object) =>
      supervisor('app', {
        backoff: false,
        children: [
          actor('tally', machineOf(2), { version: 2, onStart: () => undefined, ...migrate }),
        ],
      });
    const second = await lab.open(hooked({}));
    expect(await codeOf(second.ref('/tally').snapshot())).toBe('ACTOR_QUARANTINED');
    await lab.stop(second);
    const migrate = { 1: () => ({ value: 'new', context: { sum: 5 } }) };
    const third = await lab.open(hooked({ migrate }));
    expect((await third.ref('/tally').snapshot()).context).toEqual({ sum: 5 });
    await third.ref('/tally').send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.stop(third);
  });

  test('that does not fit its snapshot is quarantined, and so is an older one', async () => {
    const lab = await written();
    const unfit = supervisor('app', { children: [actor('tally', machineOf(2))] });
    const second = await lab.open(unfit);
    expect(await codeOf(second.ref('/tally').snapshot())).toBe('ACTOR_QUARANTINED');
    await lab.stop(second);
    const third = await lab.open(newTree);
    await third.ref('/tally').send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.stop(third);
    const fourth = await lab.open(oldTree);
    expect(await codeOf(fourth.ref('/tally').snapshot())).toBe('ACTOR_QUARANTINED');
    await lab.stop(fourth);
  });

  test('whose migration throws is quarantined', async () => {
    const lab = await written();
    const migrate = {
      1: () => {
        throw new Error('in the migration');
      },
    };
    const child = actor('tally', machineOf(2), { version: 2, migrate });
    const second = await lab.open(supervisor('app', { children: [child] }));
    expect(await codeOf(second.ref('/tally').snapshot())).toBe('ACTOR_QUARANTINED');
    await lab.stop(second);
  });
});

describe('a child that the code no longer names', () => {
  test('is kept, not started, and listed; named again it goes on', async () => {
    const lab = await written();
    const other = supervisor('app', {
      children: [actor('other', counter), supervisor('more', { children: [] })],
    });
    const second = await lab.open(other);
    const events = eventsOf(second);
    expect(second.health().orphans).toEqual(['/tally']);
    await lab.settle();
    expect(events).toEqual([]);
    await lab.stop(second);
    const third = await lab.open(oldTree);
    expect(third.health().orphans).toEqual(['/other', '/more']);
    expect((await third.ref('/tally').snapshot()).context).toEqual({ total: 5 });
    await third.ref('/tally').send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.stop(third);
  });

  test('keeps the order of its mailbox, also for what it is sent meanwhile', async () => {
    const lab = new Lab(memoryStore());
    const backoff = { minMs: 60_000, maxMs: 60_000, jitter: 'none' } as const;
    const tree = supervisor('app', {
      backoff,
      children: [actor('counter', counter, { attemptsMax: 1 })],
    });
    const first = await lab.open(tree);
    await first.ref('/counter').send({ type: 'add', n: 1 });
    await first.ref('/counter').send({ type: 'fail' });
    await first.ref('/counter').send({ type: 'add', n: 2 });
    await lab.kill();
    const second = await lab.open(supervisor('app', { children: [actor('x', counter)] }));
    const orphan = second.ref('/counter', counter);
    expect(await orphan.send({ type: 'add', n: 3 })).toEqual({ position: 4, duplicate: false });
    await lab.stop(second);
    const third = await lab.open(tree);
    await lab.advance(120_000);
    expect((await third.ref('/counter').snapshot()).context.seen).toEqual([1, 2, 3]);
    await lab.stop(third);
  });
});

describe('a boot', () => {
  test('reads no actor before somebody needs it', async () => {
    const lab = new Lab(memoryStore());
    const tree = supervisor('app', { children: [pool('pool', counter)] });
    const first = await lab.open(tree);
    for (let id = 0; id < 50; id += 1) await first.pool('/pool').startChild(String(id));
    await lab.stop(first);
    let reads = 0;
    const counting: Store = {
      location: 'counted',
      open: async (options) => {
        const opened = await lab.store.open(options);
        return new Proxy(opened, {
          get: (target, name) => {
            const value: unknown = Reflect.get(target, name, target);
            if (name === 'get')
              return (key: string) => {
                if (key.startsWith('s!')) reads += 1;
                return target.get(key);
              };
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      },
    };
    const later = new Lab(counting);
    const second = await later.open(tree);
    expect(reads).toBe(0);
    await second.ref('/pool/7').send({ type: 'add', n: 1 }, { until: 'applied' });
    expect(reads).toBe(1);
    await later.stop(second);
  });

  test('after a kill at every moment of the first boots converges', async () => {
    const lab = new Lab(memoryStore());
    const tree = supervisor('app', { children: [actor('a', counter), actor('b', counter)] });
    for (let moment = 0; moment < 20; moment += 1) {
      const opening = lab.open(tree);
      opening.catch(() => undefined);
      for (let ticks = 0; ticks < moment; ticks += 1) await Promise.resolve();
      await lab.kill();
      await lab.settle();
    }
    const system = await lab.open(tree);
    await system.ref('/b').send({ type: 'add', n: 1 }, { until: 'applied' });
    expect((await system.ref('/b').snapshot()).context.total).toBe(1);
    await lab.stop(system);
  });

  test('never goes back in time: timers keep their deadline when the wall clock was set back', async () => {
    const waiter = setup({ delays: { hour: 3_600_000 } }).createMachine({
      id: 'waiter',
      initial: 'waiting',
      states: { waiting: { after: { hour: 'over' } }, over: {} },
    });
    const tree = supervisor('app', { children: [actor('w', waiter), actor('c', counter)] });
    const lab = new Lab(memoryStore());
    const first = await lab.open(tree);
    await lab.advance(1_800_000);
    await first.ref('/c').send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.kill();
    lab.clock.shiftWall(-24 * 3_600_000);
    const second = await lab.open(tree);
    await second.ref('/c').send({ type: 'add', n: 1 }, { until: 'applied' });
    const times: number[] = [];
    for await (const { atMs } of second.ref('/c').emitted({ from: 0, follow: false }))
      times.push(atMs);
    expect(times[1]).toBeGreaterThanOrEqual(times[0] as number);
    await lab.advance(1_799_000);
    expect((await second.ref('/w').snapshot()).value).toBe('waiting');
    await lab.advance(2_000);
    expect((await second.ref('/w').snapshot()).value).toBe('over');
    await lab.stop(second);
  });
});
