import { describe, expect, test } from 'vitest';
import { all, eventsOf, Lab } from './lab.ts';
import { last, type Run, tree } from './step-worker.ts';

describe('an error that the machine does not handle', () => {
  test('restarts the actor, and the step runs again later: same key, next attempt', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs, { handles: false }));
    const events = eventsOf(system);
    last(runs).reject(new Error('no luck'));
    await lab.settle();
    expect(runs).toHaveLength(1);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'actor.exited', reason: 'crash: no luck' }),
    );
    await lab.advance(60_000);
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(runs[1]?.idempotencyKey).toBe(runs[0]?.idempotencyKey);
    last(runs).resolve('at last');
    await lab.settle();
    expect((await system.ref('/worker').snapshot()).context.results).toEqual(['at last']);
    await lab.stop(system);
  });

  test('waits for its next attempt over the end of the process', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    await lab.open(tree(runs, { handles: false }));
    last(runs).reject(new Error('no luck'));
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree(runs, { handles: false }));
    await lab.settle();
    expect(runs).toHaveLength(1);
    await lab.advance(60_000);
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2]);
    await lab.stop(second);
  });

  test('is a dead letter after the last attempt, and the actor runs on', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs, { handles: false }));
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      last(runs).reject(new Error(`no luck ${attempt}`));
      await lab.advance(60_000);
    }
    expect(runs).toHaveLength(3);
    expect(await all(system.deadLetters.list())).toMatchObject([
      {
        address: '/worker',
        reason: 'effect',
        attempts: 3,
        error: { message: 'no luck 3' },
        state: { effect: 'work', src: 'work', input: { item: 1 } },
      },
    ]);
    await system.ref('/worker').send({ type: 'leave' }, { until: 'applied' });
    expect((await system.ref('/worker').snapshot()).value).toBe('resting');
    await lab.stop(system);
  });
});

describe('a step and the end of its actor', () => {
  test('is aborted when the system stops, and runs again in the next process with the same key', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const first = await lab.open(tree(runs));
    await lab.advance(100);
    const run = last(runs);
    run.signal.addEventListener('abort', () => run.reject(run.signal.reason as Error));
    await first.stop();
    expect(run.signal.aborted).toBe(true);
    const second = await lab.open(tree(runs));
    await lab.settle();
    const snapshot = await second.ref('/worker').snapshot();
    expect([snapshot.value, snapshot.context.results]).toEqual(['working', []]);
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(runs[1]?.idempotencyKey).toBe(runs[0]?.idempotencyKey);
    await lab.stop(second);
  });

  test('that finishes while the system stops is recorded', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const first = await lab.open(tree(runs));
    const run = last(runs);
    run.signal.addEventListener('abort', () => run.resolve('just in time'));
    await first.stop();
    const second = await lab.open(tree(runs));
    await lab.settle();
    expect((await second.ref('/worker').snapshot()).context.results).toEqual(['just in time']);
    expect(runs.map(({ input }) => input.item)).toEqual([1, 2]);
    await lab.stop(second);
  });

  test('that does not heed its signal is abandoned after shutdownMs', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const first = await lab.open(tree(runs));
    let isStopped = false;
    void first.stop().then(() => {
      isStopped = true;
    });
    await lab.advance(999);
    expect(isStopped).toBe(false);
    await lab.advance(1);
    expect(isStopped).toBe(true);
    last(runs).resolve('too late');
    await lab.settle();
    const second = await lab.open(tree(runs));
    expect(runs).toHaveLength(2);
    expect((await second.ref('/worker').snapshot()).context.results).toEqual([]);
    await lab.stop(second);
  });
});

describe('a step and a failed write', () => {
  test('runs on: it is adopted, not run again', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs));
    lab.failNextWrite();
    void system.ref('/worker').send({ type: 'note' });
    await lab.settle();
    expect(runs).toHaveLength(1);
    expect(last(runs).signal.aborted).toBe(false);
    last(runs).resolve('one');
    await lab.settle();
    expect((await system.ref('/worker').snapshot()).context.results).toEqual(['one']);
    await lab.stop(system);
  });

  test('whose result was in it is not run again either: the result is recorded once', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(tree(runs));
    lab.failNextWrite();
    last(runs).resolve('one');
    await lab.settle();
    expect(runs.map(({ input }) => input.item)).toEqual([1, 2]);
    expect((await system.ref('/worker').snapshot()).context.results).toEqual(['one']);
    await lab.stop(system);
  });
});
