/** A batch of which nobody can say whether it is on disk: the next open tells. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { levelStore } from '../../src/drivers/level-store.ts';
import { actor, supervisor, type System } from '../../src/index.ts';
import { all, codeOf, deferred, watched } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { FailingStore } from './failing-store.ts';
import { StoreLab } from './store-lab.ts';

const tree = supervisor('app', { children: [actor('counter', counter)] });
let lab: StoreLab;
let store: FailingStore;
beforeEach(() => {
  lab = new StoreLab();
  store = new FailingStore(levelStore(lab.directory));
});
afterEach(() => lab.dispose());

/** Three calls, the first in the batch that meets `fate`, the others behind it. */
async function threeSends(
  system: System<typeof tree>,
  fate: 'kept' | 'lost' | 'fenced',
): Promise<{ outcomes: string[]; order: number[] }> {
  const ref = system.ref('/counter');
  const order: number[] = [];
  const add = (n: number): Promise<string> =>
    codeOf(ref.send({ type: 'add', n })).then((code) => {
      order.push(n);
      return code;
    });
  const held = store.hold(fate);
  const first = add(1);
  await held.reached;
  const rest = [add(2), add(3)];
  held.go();
  return { outcomes: await Promise.all([first, ...rest]), order };
}

async function totalAfterRestart(system: System<typeof tree>): Promise<number> {
  await system.stop();
  const next = await lab.open(tree);
  const { context } = await next.ref('/counter').snapshot();
  return context.total;
}

describe('a batch that failed but is on disk', () => {
  it('is found by its marker: what it held is acknowledged, what came behind it is refused', async () => {
    const system = await lab.open(tree, { store });
    await system.ref('/counter').send({ type: 'add', n: 100 });

    const { outcomes, order } = await threeSends(system, 'kept');

    expect(outcomes).toEqual(['resolved', 'STORE_WRITE_FAILED', 'STORE_WRITE_FAILED']);
    expect(order).toEqual([1, 2, 3]);
    await lab.recovered();
    expect(lab.events('store.failed')).toMatchObject([{ error: { code: 'STORE_WRITE_FAILED' } }]);
    expect(lab.events('store.recovered')).toMatchObject([{ landed: true, attempts: 1 }]);
    expect((await system.ref('/counter').snapshot()).context.seen).toEqual([100, 1]);
    await system.ref('/counter').send({ type: 'add', n: 2 });
    expect(await totalAfterRestart(system)).toBe(103);
  });

  it('is shown to everybody who waits for what it holds', async () => {
    const system = await lab.open(tree, { store });
    const ref = system.ref('/counter');
    const heard: number[] = [];
    ref.on('added', ({ total }) => heard.push(total));
    const following = ref.emitted({ from: 1 })[Symbol.asyncIterator]();
    const next = following.next();
    const held = store.hold('kept');
    const total = ref.waitFor((snapshot) => snapshot.context.total === 5);
    const applied = ref.send({ type: 'add', n: 5 }, { until: 'applied' });
    const answer = ref.ask({ type: 'total' });
    await held.reached;
    held.go();

    expect(await applied).toEqual({ position: 1, duplicate: false });
    expect((await total).context.total).toBe(5);
    expect(await answer).toBe(5);
    expect(await next).toMatchObject({ value: { position: 1, event: { total: 5 } } });
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    expect(heard).toEqual([5, 6]);
    expect(await following.next()).toMatchObject({ value: { position: 2, event: { total: 6 } } });
  });

  it('may hold the end of an actor', async () => {
    const root = supervisor('app', {
      children: [actor('counter', counter, { restart: 'transient' })],
    });
    const system = await lab.open(root, { store });
    const ref = system.ref('/counter');
    const done = ref.done();
    const emissions = all(ref.emitted({ from: 1 }));
    await ref.send({ type: 'add', n: 7 });
    store.next('kept');
    await ref.send({ type: 'finish' });

    expect(await done).toBe(7);
    expect(await emissions).toHaveLength(1);
  });

  it('remembers its keys: whoever sends again is told so', async () => {
    const system = await lab.open(tree, { store });
    const ref = system.ref('/counter');
    await ref.send({ type: 'add', n: 1 });
    for (const fate of ['lost', 'kept'] as const) {
      store.next(fate);
      const sent = await codeOf(ref.send({ type: 'add', n: 10 }, { key: fate }));
      expect(sent).toBe(fate === 'kept' ? 'resolved' : 'STORE_WRITE_FAILED');
      const again = await ref.send({ type: 'add', n: 10 }, { key: fate });
      expect(again.duplicate).toBe(fate === 'kept');
    }
    expect(await totalAfterRestart(system)).toBe(21);
  });
});

describe('a batch that failed and is not on disk', () => {
  it('is refused with all behind it, in call order, and leaves no trace', async () => {
    const system = await lab.open(tree, { store });
    await system.ref('/counter').send({ type: 'add', n: 100 });

    const { outcomes, order } = await threeSends(system, 'lost');

    expect(outcomes).toEqual(Array.from({ length: 3 }, () => 'STORE_WRITE_FAILED'));
    expect(order).toEqual([1, 2, 3]);
    await lab.recovered();
    expect(lab.events('store.recovered')).toMatchObject([{ landed: false, attempts: 1 }]);
    expect(await system.ref('/counter').send({ type: 'add', n: 1 })).toMatchObject({ position: 2 });
    expect(await totalAfterRestart(system)).toBe(101);
  });

  it('says that nothing of it was accepted', async () => {
    const system = await lab.open(tree, { store });
    store.next('lost');

    await expect(system.ref('/counter').send({ type: 'add', n: 1 })).rejects.toMatchObject({
      code: 'STORE_WRITE_FAILED',
      retryable: true,
      facts: { directory: lab.directory, outcome: 'not_accepted' },
    });
  });

  it('handles again what it had handled: whoever waits for that, or for its listeners, hears it once', async () => {
    const backoff = { minMs: 150, maxMs: 150, jitter: 'none' } as const;
    const root = supervisor('app', {
      backoff,
      children: [actor('counter', counter, { attemptsMax: 1 })],
    });
    const system = await lab.open(root, { store });
    const ref = system.ref('/counter');
    const heard: number[] = [];
    ref.on('added', ({ total }) => heard.push(total));
    await ref.send({ type: 'fail' });
    const applied = ref.send({ type: 'add', n: 5 }, { until: 'applied' });
    const parked = codeOf(ref.send({ type: 'crash' }, { until: 'applied' }));
    const sent = await ref.send({ type: 'add', n: 1 });
    expect(sent).toMatchObject({ position: 4 });
    // the batch of the restart, with all three turns
    store.next('lost');

    expect(await applied).toMatchObject({ position: 2 });
    expect(await parked).toBe('MESSAGE_PARKED');
    await ref.waitFor((snapshot) => snapshot.context.total === 6);
    expect(heard).toEqual([5, 6]);
    expect(lab.events('store.recovered')).toHaveLength(1);
  });

  it('lets calls wait that come meanwhile, and takes them in their order', async () => {
    const system = await lab.open(tree, { store });
    const ref = system.ref('/counter');
    const failed = deferred();
    system.events.on('store.failed', () => failed.resolve());
    store.next('lost');
    store.refusals = 2;
    const lost = codeOf(ref.send({ type: 'add', n: 2 }));
    await failed.promise;
    expect(system.health()).toMatchObject({ status: 'recovering', live: true, ready: false });
    const waiting = [3, 4, 5].map((n) => watched(ref.send({ type: 'add', n })));
    expect(await lost).toBe('STORE_WRITE_FAILED');
    const { context } = await ref.waitFor((snapshot) => snapshot.context.seen.length === 3);
    await lab.recovered();

    expect(context.seen).toEqual([3, 4, 5]);
    expect(waiting.map(({ value }) => value?.position)).toEqual([1, 2, 3]);
    expect(lab.events('store.recovered').map(({ attempts }) => attempts)).toEqual([3]);
    expect(system.health()).toMatchObject({ status: 'running', ready: true });
  });
});
