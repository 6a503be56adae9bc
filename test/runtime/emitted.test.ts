import { describe, expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { all, codeOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', {
  backoff: false,
  children: [
    actor('counter', counter, { restart: 'transient' }),
    actor('brief', counter, { restart: 'temporary' }),
  ],
});

/** Collects what a stream yields; `isOver` once it ended. */
function collect<T>(stream: AsyncIterable<T>): { items: T[]; isOver: boolean; error?: unknown } {
  const seen: { items: T[]; isOver: boolean; error?: unknown } = { items: [], isOver: false };
  void (async () => {
    try {
      for await (const item of stream) seen.items.push(item);
    } catch (error) {
      seen.error = error;
    }
    seen.isOver = true;
  })();
  return seen;
}

describe('emitted({ follow: false })', () => {
  test('yields what there is from a position on, and ends', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    for (const n of [1, 2, 3]) await ref.send({ type: 'add', n });
    await lab.settle();
    const atMs = lab.clock.wallMs();
    expect(await all(ref.emitted({ from: 0, follow: false }))).toEqual([
      { position: 1, atMs, event: { type: 'added', total: 1 } },
      { position: 2, atMs, event: { type: 'added', total: 3 } },
      { position: 3, atMs, event: { type: 'added', total: 6 } },
    ]);
    const rest = await all(ref.emitted({ from: 3, follow: false }));
    expect(rest.map(({ position }) => position)).toEqual([3]);
    expect(await all(ref.emitted({ follow: false }))).toEqual([]);
    expect(await all(ref.emitted({ from: 9, follow: false }))).toEqual([]);
    await system.stop();
  });

  test('yields the same in a later process, and of an actor that ended', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/counter').send({ type: 'add', n: 1 });
    await first.ref('/counter').send({ type: 'finish' }, { until: 'applied' });
    const before = await all(first.ref('/counter').emitted({ from: 0, follow: false }));
    await lab.kill();
    const second = await lab.open(tree);
    expect(await all(second.ref('/counter').emitted({ from: 0 }))).toEqual(before);
    expect(before).toHaveLength(1);
    await second.stop();
  });

  test('goes on counting positions in a later process', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.kill();
    const second = await lab.open(tree);
    await second.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
    const emissions = await all(second.ref('/counter').emitted({ from: 0, follow: false }));
    expect(emissions.map(({ position, event }) => [position, event])).toEqual([
      [1, { type: 'added', total: 1 }],
      [2, { type: 'added', total: 2 }],
    ]);
    await second.stop();
  });

  test('yields nothing of a turn that threw', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.ref('/counter').send({ type: 'fail' });
    await lab.settle();
    expect(await all(system.ref('/counter').emitted({ from: 0, follow: false }))).toEqual([]);
    await system.stop();
  });
});

describe('emitted()', () => {
  test('begins with what comes next, and follows', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    const seen = collect(ref.emitted());
    await lab.settle();
    await ref.send({ type: 'add', n: 1 });
    await ref.send({ type: 'tell', word: 'hello' });
    await lab.settle();
    expect(seen.items.map(({ position, event }) => [position, event.type])).toEqual([
      [2, 'added'],
      [3, 'told'],
    ]);
    expect(seen.isOver).toBe(false);
    await system.stop();
    await lab.settle();
    expect(seen).toMatchObject({ isOver: true });
  });

  test('misses nothing between what is stored and what comes', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    for (let n = 0; n < 20; n += 1) void ref.send({ type: 'add', n });
    const seen = collect(ref.emitted({ from: 0 }));
    for (let n = 0; n < 20; n += 1) {
      void ref.send({ type: 'add', n });
      if (n % 5 === 0) await lab.settle();
    }
    await lab.settle();
    expect(seen.items.map(({ position }) => position)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    await system.stop();
  });

  test('ends when the actor ended', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const streams = [system.ref('/counter'), system.ref('/brief')].map((ref) => {
      const seen = collect(ref.emitted({ from: 0 }));
      void ref.send({ type: 'add', n: 1 });
      return seen;
    });
    await lab.settle();
    void system.ref('/counter').send({ type: 'finish' });
    void system.ref('/brief').send({ type: 'finish' });
    await lab.settle();
    expect(streams.map(({ items, isOver }) => [items.length, isOver])).toEqual([
      [1, true],
      [1, true],
    ]);
    await system.stop();
  });

  test('yields the last emission of an actor that is forgotten in the same batch', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/brief');
    const seen = collect(ref.emitted({ from: 0 }));
    await lab.settle();
    void ref.send({ type: 'add', n: 1 });
    void ref.send({ type: 'finish' });
    await lab.settle();
    expect(seen).toMatchObject({ isOver: true, items: [{ position: 1 }] });
    await system.stop();
  });

  test('ends when it is aborted or left', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const abort = new AbortController();
    const seen = collect(ref.emitted({ from: 0, signal: abort.signal }));
    await lab.settle();
    abort.abort();
    await lab.settle();
    expect(seen).toMatchObject({ isOver: true, items: [] });
    await ref.send({ type: 'add', n: 1 });
    for await (const { position } of ref.emitted({ from: 0 })) {
      expect(position).toBe(1);
      break;
    }
    expect(await all(ref.emitted({ from: 0, signal: AbortSignal.abort() }))).toEqual([]);
    await system.stop();
  });

  test('goes on over a failed write: what did not land was never yielded', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const seen = collect(ref.emitted({ from: 0 }));
    await ref.send({ type: 'add', n: 1 });
    await lab.settle();
    lab.failNextWrite();
    const lost = codeOf(ref.send({ type: 'add', n: 2 }));
    await lab.settle();
    expect(await lost).toBe('STORE_WRITE_FAILED');
    await ref.send({ type: 'add', n: 4 });
    await lab.settle();
    expect(seen.items.map(({ position, event }) => [position, event])).toEqual([
      [1, { type: 'added', total: 1 }],
      [2, { type: 'added', total: 5 }],
    ]);
    expect(seen.error).toBeUndefined();
    await system.stop();
  });

  test('goes on over a restart of the actor', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const seen = collect(ref.emitted({ from: 0 }));
    for (const type of ['add', 'fail', 'add'] as const)
      await ref.send(type === 'add' ? { type, n: 1 } : { type });
    await lab.settle();
    expect(seen.items.map(({ position }) => position)).toEqual([1, 2]);
    await system.stop();
  });

  test('refuses nobody, no position and a stopped system', async () => {
    const system = await new Lab().open(tree);
    const first = (stream: AsyncIterable<unknown>): Promise<unknown> =>
      stream[Symbol.asyncIterator]().next();
    expect(await codeOf(first(system.ref('/nobody', counter).emitted()))).toBe('ACTOR_NOT_FOUND');
    expect(await codeOf(first(system.ref('/counter').emitted({ from: -1 })))).toBe(
      'OPTION_INVALID',
    );
    await system.stop();
    expect(await codeOf(first(system.ref('/counter').emitted()))).toBe('SYSTEM_STOPPING');
  });
});
