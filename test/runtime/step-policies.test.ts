import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, step, type StepArgs, type StepOptions, supervisor } from '../../src/index.ts';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { FailingStore } from '../faults/failing-store.ts';
import { deferred, eventsOf, Lab, watched } from './lab.ts';

interface Run extends StepArgs<unknown> {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Options extends Omit<StepOptions<unknown, unknown>, 'run'> {
  /** Goes on when its signal is aborted. */
  readonly isDeaf?: boolean;
}

/** Runs one step, and keeps what comes of it. */
function treeOf(runs: Run[], { isDeaf = false, ...options }: Options) {
  const machine = setup({
    types: { context: {} as { end: unknown } },
    actors: {
      work: step<unknown, unknown>({
        ...options,
        run: (args) => {
          const { promise, resolve, reject } = deferred<unknown>();
          runs.push({ ...args, resolve, reject });
          if (!isDeaf)
            args.signal.addEventListener('abort', () => reject(args.signal.reason as Error));
          return promise;
        },
      }),
    },
  }).createMachine({
    id: 'worker',
    context: { end: undefined },
    initial: 'working',
    states: {
      working: {
        invoke: {
          src: 'work',
          id: 'work',
          onDone: { target: 'over', actions: assign({ end: ({ event }) => event.output }) },
          onError: {
            target: 'over',
            actions: assign({
              end: ({ event }) => (event.error as { code?: string }).code ?? String(event.error),
            }),
          },
        },
      },
      over: {},
    },
  });
  return supervisor('app', { backoff: false, children: [actor('worker', machine)] });
}

async function endOf(system: Awaited<ReturnType<Lab['open']>>): Promise<unknown> {
  const snapshot = await system.ref('/worker' as never).snapshot();
  return (snapshot as unknown as { context: { end: unknown } }).context.end;
}

const attempts = (runs: readonly Run[]): number[] => runs.map(({ attempt }) => attempt);

describe('a step with retries', () => {
  const options: Options = { retry: { attemptsMax: 3, minMs: 1_000, maxMs: 10_000 } };

  test('is tried again after a pause, under the same key; the machine hears of the last failure', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(treeOf(runs, options));
    const events = eventsOf(system);
    for (const error of ['one', 'two', 'three']) {
      runs.at(-1)?.reject(new Error(error));
      await lab.advance(10_000);
    }

    expect(attempts(runs)).toEqual([1, 2, 3]);
    expect(new Set(runs.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(await endOf(system)).toBe('Error: three');
    const failed = events.filter(({ type }) => type === 'effect.failed');
    expect(failed.map((event) => 'retryAtMs' in event)).toEqual([true, true, false]);
    await lab.stop(system);
  });

  test('goes on with them in the next process: an attempt that a crash cut short uses none up', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    await lab.open(treeOf(runs, options));
    for (let deaths = 0; deaths < 2; deaths += 1) {
      await lab.advance(100);
      await lab.kill();
      await lab.open(treeOf(runs, options));
    }
    runs.at(-1)?.reject(new Error('busy'));
    await lab.settle();
    await lab.kill();
    const last = await lab.open(treeOf(runs, options));
    await lab.advance(10_000);
    runs.at(-1)?.resolve('done');
    await lab.settle();

    expect(attempts(runs)).toEqual([1, 2, 3, 4]);
    expect(await endOf(last)).toBe('done');
    await lab.stop(last);
  });

  test('waits as long as the error asks', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(treeOf(runs, options));
    runs[0]?.reject(Object.assign(new Error('slow down'), { retryAfterMs: 60_000 }));
    await lab.advance(59_000);
    expect(runs).toHaveLength(1);
    await lab.advance(1_001);
    expect(runs).toHaveLength(2);
    await lab.stop(system);
  });

  test('fails at once with what its policy throws', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const when = (): never => {
      throw new RangeError('the policy is broken');
    };
    const system = await lab.open(treeOf(runs, { retry: { when } }));
    runs[0]?.reject(new Error('no'));
    await lab.settle();
    expect(await endOf(system)).toBe('RangeError: the policy is broken');
    await lab.stop(system);
  });
});

describe('the time of a step', () => {
  test.each([
    ['an attempt', { timeoutMs: 5_000 }],
    ['all attempts', { totalTimeoutMs: 5_000 }],
    ['the next heartbeat', { heartbeatMs: 5_000 }],
  ] as const)(
    'for %s is over: its signal is aborted, and what it returns late is refused',
    async (_, options) => {
      const runs: Run[] = [];
      const lab = new Lab();
      const system = await lab.open(treeOf(runs, { ...options, isDeaf: true }));
      await lab.advance(4_999);
      expect(runs[0]?.signal.aborted).toBe(false);
      await lab.advance(2);
      expect(runs[0]?.signal.aborted).toBe(true);
      expect(await endOf(system)).toBe('STEP_TIMEOUT');
      runs[0]?.resolve('late');
      await lab.settle();
      expect(await endOf(system)).toBe('STEP_TIMEOUT');
      await lab.stop(system);
    },
  );

  test('is over, and the run goes on all the same: its actor is not stopped before it has ended', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(treeOf(runs, { timeoutMs: 5_000, isDeaf: true }));
    await lab.advance(5_001);
    const stopped = watched(system.stop());
    await lab.advance(1_000);
    expect(stopped.isSettled).toBe(false);
    runs[0]?.resolve('late');
    await lab.settle();
    expect(stopped.isSettled).toBe(true);
  });

  test('is over, also if the run answers to that, and the write of its end fails', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(treeOf(runs, { timeoutMs: 5_000, isDeaf: true }));
    runs[0]?.signal.addEventListener('abort', () => runs[0]?.resolve('half of it'));
    await lab.advance(4_999);
    lab.failNextWrite();
    await lab.advance(2_000);
    expect(await endOf(system)).toBe('STEP_TIMEOUT');
    await lab.stop(system);
  });

  test('is given anew with each heartbeat, which is told', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(treeOf(runs, { heartbeatMs: 5_000 }));
    const events = eventsOf(system);
    for (let beats = 0; beats < 5; beats += 1) {
      await lab.advance(4_000);
      runs[0]?.heartbeat({ page: beats });
    }
    expect(runs[0]?.signal.aborted).toBe(false);
    expect(events.filter(({ type }) => type === 'effect.heartbeat')).toHaveLength(5);
    await lab.stop(system);
  });

  test('for all attempts runs on while no process does', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    await lab.open(treeOf(runs, { totalTimeoutMs: 60_000 }));
    await lab.advance(100);
    await lab.kill();
    lab.clock.jump(120_000);
    const second = await lab.open(treeOf(runs, { totalTimeoutMs: 60_000 }));
    await lab.settle();
    expect(runs).toHaveLength(1);
    expect(await endOf(second)).toBe('STEP_TIMEOUT');
    await lab.stop(second);
  });

  test('for an attempt is over, and the next one has its own', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const options: Options = { timeoutMs: 5_000, retry: { attemptsMax: 2, minMs: 0, maxMs: 0 } };
    const system = await lab.open(treeOf(runs, options));
    await lab.advance(9_000);
    expect(attempts(runs)).toEqual([1, 2]);
    runs[1]?.resolve('in time');
    await lab.settle();
    expect(await endOf(system)).toBe('in time');
    await lab.stop(system);
  });
});

describe('an attempt that was cut short', () => {
  test('is reported and not run again, with onInterrupted: report', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    await lab.open(treeOf(runs, { onInterrupted: 'report' }));
    await lab.kill();
    const second = await lab.open(treeOf(runs, { onInterrupted: 'report' }));
    await lab.settle();
    expect(runs).toHaveLength(1);
    expect(await endOf(second)).toBe('STEP_OUTCOME_UNKNOWN');
    await lab.stop(second);
  });

  test('is reported too if it was the stop of its actor that cut it short', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const first = await lab.open(treeOf(runs, { onInterrupted: 'report' }));
    await lab.stop(first);
    const second = await lab.open(treeOf(runs, { onInterrupted: 'report' }));
    await lab.settle();
    expect(attempts(runs)).toEqual([1]);
    expect(await endOf(second)).toBe('STEP_OUTCOME_UNKNOWN');
    await lab.stop(second);
  });

  test('had its beginning on disk before it ran', async () => {
    const runs: Run[] = [];
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const held = store.hold('landed');
    const opening = lab.open(treeOf(runs, { onInterrupted: 'report' }));
    await held.reached;
    await lab.settle();
    expect(runs).toHaveLength(0);
    held.go();
    const system = await opening;
    await lab.settle();
    expect(attempts(runs)).toEqual([1]);
    await lab.stop(system);
  });

  test.each([
    ['happened', { happened: true, output: 'found' } as const, 1, 'found'],
    ['cannot be told', { happened: 'unknown' } as const, 1, 'STEP_OUTCOME_UNKNOWN'],
  ])('is verified: it %s', async (_, verdict, count, end) => {
    const runs: Run[] = [];
    const keys: string[] = [];
    const options: Options = {
      onInterrupted: async ({ idempotencyKey }) => {
        keys.push(idempotencyKey);
        return verdict;
      },
    };
    const lab = new Lab();
    await lab.open(treeOf(runs, options));
    await lab.kill();
    const second = await lab.open(treeOf(runs, options));
    await lab.settle();
    expect(runs).toHaveLength(count);
    expect(keys).toEqual([runs[0]?.idempotencyKey]);
    expect(await endOf(second)).toBe(end);
    await lab.stop(second);
  });

  test('is run again if it did not happen, and asked about once more if nobody answered', async () => {
    const runs: Run[] = [];
    let asked = 0;
    const options: Options = {
      onInterrupted: async () => {
        asked += 1;
        if (asked === 1) throw new Error('out of reach');
        return { happened: false };
      },
    };
    const lab = new Lab();
    await lab.open(treeOf(runs, options));
    await lab.kill();
    const second = await lab.open(treeOf(runs, options));
    await lab.advance(1_000);
    expect([asked, ...attempts(runs)]).toEqual([2, 1, 2]);
    runs[1]?.resolve('done');
    await lab.settle();
    expect(await endOf(second)).toBe('done');
    await lab.stop(second);
  });

  test('by its timeout is verified too', async () => {
    const runs: Run[] = [];
    const lab = new Lab();
    const system = await lab.open(
      treeOf(runs, {
        timeoutMs: 1_000,
        onInterrupted: async () => ({ happened: true, output: 'it was sent' }),
      }),
    );
    await lab.advance(1_001);
    expect(await endOf(system)).toBe('it was sent');
    await lab.stop(system);
  });
});
