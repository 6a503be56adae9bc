import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { actor, step, type StepArgs, supervisor } from '../../src/index.ts';
import { FailingStore } from '../faults/failing-store.ts';
import { eventsOf, Lab } from './lab.ts';
import { last, type Run, tree } from './step-worker.ts';

describe('a step', () => {
  test('runs after its turn landed, with its input, and its result is an event', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs));
    expect(runs).toMatchObject([{ input: { item: 1 }, attempt: 1 }]);
    last(runs).resolve('one');
    await lab.settle();
    expect(runs.map(({ input }) => input.item)).toEqual([1, 2]);
    expect((await system.ref('/worker').snapshot()).context).toEqual({ item: 2, results: ['one'] });
    await lab.stop(system);
  });

  test('has a key of its own, unlike that of any other', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs));
    for (const output of ['one', 'two', 'three']) {
      last(runs).resolve(output);
      await lab.settle();
    }
    await system.ref('/worker').send({ type: 'leave' });
    await system.ref('/worker').send({ type: 'enter' }, { until: 'applied' });
    await lab.settle();
    expect(new Set(runs.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(5);
    await lab.stop(system);
  });

  test('has a key unlike that of another of the same turn', async () => {
    const used: string[] = [];
    const use = step(async ({ idempotencyKey }: StepArgs<unknown>) => used.push(idempotencyKey));
    const both = setup({ actors: { use } }).createMachine({
      id: 'both',
      invoke: [
        { src: 'use', id: 'one' },
        { src: 'use', id: 'other' },
      ],
    });
    const lab = new Lab();
    const system = await lab.open(supervisor('app', { children: [actor('both', both)] }));
    await lab.settle();
    expect([used.length, new Set(used).size]).toEqual([2, 2]);
    await lab.stop(system);
  });

  test('does not run before its turn landed', async () => {
    const runs: Run[] = [];
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const system = await lab.open(tree(runs));
    const held = store.hold('landed');
    last(runs).resolve('one');
    await held.reached;
    await lab.settle();
    expect(runs).toHaveLength(1);
    held.go();
    await lab.settle();
    expect(runs).toHaveLength(2);
    await lab.stop(system);
  });

  test('does not run if its turn does not land', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs));
    last(runs).resolve('one');
    await Promise.resolve();
    await lab.kill();
    await lab.settle();
    expect(runs).toHaveLength(1);
    expect(system.health().live).toBe(true);
  });

  test('that is cut short by the end of the process runs again: same key, next attempt', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    await lab.open(tree(runs));
    await lab.advance(100);
    await lab.kill();
    await lab.open(tree(runs));
    await lab.advance(100);
    await lab.kill();
    const third = await lab.open(tree(runs));
    expect(new Set(runs.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    last(runs).resolve('one');
    await lab.settle();
    expect((await third.ref('/worker').snapshot()).context.results).toEqual(['one']);
    await lab.stop(third);
  });

  test('whose result landed is never run again', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    await lab.open(tree(runs));
    last(runs).resolve('one');
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree(runs));
    expect(runs.map(({ input }) => input.item)).toEqual([1, 2, 2]);
    expect((await second.ref('/worker').snapshot()).context.results).toEqual(['one']);
    await lab.stop(second);
  });

  test('whose result did not land runs again', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    await lab.open(tree(runs));
    last(runs).resolve('one');
    await Promise.resolve();
    await lab.kill();
    await lab.settle();
    const second = await lab.open(tree(runs));
    expect(runs.map(({ input }) => input.item)).toEqual([1, 1]);
    expect((await second.ref('/worker').snapshot()).context.results).toEqual([]);
    await lab.stop(second);
  });

  test('that throws is an event of onError', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs));
    const events = eventsOf(system);
    last(runs).reject(new Error('no luck'));
    await lab.settle();
    const snapshot = await system.ref('/worker').snapshot();
    expect([snapshot.value, snapshot.context.results]).toEqual(['resting', ['no luck']]);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'effect.failed',
        address: '/worker',
        effect: 'work',
        attempt: 1,
      }),
    );
    await lab.stop(system);
  });

  test('that returns what cannot be stored has failed', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs));
    last(runs).resolve({ file: { close: () => undefined } });
    await lab.settle();
    const { context } = await system.ref('/worker').snapshot();
    expect(context.results).toEqual([expect.stringContaining("output of 'work'.file.close")]);
    await lab.stop(system);
  });
});

describe('leaving the state of a step', () => {
  test('aborts it, and its result is nothing', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs));
    const run = last(runs);
    await system.ref('/worker').send({ type: 'leave' }, { until: 'applied' });
    await lab.settle();
    expect(run.signal.aborted).toBe(true);
    run.resolve('too late');
    await lab.settle();
    expect((await system.ref('/worker').snapshot()).context.results).toEqual([]);
    await lab.stop(system);
  });

  test('aborts it only when that has landed', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const first = await lab.open(tree(runs));
    void first.ref('/worker').send({ type: 'leave' });
    await lab.kill();
    await lab.settle();
    expect(last(runs).signal.aborted).toBe(false);
    const second = await lab.open(tree(runs));
    expect((await second.ref('/worker').snapshot()).value).toBe('working');
    expect(runs).toHaveLength(2);
    await lab.stop(second);
  });

  test('for good: it is not run again in a later process', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const first = await lab.open(tree(runs));
    await first.ref('/worker').send({ type: 'leave' }, { until: 'applied' });
    await lab.kill();
    const second = await lab.open(tree(runs));
    await lab.settle();
    expect(runs).toHaveLength(1);
    await lab.stop(second);
  });
});
