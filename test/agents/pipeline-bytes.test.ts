/** What an item costs on disk does not depend on how many were before it. */
import { expect, test } from 'vitest';
import {
  actor,
  createSystem,
  memoryStore,
  pipeline,
  step,
  type StepArgs,
  supervisor,
} from '../../src/index.ts';
import { countingStore } from './counting-store.ts';

/** Bytes for each item, of as many. ITEMS=100000 takes about a minute. */
async function bytesPerItem(count: number): Promise<number> {
  const { store, written } = countingStore(memoryStore());
  const machine = pipeline({
    source: Array.from({ length: count }, (_, n) => ({ mail: n })),
    step: step(async ({ input }: StepArgs<{ mail: number }>) => ({ verdict: input.mail % 7 })),
  });
  const root = supervisor('app', { children: [actor('work', machine, { restart: 'transient' })] });
  const system = await createSystem({ root, store, keepAlive: false });
  const before = written.bytes;
  await system.ref('/work').done();
  const { bytes } = written;
  await system.stop();
  return (bytes - before) / count;
}

test('a pipeline writes for its last item what it writes for its first', async () => {
  const most = Number(process.env['ITEMS'] ?? 5_000);
  const told: string[] = [];
  const costs: number[] = [];
  for (let count = 100; count <= most; count *= Math.min(10, Math.max(2, most / count))) {
    costs.push(await bytesPerItem(count));
    told.push(`${count} items: ${(costs.at(-1) ?? 0).toFixed(1)} bytes each`);
  }
  if (process.env['ITEMS'] !== undefined) console.log(told.join('\n'));
  const [few = 0] = costs;
  // numbers and ids have more digits, and nothing else grows
  const grown = told.filter((_, place) => (costs[place] ?? 0) > few * 1.15);
  expect(grown).toEqual([]);
}, 300_000);
