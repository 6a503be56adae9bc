/** Named actions, while their batches are on the way and across processes. */
import { setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { actor, supervisor } from '../../src/index.ts';
import { FailingStore } from '../faults/failing-store.ts';
import { codeOf, deferred, Lab } from './lab.ts';

interface Call {
  readonly n: number;
  readonly end: () => void;
}

/** Calls an action for every number that it is sent; a test ends the calls by hand. */
function caller(calls: Call[]) {
  return setup({
    types: { events: {} as { type: 'go'; n: number } },
    actions: {
      call: (async (_: unknown, { n }: { n: number }) => {
        const { promise, resolve } = deferred();
        calls.push({ n, end: () => resolve() });
        await promise;
      }) as unknown as (_: unknown, params: { n: number }) => void,
    },
  }).createMachine({
    id: 'caller',
    on: { go: { actions: { type: 'call', params: ({ event: { n } }) => ({ n }) } } },
  });
}

const tree = (calls: Call[]) => supervisor('app', { children: [actor('caller', caller(calls))] });
const numbers = (calls: readonly Call[]): number[] => calls.map(({ n }) => n);

/** The action of the first message runs. */
async function withFirstRunning(calls: Call[]) {
  const store = new FailingStore(memoryStore());
  const lab = new Lab(store);
  const system = await lab.open(tree(calls));
  await system.ref('/caller').send({ type: 'go', n: 1 });
  await lab.settle();
  return { store, lab, system };
}

describe('a named action', () => {
  test('waits for its own turn to land, also when the one before it has ended', async () => {
    const calls: Call[] = [];
    const { store, lab, system } = await withFirstRunning(calls);
    const held = store.hold('landed');
    void system.ref('/caller').send({ type: 'go', n: 2 });
    await held.reached;
    calls[0]?.end();
    await lab.settle();
    expect(numbers(calls)).toEqual([1]);
    held.go();
    await lab.settle();
    expect(numbers(calls)).toEqual([1, 2]);
    calls[1]?.end();
    await lab.stop(system);
  });

  test('that waited runs in the order of the turns in the next process', async () => {
    const calls: Call[] = [];
    const lab = new Lab();
    const first = await lab.open(tree(calls));
    for (const n of [1, 2, 3]) await first.ref('/caller').send({ type: 'go', n });
    await lab.settle();
    await lab.kill();
    calls.length = 0;
    const second = await lab.open(tree(calls));
    for (let n = 0; n < 3; n += 1) {
      await lab.settle();
      calls[n]?.end();
    }
    await lab.settle();
    expect(numbers(calls)).toEqual([1, 2, 3]);
    await lab.stop(second);
  });

  test('that runs while a write fails goes on, and is not run beside itself', async () => {
    const calls: Call[] = [];
    const { store, lab, system } = await withFirstRunning(calls);
    store.next('lost');
    await codeOf(system.ref('/caller').send({ type: 'go', n: 2 }));
    await lab.advance(1_000);
    await system.ref('/caller').send({ type: 'go', n: 3 });
    await lab.settle();
    expect(numbers(calls)).toEqual([1]);
    calls[0]?.end();
    await lab.settle();
    expect(numbers(calls)).toEqual([1, 3]);
    calls[1]?.end();
    await lab.stop(system);
  });

  test('that ended in the batch that failed is not run again by the same process', async () => {
    const calls: Call[] = [];
    const { store, lab, system } = await withFirstRunning(calls);
    store.next('lost');
    calls[0]?.end();
    await lab.advance(1_000);
    await system.ref('/caller').send({ type: 'go', n: 2 });
    await lab.settle();
    expect(numbers(calls)).toEqual([1, 2]);
    calls[1]?.end();
    await lab.stop(system);
  });
});
