/** One program, stopped and gone on with on a real LevelDB: everything that outlives a process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actor, createSystem, pool, supervisor, type System } from '../../src/index.ts';
import { all, codeOf } from './lab.ts';
import { counter } from './machines.ts';

const silence = (): void => undefined;
const logger = { debug: silence, info: silence, warn: silence, error: silence };
const tree = supervisor('app', {
  backoff: false,
  children: [actor('counter', counter), pool('pool', counter, { restart: 'transient' })],
});

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-disk-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function open(durability: 'fsync' | 'os'): Promise<System<typeof tree>> {
  return createSystem({ root: tree, store: directory, durability, logger });
}

for (const durability of ['fsync', 'os'] as const) {
  test(`a later process finds everything (${durability})`, async () => {
    const first = await open(durability);
    const instance = await first.pool('/pool').startChild('ü/7');
    await instance.send({ type: 'add', n: 7 });
    const ref = first.ref('/counter');
    for (let n = 1; n <= 100; n += 1) void ref.send({ type: 'add', n });
    await ref.send({ type: 'add', n: 1_000 }, { key: 'thousand' });
    expect(await ref.ask({ type: 'total' }, { key: 'total' })).toBe(6_050);
    expect(await codeOf(ref.send({ type: 'fail' }, { until: 'applied' }))).toBe('MESSAGE_PARKED');
    const [letters, emissions] = [
      await all(first.deadLetters.list()),
      await all(ref.emitted({ from: 0, follow: false })),
    ];
    expect([letters.length, emissions.length]).toEqual([1, 101]);
    await first.stop();

    const second = await open(durability);
    const again = second.ref('/counter');
    expect((await again.snapshot()).context.total).toBe(6_050);
    expect(await again.send({ type: 'add', n: 1_000 }, { key: 'thousand' })).toEqual({
      position: 101,
      duplicate: true,
    });
    expect(await again.ask({ type: 'total' }, { key: 'total' })).toBe(6_050);
    expect(await again.ask({ type: 'total' })).toBe(6_050);
    expect(await all(second.deadLetters.list())).toEqual(letters);
    expect(await all(again.emitted({ from: 0, follow: false }))).toEqual(emissions);
    const seven = await second.pool('/pool').ensureChild('ü/7');
    expect(seven.address).toBe(instance.address);
    expect(await seven.ask({ type: 'total' })).toBe(7);
    await second.stop();
  });
}
