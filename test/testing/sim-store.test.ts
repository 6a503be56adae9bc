/** The fault model, as `sim-medium.ts` states it: each of its lines, seen through the store. */
import { describe, expect, it, test } from 'vitest';
import { storeConformance } from '../../src/testing/store-conformance.ts';
import type { WriteEnd } from '../../src/testing/fate.ts';
import { codeOf, watched } from '../runtime/lab.ts';
import { SimWorldLab, textAt, written } from './sim-world-lab.ts';

storeConformance({ describe, it, expect }, 'simStore()', () => {
  const lab = new SimWorldLab();
  let isOver = false;
  const letTimePass = async (): Promise<void> => {
    while (!isOver) await lab.scheduler.advance(1);
  };
  void letTimePass();
  return {
    store: lab.store(),
    again: () => lab.store(),
    dispose: () => {
      isOver = true;
    },
  };
});

/** A store with one row, whose next write ends so. */
async function before(end: WriteEnd): Promise<SimWorldLab> {
  const ends: WriteEnd[] = ['lands', end];
  const lab = new SimWorldLab({ writes: () => ends.shift() ?? 'lands' });
  const store = await lab.open();
  expect(await written(store, 1, { a: 'old', b: 'old' })).toBe('landed');
  await store.close();
  return lab;
}

describe('a write', () => {
  const rows = { a: 'new', b: undefined, c: 'new' };

  test('takes its time, and other work goes on meanwhile', async () => {
    const lab = new SimWorldLab();
    const store = await lab.open();
    const order: string[] = [];
    const writing = written(store, 1, { a: 'new' }).then(() => order.push('write'));
    lab.scheduler.post(lab.process, 'soon', () => order.push('work'));
    expect(textAt(store, 'a')).toBe(undefined);
    await writing;

    expect(order).toEqual(['work', 'write']);
    expect(textAt(store, 'a')).toBe('new');
  });

  test.each([
    { end: 'is lost', verdict: 'unknown', isThere: false },
    { end: 'lands unheard', verdict: 'unknown', isThere: true },
    { end: 'is fenced', verdict: 'fenced', isThere: false },
    { end: 'lands', verdict: 'landed', isThere: true },
  ] as const)('that $end is answered with $verdict', async ({ end, verdict, isThere }) => {
    const lab = await before(end);
    const store = await lab.open();

    expect(await written(store, 2, rows)).toBe(verdict);
    expect(textAt(store, 'a')).toBe(isThere ? 'new' : 'old');
    expect(textAt(store, 'b')).toBe(isThere ? undefined : 'old');
    expect(textAt(store, 'c')).toBe(isThere ? 'new' : undefined);
    expect(store.lastError instanceof Error).toBe(verdict === 'unknown');
  });

  test.each([
    { end: 'dies before', isThere: false },
    { end: 'dies torn', isThere: false },
    { end: 'dies after', isThere: true },
  ] as const)('in which the process $end is answered to nobody', async ({ end, isThere }) => {
    const lab = await before(end);
    const verdict = watched(written(await lab.open(), 2, rows));
    await lab.scheduler.settled();
    expect([verdict.isSettled, lab.process.isAlive]).toEqual([false, false]);

    lab.begin();
    const store = await lab.open();
    expect(textAt(store, 'a')).toBe(isThere ? 'new' : 'old');
    expect(textAt(store, 'c')).toBe(isThere ? 'new' : undefined);
    expect(store.highestLanded).toBe(isThere ? 2 : 1);
    expect(store.epoch).toBe(3);
  });

  test('of a process that dies meanwhile never lands', async () => {
    const lab = new SimWorldLab();
    const verdict = watched(written(await lab.open(), 1, { a: 'new' }));
    lab.process.kill();
    await lab.scheduler.settled();
    lab.begin();

    expect(textAt(await lab.open(), 'a')).toBe(undefined);
    expect(verdict.isSettled).toBe(false);
  });

  test('is counted over all processes', async () => {
    const lab = await before('dies before');
    void written(await lab.open(), 2, rows);
    await lab.scheduler.settled();
    lab.begin();
    await written(await lab.open(), 2, rows);

    expect(lab.writes).toBe(3);
  });
});

describe('an open', () => {
  test('fails as often as fate wants', async () => {
    const failures = [new Error('one'), new Error('two')];
    const lab = new SimWorldLab({ opens: () => failures.shift() });

    await expect(lab.open()).rejects.toThrow('one');
    await expect(lab.open()).rejects.toThrow('two');
    expect((await lab.open()).epoch).toBe(1);
  });

  test('is refused while another holds the store, and not after that one died', async () => {
    const lab = new SimWorldLab();
    await lab.open();
    const first = lab.process;
    lab.begin();
    expect(await codeOf(lab.open())).toBe('STORE_LOCKED');
    first.kill();

    expect((await lab.open()).epoch).toBe(2);
  });

  test('waits for the holder in simulated time', async () => {
    const lab = new SimWorldLab();
    const holder = await lab.open();
    const waiting = watched(lab.open(1_000));
    await lab.scheduler.advance(900);
    expect(waiting.isSettled).toBe(false);
    await holder.close();
    await lab.scheduler.advance(100);

    expect(waiting.value?.epoch).toBe(2);
  });
});

test('a store without a flight slot tells nothing of who died', async () => {
  const lab = new SimWorldLab();
  const store = await lab.store(false).open({ storeId: 'id-1', lockWaitMs: 0 });

  expect(store.flight).toBe(undefined);
});
