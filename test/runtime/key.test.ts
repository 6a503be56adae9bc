import { describe, expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { codeOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', { children: [actor('a', counter), actor('b', counter)] });
const HOUR_MS = 3_600_000;

describe('a send with a key', () => {
  test('is accepted once: the same key and event give the first receipt again', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/a');
    expect(await ref.send({ type: 'add', n: 1 }, { key: 'k' })).toEqual({
      position: 1,
      duplicate: false,
    });
    expect(await ref.send({ type: 'add', n: 1 }, { key: 'k' })).toEqual({
      position: 1,
      duplicate: true,
    });
    await ref.send({ type: 'add', n: 10 }, { until: 'applied' });
    expect((await ref.snapshot()).context.total).toBe(11);
    await system.stop();
  });

  test('is accepted once while the first one is still on its way to the store', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/a');
    const receipts = await Promise.all(
      [1, 2, 3].map(() => ref.send({ type: 'add', n: 1 }, { key: 'k' })),
    );
    expect(receipts).toEqual([
      { position: 1, duplicate: false },
      { position: 1, duplicate: true },
      { position: 1, duplicate: true },
    ]);
    await system.stop();
  });

  test('is accepted once across a stop and a kill of the process', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/a').send({ type: 'add', n: 1 }, { key: 'k' });
    await first.stop();
    const second = await lab.open(tree);
    expect(await second.ref('/a').send({ type: 'add', n: 1 }, { key: 'k' })).toMatchObject({
      duplicate: true,
    });
    await lab.kill();
    const third = await lab.open(tree);
    expect(await third.ref('/a').send({ type: 'add', n: 1 }, { key: 'k' })).toMatchObject({
      position: 1,
      duplicate: true,
    });
    expect((await third.ref('/a').snapshot()).context.total).toBe(1);
    await third.stop();
  });

  test('is refused with another event', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    const ref = first.ref('/a');
    await ref.send({ type: 'add', n: 1 }, { key: 'k' });
    expect(await codeOf(ref.send({ type: 'add', n: 2 }, { key: 'k' }))).toBe('KEY_REUSED');
    expect(await codeOf(ref.send({ type: 'tell', word: 'no' }, { key: 'k' }))).toBe('KEY_REUSED');
    await lab.kill();
    const second = await lab.open(tree);
    expect(await codeOf(second.ref('/a').send({ type: 'add', n: 2 }, { key: 'k' }))).toBe(
      'KEY_REUSED',
    );
    await second.stop();
  });

  test('means something to its receiver only', async () => {
    const system = await new Lab().open(tree);
    const receipts = [
      await system.ref('/a').send({ type: 'add', n: 1 }, { key: 'k' }),
      await system.ref('/b').send({ type: 'add', n: 2 }, { key: 'k' }),
    ];
    expect(receipts.map(({ duplicate }) => duplicate)).toEqual([false, false]);
    await system.stop();
  });

  test('is remembered for a day, and then forgotten', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/a');
    await ref.send({ type: 'add', n: 1 }, { key: 'k' });
    await lab.advance(24 * HOUR_MS);
    expect(await ref.send({ type: 'add', n: 1 }, { key: 'k' })).toMatchObject({ duplicate: true });
    await lab.advance(1);
    expect(await ref.send({ type: 'add', n: 1 }, { key: 'k' })).toMatchObject({ duplicate: false });
    await lab.advance(HOUR_MS);
    expect(await ref.send({ type: 'add', n: 1 }, { key: 'k' })).toMatchObject({
      position: 2,
      duplicate: true,
    });
    await system.stop();
  });

  test('is known after its day was over in another process', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/a').send({ type: 'add', n: 1 }, { key: 'k' });
    await lab.kill();
    await lab.advance(25 * HOUR_MS);
    const second = await lab.open(tree);
    const again = await second.ref('/a').send({ type: 'add', n: 1 }, { key: 'k' });
    expect(again).toEqual({ position: 2, duplicate: false });
    await lab.settle();
    expect(await second.ref('/a').send({ type: 'add', n: 1 }, { key: 'k' })).toEqual({
      position: 2,
      duplicate: true,
    });
    await lab.kill();
    const third = await lab.open(tree);
    expect(await third.ref('/a').send({ type: 'add', n: 1 }, { key: 'k' })).toEqual({
      position: 2,
      duplicate: true,
    });
    await third.stop();
  });

  test('that waits for room twice is accepted once', async () => {
    const lab = new Lab();
    const backoff = { minMs: 1_000, maxMs: 1_000, jitter: 'none' } as const;
    const child = actor('a', counter, { mailboxMax: 1, attemptsMax: 1 });
    const system = await lab.open(supervisor('app', { backoff, children: [child] }));
    const ref = system.ref('/a');
    await ref.send({ type: 'fail' });
    await lab.settle();
    void ref.send({ type: 'add', n: 1 });
    const sends = [1, 2].map(() =>
      watched(ref.send({ type: 'add', n: 5 }, { key: 'k', whenFull: 'wait' })),
    );
    await lab.advance(1_000);
    expect(sends.map(({ value }) => value)).toEqual([
      { position: 3, duplicate: false },
      { position: 3, duplicate: true },
    ]);
    expect((await ref.snapshot()).context.seen).toEqual([1, 5]);
    await system.stop();
  });

  test('is refused when more keys are remembered than the bound: none is forgotten early', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/a');
    const send = (n: number) =>
      ref.send({ type: 'tell', word: 'k' }, { key: `k${n}`, whenFull: 'wait' });
    for (let n = 0; n < 100_000; n += 5_000) {
      await Promise.all(Array.from({ length: 5_000 }, (_, index) => send(n + index)));
    }
    expect(await codeOf(send(100_000))).toBe('KEY_MEMORY_FULL');
    expect(await send(0)).toEqual({ position: 1, duplicate: true });
    expect(await codeOf(ref.send({ type: 'add', n: 1 }))).toBe('resolved');
    await system.stop();
  });

  test('needs a key that is a string of a bounded length', async () => {
    const system = await new Lab().open(tree);
    for (const key of ['', 'x'.repeat(513), 7, null]) {
      expect(
        await codeOf(system.ref('/a').send({ type: 'add', n: 1 }, { key: key as never })),
      ).toBe('OPTION_INVALID');
    }
    await system.stop();
  });
});

describe('room in a mailbox', () => {
  test('comes also when a message is parked', async () => {
    const lab = new Lab();
    const child = actor('a', counter, { mailboxMax: 1, attemptsMax: 1 });
    const system = await lab.open(supervisor('app', { backoff: false, children: [child] }));
    const ref = system.ref('/a');
    void ref.send({ type: 'fail' });
    const waiting = watched(ref.send({ type: 'add', n: 1 }, { whenFull: 'wait' }));
    await lab.settle();
    expect(waiting.value).toEqual({ position: 2, duplicate: false });
    await system.stop();
  });
});
