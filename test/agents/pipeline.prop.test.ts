/** Items through any kills, failed writes and failures: each is told once, in order, and acts under one key. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  actor,
  type DeadLetter,
  pipeline,
  step,
  type StepArgs,
  supervisor,
} from '../../src/index.ts';
import { deferred, Lab } from '../runtime/lab.ts';

type Act =
  | { readonly kind: 'end' | 'fail'; readonly which: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'kill' | 'lose' | 'pause' | 'resume' | 'retry' };

interface Call {
  readonly item: number;
  readonly key: string;
  readonly settle: (isGood: boolean) => void;
  isOver: boolean;
}

interface Shape {
  readonly count: number;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly source: 'array' | 'pages';
  readonly pageSize: number;
  readonly onItemError: 'park' | 'pause';
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  count: fc.integer({ min: 0, max: 12 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  ordered: fc.boolean(),
  source: fc.constantFrom('array', 'pages'),
  pageSize: fc.integer({ min: 1, max: 5 }),
  onItemError: fc.constantFrom('park', 'pause'),
});

const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('end'), which: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail'), which: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.nat(2_000) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constantFrom('kill', 'kill', 'lose', 'pause', 'resume', 'retry'),
      }),
    },
  ) as fc.Arbitrary<Act>,
  { maxLength: 40 },
);

class Run {
  readonly #shape: Shape;
  readonly #lab = new Lab();
  readonly #calls: Call[] = [];
  readonly #keys = new Map<number, Set<string>>();
  /** Results that were seen, by position. */
  readonly #told: string[] = [];
  /** How often each may have been begun anew, under another key. */
  readonly #renewals = new Map<number, number>();
  #system: Awaited<ReturnType<Run['open']>> | undefined = undefined;

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  async open() {
    const { count, source, ...options } = this.#shape;
    const items = Array.from({ length: count }, (_, n) => n);
    const machine = pipeline<number, string, unknown, number>({
      ...options,
      source:
        source === 'array'
          ? items
          : function* ({ cursor = -1 }) {
              for (const item of items) if (item > cursor) yield { item, cursor: item };
            },
      step: step((args: StepArgs<number>) => this.#call(args)),
    });
    const children = [actor('work', machine, { restart: 'transient' as const })];
    return await this.#lab.open(supervisor('app', { backoff: false, children }));
  }

  /** Resolves when all was judged, with what was told. */
  async play(given: readonly Act[]): Promise<readonly string[]> {
    this.#system = await this.open();
    for (const act of given) {
      await this.#lab.settle();
      await this.#do(act);
    }
    await this.#finish();
    return this.#told;
  }

  #call({ input: item, idempotencyKey: key, signal }: StepArgs<number>): Promise<string> {
    const { promise, resolve, reject } = deferred<string>();
    const settle = (isGood: boolean): void => {
      call.isOver = true;
      if (isGood) resolve(`<${item}>`);
      else {
        this.#renew(item);
        reject(new Error('illegible'));
      }
    };
    const call: Call = { item, key, settle, isOver: false };
    signal.addEventListener('abort', () => {
      call.isOver = true;
      reject(signal.reason as Error);
    });
    this.#calls.push(call);
    this.#keys.set(item, (this.#keys.get(item) ?? new Set()).add(key));
    expect(this.#open.length).toBeLessThanOrEqual(this.#shape.concurrency);
    return promise;
  }

  get #open(): Call[] {
    return this.#calls.filter(({ isOver }) => !isOver);
  }

  async #do(act: Act): Promise<void> {
    const calls = this.#open;
    switch (act.kind) {
      case 'end':
      case 'fail':
        calls[act.which % calls.length]?.settle(act.kind === 'end');
        return;
      case 'wait':
        await this.#lab.advance(act.ms);
        return;
      case 'lose':
        this.#lab.failNextWrite();
        return;
      case 'kill':
        await this.#lab.kill();
        for (const call of calls) call.isOver = true;
        this.#system = await this.open();
        return;
      case 'retry':
        await this.#retryOne();
        return;
      case 'pause':
      case 'resume':
        void this.#ref.send({ type: act.kind }).catch(() => undefined);
    }
  }

  get #ref() {
    if (this.#system === undefined) throw new Error('no process has begun');
    return this.#system.ref('/work');
  }

  async #retryOne(): Promise<void> {
    for await (const { id, event } of this.#letters()) {
      this.#renew((event as unknown as { index: number }).index);
      void this.#system?.deadLetters.retry(id).catch(() => undefined);
      return;
    }
  }

  #renew(item: number): void {
    this.#renewals.set(item, (this.#renewals.get(item) ?? 0) + 1);
  }

  /** Items. A step that was running when several processes died is one more, of its own kind. */
  async *#letters(): AsyncGenerator<DeadLetter> {
    for await (const letter of this.#system?.deadLetters.list() ?? [])
      if (letter.reason === 'parked') yield letter;
  }

  /** Nothing goes wrong any more. */
  async #finish(): Promise<void> {
    for (let rounds = 0; rounds < 60; rounds += 1) {
      await this.#lab.advance(1_000);
      for (const call of this.#open) call.settle(true);
      await this.#lab.settle();
      const { status } = await this.#ref.snapshot();
      if (status === 'done') break;
      await this.#ref.send({ type: 'resume' }).catch(() => undefined);
    }
    await this.#judge();
    await this.#lab.stop(this.#system as never);
  }

  async #judge(): Promise<void> {
    const { count, ordered, onItemError } = this.#shape;
    const firsts: number[] = [];
    const done: number[] = [];
    for await (const { event } of this.#ref.emitted({ from: 1, follow: false })) {
      const { index } = event;
      this.#told.push(`${event.type} ${index}`);
      if (!firsts.includes(index)) firsts.push(index);
      if (event.type === 'item.done') {
        expect(event.output).toBe(`<${index}>`);
        done.push(index);
      }
    }
    const all = Array.from({ length: count }, (_, n) => n);
    const told = this.#told.join(', ');
    // none was skipped, and none is done twice
    const places = ordered ? firsts : firsts.toSorted((a, b) => a - b);
    expect({ told, places }).toEqual({ told, places: all });
    expect({ told, done: new Set(done).size }).toEqual({ told, done: done.length });
    if (onItemError === 'pause') expect(done.toSorted((a, b) => a - b)).toEqual(all);
    for await (const { reason, state } of this.#system?.deadLetters.list() ?? [])
      if (reason === 'effect')
        this.#renew(Number((state as { effect: string }).effect.slice('item'.length)));
    for (const [item, keys] of this.#keys)
      expect(keys.size).toBeLessThanOrEqual(1 + (this.#renewals.get(item) ?? 0));
    const output = await this.#ref.done();
    expect(output).toEqual({ done: done.length, failed: count - done.length, isCancelled: false });
    const letters: number[] = [];
    for await (const { event } of this.#letters())
      letters.push((event as unknown as { index: number }).index);
    expect(letters.toSorted((a, b) => a - b)).toEqual(all.filter((index) => !done.includes(index)));
  }
}

test('are each told once and in order, whatever fails', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, acts, async (shape, given) => {
      const told = await new Run(shape).play(given);
      expect(told.length).toBeGreaterThanOrEqual(shape.count);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 150) },
  );
}, 60_000);
