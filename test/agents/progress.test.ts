import { describe, expect, test } from 'vitest';
import {
  actor,
  pipeline,
  type Progress,
  progressOf,
  step,
  type StepArgs,
  supervisor,
  watchProgress,
} from '../../src/index.ts';
import { openTestSystem, type TestSystem } from '../../src/testing/index.ts';

const items = Array.from({ length: 100 }, (_, n) => n);

/** Two items at once, each takes a second. */
const treeOf = (world: { sleep(ms: number): Promise<void> }) =>
  supervisor('app', {
    children: [
      actor(
        'work',
        pipeline({
          source: items,
          concurrency: 2,
          step: step(async ({ input }: StepArgs<number>) => {
            await world.sleep(1_000);
            if (input === 3) throw new Error('illegible');
            return input;
          }),
        }),
        { restart: 'transient' },
      ),
    ],
  });

type App = TestSystem<ReturnType<typeof treeOf>>;

const open = (): Promise<App> => openTestSystem({ root: treeOf });

describe('the progress of a pipeline', () => {
  test('says how much is done, how fast, and when it will be over', async () => {
    await using app = await open();
    const ref = app.system.ref('/work');
    expect(await progressOf(ref)).toEqual({
      done: 0,
      failed: 0,
      running: 2,
      total: 100,
      ratePerS: undefined,
      etaMs: undefined,
    });
    await app.advance(20_500);
    const progress = await progressOf(ref);
    expect(progress).toMatchObject({ done: 39, failed: 1, running: 2, total: 100 });
    expect(progress.ratePerS).toBeCloseTo(2, 0);
    expect(Math.abs((progress.etaMs ?? 0) - 30_000)).toBeLessThan(2_000);
  });

  test('goes on over a crash', async () => {
    await using app = await open();
    await app.advance(20_500);
    await app.crash();
    const system = await app.restart();
    expect(await progressOf(system.ref('/work'))).toMatchObject({ done: 39, failed: 1 });
  });

  test('is told as it comes, to the end', async () => {
    await using app = await open();
    const told: Progress[] = [];
    const watching = (async () => {
      for await (const progress of watchProgress(app.system.ref('/work'))) told.push(progress);
    })();
    await app.advance(120_000);
    await watching;
    expect(told[0]).toMatchObject({ done: 0 });
    expect(told.at(-1)).toMatchObject({ done: 99, failed: 1, running: 0, etaMs: 0 });
    const done = told.map((progress) => progress.done + progress.failed);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(told.length).toBeGreaterThan(40);
  });

  test('is not told any more when nobody wants it', async () => {
    await using app = await open();
    const end = new AbortController();
    const told: Progress[] = [];
    const watching = (async () => {
      for await (const progress of watchProgress(app.system.ref('/work'), { signal: end.signal }))
        told.push(progress);
    })();
    await app.advance(5_500);
    end.abort();
    await watching;
    await app.advance(5_000);
    expect(told.at(-1)).toMatchObject({ done: 9, failed: 1 });
  });
});
