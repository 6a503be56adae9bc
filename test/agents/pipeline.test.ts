import { assign, setup } from 'xstate';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  actor,
  type DeadLetter,
  pipeline,
  type PipelineOptions,
  type PipelineResult,
  step,
  type StepArgs,
  supervisor,
} from '../../src/index.ts';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { FailingStore } from '../faults/failing-store.ts';
import { deferred, Lab } from '../runtime/lab.ts';

interface Call extends StepArgs<number> {
  readonly end: (output: string) => void;
  readonly fail: (error: Error) => void;
}

type Options = Partial<PipelineOptions<number, string, unknown, number>>;

/** The step of each item waits for the test to end it. */
class Desk {
  readonly calls: Call[] = [];

  /** Items that were begun, in that order. */
  get begun(): number[] {
    return this.calls.map(({ input }) => input);
  }

  call(item: number): Call {
    const found = this.calls.findLast(({ input }) => input === item);
    if (found === undefined) throw new Error(`item ${item} was not begun`);
    return found;
  }

  tree(options: Options = {}) {
    const machine = pipeline<number, string, unknown, number>({
      source: [10, 11, 12, 13, 14],
      step: step({
        run: (args: StepArgs<number>) => {
          const { promise, resolve, reject } = deferred<string>();
          this.calls.push({ ...args, end: resolve, fail: reject });
          args.signal.addEventListener('abort', () => reject(args.signal.reason as Error));
          return promise;
        },
      }),
      ...options,
    });
    return supervisor('app', {
      backoff: false,
      children: [actor('work', machine, { restart: 'transient' })],
    });
  }
}

type System = Awaited<ReturnType<typeof openDesk>>;

function openDesk(lab: Lab, desk: Desk, options?: Options) {
  return lab.open(desk.tree(options));
}

async function resultsOf(system: System): Promise<PipelineResult<string>[]> {
  const results: PipelineResult<string>[] = [];
  for await (const { event } of system.ref('/work').emitted({ from: 1, follow: false }))
    results.push(event as PipelineResult<string>);
  return results;
}

async function toldBy(system: System): Promise<string[]> {
  return (await resultsOf(system)).map((result) =>
    result.type === 'item.done' ? `${result.index} ${result.output}` : `${result.index} failed`,
  );
}

describe('a pipeline', () => {
  test('does one item after the other, and is done with the last', async () => {
    const lab = new Lab();
    const desk = new Desk();
    const system = await openDesk(lab, desk);
    for (const item of [10, 11, 12, 13, 14]) {
      await lab.settle();
      expect(desk.begun.at(-1)).toBe(item);
      desk.call(item).end(`<${item}>`);
    }
    await lab.settle();
    expect(await toldBy(system)).toEqual(['0 <10>', '1 <11>', '2 <12>', '3 <13>', '4 <14>']);
    expect(await system.ref('/work').done()).toEqual({ done: 5, failed: 0, isCancelled: false });
    await lab.stop(system);
  });

  test('does some at once, and tells them in the order of the source', async () => {
    const lab = new Lab();
    const desk = new Desk();
    const system = await openDesk(lab, desk, { concurrency: 2 });
    await lab.settle();
    expect(desk.begun).toEqual([10, 11]);
    desk.call(11).end('b');
    await lab.settle();
    expect(desk.begun).toEqual([10, 11, 12]);
    expect(await toldBy(system)).toEqual([]);
    desk.call(10).end('a');
    await lab.settle();
    expect(await toldBy(system)).toEqual(['0 a', '1 b']);
    await lab.stop(system);
  });

  test('tells them as they come with ordered: false', async () => {
    const lab = new Lab();
    const desk = new Desk();
    const system = await openDesk(lab, desk, { concurrency: 2, ordered: false });
    await lab.settle();
    desk.call(11).end('b');
    await lab.settle();
    expect(await toldBy(system)).toEqual(['1 b']);
    await lab.stop(system);
  });

  test('lets a slow item hold back no more than four times its concurrency', async () => {
    const lab = new Lab();
    const desk = new Desk();
    const source = Array.from({ length: 50 }, (_, n) => n);
    const system = await openDesk(lab, desk, { source, concurrency: 2 });
    for (let item = 1; item < 8; item += 1) {
      await lab.settle();
      desk.call(item).end('');
    }
    await lab.settle();
    expect(desk.begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    desk.call(0).end('');
    await lab.settle();
    expect(desk.begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await lab.stop(system);
  });

  test('goes on after a crash with the items that were under way, and no other, under their keys', async () => {
    const lab = new Lab();
    const desk = new Desk();
    await openDesk(lab, desk, { concurrency: 2 });
    await lab.settle();
    desk.call(10).end('a');
    await lab.settle();
    await lab.kill();
    const before = desk.calls.splice(0);
    const system = await openDesk(lab, desk, { concurrency: 2 });
    await lab.settle();
    expect(desk.begun).toEqual([11, 12]);
    const keyOf = (calls: readonly Call[], item: number): string | undefined =>
      calls.find(({ input }) => input === item)?.idempotencyKey;
    for (const item of [11, 12]) expect(keyOf(desk.calls, item)).toBe(keyOf(before, item));
    for (const item of [11, 12, 13, 14]) {
      desk.call(item).end(String(item));
      await lab.settle();
    }
    expect(await toldBy(system)).toEqual(['0 a', '1 11', '2 12', '3 13', '4 14']);
    await lab.stop(system);
  });

  test('that has nothing to do is done at once', async () => {
    const lab = new Lab();
    const system = await openDesk(lab, new Desk(), { source: [] });
    expect(await system.ref('/work').done()).toEqual({ done: 0, failed: 0, isCancelled: false });
    await lab.stop(system);
  });

  test('keeps nothing of what is behind it: what a turn writes does not grow', async () => {
    const sizeAfter = async (count: number): Promise<number> => {
      const store = new FailingStore(memoryStore());
      const lab = new Lab(store);
      const desk = new Desk();
      const source = Array.from({ length: 3_000 }, (_, n) => n);
      const system = await openDesk(lab, desk, { source });
      for (let item = 0; item < count; item += 1) {
        await lab.settle();
        desk.call(item).end('done');
      }
      await lab.settle();
      const { context, children } = await system.ref('/work').snapshot();
      await lab.stop(system);
      return JSON.stringify({ context, children: Object.keys(children ?? {}) }).length;
    };
    const [few, many] = [await sizeAfter(10), await sizeAfter(1_000)];
    expect(many - few).toBeLessThan(30);
  });
});

describe('an item that fails', () => {
  test('is a dead letter, and the others go on; a retry does it once more', async () => {
    const lab = new Lab();
    const desk = new Desk();
    const system = await openDesk(lab, desk, { source: [10, 11, 12] });
    await lab.settle();
    desk.call(10).fail(new Error('illegible'));
    await lab.settle();
    desk.call(11).end('b');
    await lab.settle();
    const letters: DeadLetter[] = [];
    for await (const letter of system.deadLetters.list()) letters.push(letter);
    expect(letters).toMatchObject([
      {
        address: '/work',
        reason: 'parked',
        event: { type: 'retry', index: 0, item: 10 },
        error: { message: 'illegible' },
      },
    ]);
    expect((await system.ref('/work').snapshot()).context).toMatchObject({ done: 1, failed: 1 });

    await system.deadLetters.retry(letters[0]?.id ?? 0);
    desk.call(12).end('c');
    await lab.settle();
    expect(desk.begun).toEqual([10, 11, 12, 10]);
    desk.call(10).end('a');
    await lab.settle();
    expect(await toldBy(system)).toEqual(['0 failed', '1 b', '2 c', '0 a']);
    expect(await system.ref('/work').done()).toEqual({ done: 3, failed: 0, isCancelled: false });
    await lab.stop(system);
  });

  test('pauses the pipeline with onItemError: pause, and is the first when that goes on', async () => {
    const lab = new Lab();
    const desk = new Desk();
    const system = await openDesk(lab, desk, { onItemError: 'pause' });
    await lab.settle();
    desk.call(10).fail(new Error('illegible'));
    await lab.settle();
    const { value, context } = await system.ref('/work').snapshot();
    expect([value, context.error]).toEqual(['paused', new Error('illegible')]);
    await system.ref('/work').send({ type: 'resume' });
    await lab.settle();
    expect(desk.begun).toEqual([10, 10]);
    expect(await system.deadLetters.get(1)).toBeUndefined();
    await lab.stop(system);
  });
});

test('an item may be a machine of its own: it goes on with the step that it was at', async () => {
  const began: string[] = [];
  const held: (() => void)[] = [];
  const phase = (name: string) =>
    step(async ({ input }: StepArgs<number>) => {
      began.push(`${name} ${input}`);
      const { promise, resolve } = deferred<void>();
      held.push(resolve);
      await promise;
      return `${name} ${input}`;
    });
  const treated = setup({
    types: {
      input: {} as number,
      context: {} as { readonly item: number; readonly told: string },
      output: {} as string,
    },
    actors: { read: phase('read'), sort: phase('sort') },
  }).createMachine({
    id: 'treated',
    context: ({ input }) => ({ item: input, told: '' }),
    initial: 'reading',
    states: {
      reading: {
        invoke: { src: 'read', input: ({ context }) => context.item, onDone: 'sorting' },
      },
      sorting: {
        invoke: {
          src: 'sort',
          input: ({ context }) => context.item,
          onDone: { target: 'done', actions: assign({ told: ({ event }) => event.output }) },
        },
      },
      done: { type: 'final' },
    },
    output: ({ context }) => context.told,
  });
  const machine = pipeline({ source: [7, 8], step: treated });
  const tree = supervisor('app', { children: [actor('work', machine, { restart: 'transient' })] });
  const lab = new Lab();
  await lab.open(tree);
  await lab.settle();
  held.pop()?.();
  await lab.settle();
  await lab.kill();
  const system = await lab.open(tree);
  for (let ends = 0; ends < 3; ends += 1) {
    await lab.settle();
    held.pop()?.();
  }
  await lab.settle();
  expect(began).toEqual(['read 7', 'sort 7', 'sort 7', 'read 8', 'sort 8']);
  expect(await system.ref('/work').done()).toMatchObject({ done: 2 });
  await lab.stop(system);
});

describe('an operator', () => {
  test('pauses a pipeline: what is under way ends, nothing begins, also in the next process', async () => {
    const lab = new Lab();
    const desk = new Desk();
    const first = await openDesk(lab, desk);
    await lab.settle();
    await first.ref('/work').send({ type: 'pause' }, { until: 'applied' });
    desk.call(10).end('a');
    await lab.settle();
    expect(await toldBy(first)).toEqual(['0 a']);
    await lab.kill();
    const system = await openDesk(lab, desk);
    await lab.settle();
    expect(desk.begun).toEqual([10]);
    await system.ref('/work').send({ type: 'resume' });
    await lab.settle();
    expect(desk.begun).toEqual([10, 11]);
    await lab.stop(system);
  });

  test('cancels a pipeline: what is under way is aborted', async () => {
    const lab = new Lab();
    const desk = new Desk();
    const system = await openDesk(lab, desk, { concurrency: 2 });
    await lab.settle();
    desk.call(10).end('a');
    await lab.settle();
    await system.ref('/work').send({ type: 'cancel' });
    await lab.settle();
    expect(desk.call(11).signal.aborted).toBe(true);
    expect(await system.ref('/work').done()).toEqual({ done: 1, failed: 0, isCancelled: true });
    await lab.stop(system);
  });
});

describe('a source', () => {
  const upTo = (end: number, opened: (number | undefined)[] = []) =>
    async function* ({ cursor }: { readonly cursor: number | undefined }) {
      opened.push(cursor);
      for (let item = (cursor ?? -1) + 1; item < end; item += 1) yield { item, cursor: item };
    };

  test('is read page by page, each from where the last one ended', async () => {
    const lab = new Lab();
    const desk = new Desk();
    const opened: (number | undefined)[] = [];
    const system = await openDesk(lab, desk, { source: upTo(7, opened), pageSize: 3, total: 7 });
    for (let item = 0; item < 7; item += 1) {
      await lab.settle();
      desk.call(item).end('');
    }
    await lab.settle();
    expect(opened).toEqual([undefined, 2, 5]);
    expect(desk.begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await system.ref('/work').done()).toMatchObject({ done: 7 });
    await lab.stop(system);
  });

  test('that dies with its process is opened where it was', async () => {
    const lab = new Lab();
    const desk = new Desk();
    for (let item = 0; item < 7; item += 1) {
      await openDesk(lab, desk, { source: upTo(7), pageSize: 3 });
      await lab.settle();
      desk.call(item).end(String(item));
      await lab.settle();
      await lab.kill();
    }
    const system = await openDesk(lab, desk, { source: upTo(7), pageSize: 3 });
    await lab.settle();
    expect(await toldBy(system)).toEqual(['0 0', '1 1', '2 2', '3 3', '4 4', '5 5', '6 6']);
    await lab.stop(system);
  });

  test('that fails is asked again; when it has failed ten times, the pipeline pauses', async () => {
    const lab = new Lab();
    const desk = new Desk();
    let asked = 0;
    let isDown = true;
    const source = async function* () {
      asked += 1;
      if (isDown) throw new Error('the table is gone');
      yield { item: 1, cursor: 1 };
    };
    const system = await openDesk(lab, desk, { source });
    await lab.advance(600_000);
    const { value, context } = await system.ref('/work').snapshot();
    expect([asked, value, context.error]).toEqual([10, 'paused', new Error('the table is gone')]);
    isDown = false;
    await system.ref('/work').send({ type: 'resume' });
    await lab.settle();
    expect(desk.begun).toEqual([1]);
    await lab.stop(system);
  });
});

test.each([
  [{ concurrency: 0 }, 'pipeline().concurrency'],
  [{ onItemError: 'ignore' }, 'pipeline().onItemError'],
  [{ source: 5 }, 'pipeline().source'],
  [{ step: {} }, 'pipeline().step'],
])('refuses %o', (options, path) => {
  expect(() => new Desk().tree(options as Options)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', facts: expect.objectContaining({ path }) }),
  );
});

test('has the types of its step and its source', async () => {
  const machine = pipeline({
    source: ['a', 'b'],
    step: step(async ({ input }: StepArgs<string>) => input.length),
  });
  const tree = supervisor('app', { children: [actor('work', machine, { restart: 'transient' })] });
  const lab = new Lab();
  const system = await lab.open(tree);
  const output = await system.ref('/work').done();
  expectTypeOf(output.done).toEqualTypeOf<number>();
  const { context } = await system.ref('/work').snapshot();
  expectTypeOf(context.running[0]?.item).toEqualTypeOf<string | undefined>();
  // @ts-expect-error there is no such event
  const sent = system.ref('/work').send({ type: 'hurry' });
  await expect(sent).rejects.toThrow('/work');
  await lab.stop(system);
});
