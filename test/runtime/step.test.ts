import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, type StepArgs, step, supervisor } from '../../src/index.ts';
import { all, deferred, eventsOf, Lab } from './lab.ts';

/** What the outside world saw of a run. */
interface Run extends StepArgs<{ item: number }> {
  resolve(output: unknown): void;
  reject(error: Error): void;
}

/** A machine with one step, whose runs the test settles by hand. */
function worker(runs: Run[], { handles = true } = {}) {
  return setup({
    types: {
      context: {} as { item: number; results: readonly unknown[] },
      events: {} as { type: 'leave' } | { type: 'enter' } | { type: 'note' },
    },
    actors: {
      work: step((args: StepArgs<{ item: number }>) => {
        const { promise, resolve, reject } = deferred<unknown>();
        runs.push({ ...args, resolve, reject });
        return promise;
      }),
    },
  }).createMachine({
    id: 'worker',
    context: { item: 1, results: [] },
    initial: 'working',
    states: {
      working: {
        on: { leave: 'resting', note: {} },
        invoke: {
          src: 'work',
          id: 'work',
          input: ({ context }) => ({ item: context.item }),
          onDone: {
            target: 'working',
            reenter: true,
            actions: assign({
              item: ({ context }) => context.item + 1,
              results: ({ context, event }) => [...context.results, event.output],
            }),
          },
          ...(handles
            ? {
                onError: {
                  target: 'resting',
                  actions: assign({
                    results: ({ context, event }) => [
                      ...context.results,
                      (event.error as Error).message,
                    ],
                  }),
                },
              }
            : {}),
        },
      },
      resting: { on: { enter: 'working' } },
    },
  });
}

const tree = (runs: Run[], options?: { handles: boolean }) =>
  supervisor('app', {
    backoff: false,
    children: [actor('worker', worker(runs, options), { shutdownMs: 1_000 })],
  });

function last(runs: readonly Run[]): Run {
  const run = runs.at(-1);
  if (run === undefined) throw new Error('nothing ran');
  return run;
}

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
