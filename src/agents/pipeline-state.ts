/**
 * What a pipeline knows and decides: which item begins, whose result is told. Pure; `pipeline.ts` is the machine
 * around it. All of it is in the context, which is written with each turn: so it holds items that are under way,
 * and never those that are behind it.
 */

/** One item of the source, by its place there, from 0. @public */
export interface PipelineItem<TItem> {
  readonly index: number;
  readonly item: TItem;
}

/** How an item ended. */
type Ended<TOutput> =
  | { readonly index: number; readonly output: TOutput }
  | { readonly index: number; readonly error: unknown };

/** Told once for each item; again when one that failed was retried. @public */
export type PipelineResult<TOutput> =
  | { readonly type: 'item.done'; readonly index: number; readonly output: TOutput }
  | { readonly type: 'item.failed'; readonly index: number; readonly error: unknown };

/** @public */
export interface PipelineContext<TItem, TOutput, TInput> {
  readonly input: TInput;
  /** Items done, and items that failed and were not done since. */
  readonly done: number;
  readonly failed: number;
  /** Of the source, if that is known. */
  readonly total: number | undefined;
  /** Why it has paused, if nobody asked for it. */
  readonly error: unknown;
  /** Where the source goes on. */
  readonly cursor: unknown;
  /** The source has no more. */
  readonly isEnd: boolean;
  readonly isPulling: boolean;
  /** Index of the next item that comes from the source. */
  readonly next: number;
  /** Index of the first item whose end has not been told, if they are told in order. */
  readonly head: number;
  /** Taken from the source, or to be done once more; not begun. */
  readonly waiting: readonly PipelineItem<TItem>[];
  /** Under way. */
  readonly running: readonly PipelineItem<TItem>[];
  /** Over, and not told before an earlier one is. */
  readonly ended: readonly Ended<TOutput>[];
}

/** How the machine was made. */
export interface PipelineRules<TItem> {
  readonly concurrency: number;
  readonly isOrdered: boolean;
  readonly pageSize: number;
  readonly onItemError: 'park' | 'pause';
  /** All of the source, where it is an array. */
  readonly items: readonly TItem[] | undefined;
}

/** What is to be done with the turn. */
export interface PipelineCommands<TItem, TOutput> {
  readonly starts: readonly PipelineItem<TItem>[];
  readonly pulls: boolean;
  readonly tells: readonly PipelineResult<TOutput>[];
  readonly parks: readonly (PipelineItem<TItem> & { readonly error: unknown })[];
}

export interface PipelineStep<TItem, TOutput, TInput> extends PipelineCommands<TItem, TOutput> {
  readonly context: PipelineContext<TItem, TOutput, TInput>;
}

/** So many results wait for one that is slow, for each that runs. */
const WINDOW = 4;

/** Items that the source gave, and where it goes on. */
export interface Page<TItem> {
  readonly items: readonly TItem[];
  readonly cursor: unknown;
  readonly isEnd: boolean;
}

export class PipelineState<TItem, TOutput, TInput> {
  readonly #rules: PipelineRules<TItem>;

  constructor(rules: PipelineRules<TItem>) {
    this.#rules = rules;
  }

  initial(input: TInput, total: number | undefined): PipelineContext<TItem, TOutput, TInput> {
    const { items } = this.#rules;
    return {
      input,
      done: 0,
      failed: 0,
      total: items?.length ?? total,
      error: undefined,
      cursor: undefined,
      isEnd: items?.length === 0,
      isPulling: false,
      next: 0,
      head: 0,
      waiting: [],
      running: [],
      ended: [],
    };
  }

  /** Whether nothing is left to do. */
  isOver({ isEnd, waiting, running, ended }: PipelineContext<TItem, TOutput, TInput>): boolean {
    return isEnd && waiting.length + running.length + ended.length === 0;
  }

  /** Begins what there is room for. */
  fill(before: PipelineContext<TItem, TOutput, TInput>): PipelineStep<TItem, TOutput, TInput> {
    const { concurrency, isOrdered, pageSize, items } = this.#rules;
    const starts: PipelineItem<TItem>[] = [];
    const waiting = [...before.waiting];
    let { next, isEnd } = before;
    const isFree = (index: number): boolean =>
      before.running.length + starts.length < concurrency &&
      (!isOrdered || index < before.head + WINDOW * concurrency);
    for (;;) {
      if (waiting[0] !== undefined) {
        if (!isFree(waiting[0].index)) break;
        starts.push(waiting.shift() as PipelineItem<TItem>);
      } else if (items !== undefined && next < items.length) {
        if (!isFree(next)) break;
        starts.push({ index: next, item: items[next] as TItem });
        next += 1;
      } else break;
    }
    if (items !== undefined) isEnd = next >= items.length;
    const pulls = items === undefined && !isEnd && !before.isPulling && waiting.length < pageSize;
    const context = {
      ...before,
      next,
      isEnd,
      waiting,
      running: [...before.running, ...starts],
      isPulling: before.isPulling || pulls,
    };
    return { context, starts, pulls, tells: [], parks: [] };
  }

  /** The source gave some. */
  pulled(
    before: PipelineContext<TItem, TOutput, TInput>,
    { items, cursor, isEnd }: Page<TItem>,
  ): PipelineStep<TItem, TOutput, TInput> {
    const taken = items.map((item, place) => ({ index: before.next + place, item }));
    const waiting = [...before.waiting, ...taken];
    const next = before.next + items.length;
    return only({ ...before, waiting, next, cursor, isEnd, isPulling: false });
  }

  /** The source failed for good. */
  notPulled(
    before: PipelineContext<TItem, TOutput, TInput>,
    error: unknown,
  ): PipelineStep<TItem, TOutput, TInput> {
    return only({ ...before, isPulling: false, error });
  }

  /** The step of that item is over. */
  ended(
    before: PipelineContext<TItem, TOutput, TInput>,
    end: Ended<TOutput>,
  ): PipelineStep<TItem, TOutput, TInput> {
    const { index } = end;
    const item = before.running.find((other) => other.index === index);
    if (item === undefined) return only(before);
    const running = before.running.filter((other) => other.index !== index);
    const isFailure = 'error' in end;
    if (isFailure && this.#rules.onItemError === 'pause')
      return only({ ...before, running, waiting: [item, ...before.waiting], error: end.error });
    const step = this.#tell({ ...before, running, ended: [...before.ended, end] });
    return isFailure ? { ...step, parks: [{ ...item, error: end.error }] } : step;
  }

  /** Whatever it was that made it pause. */
  resumed(before: PipelineContext<TItem, TOutput, TInput>): PipelineStep<TItem, TOutput, TInput> {
    return only({ ...before, error: undefined });
  }

  /** One that had failed is to be done once more. */
  retried(
    before: PipelineContext<TItem, TOutput, TInput>,
    { index, item }: PipelineItem<TItem>,
  ): PipelineStep<TItem, TOutput, TInput> {
    const isKnown = [...before.waiting, ...before.running].some((other) => other.index === index);
    if (isKnown) return only(before);
    return only({
      ...before,
      failed: before.failed - 1,
      waiting: [{ index, item }, ...before.waiting],
    });
  }

  /** In the order of the source, unless that does not matter; one that was retried has had its place. */
  #tell(before: PipelineContext<TItem, TOutput, TInput>): PipelineStep<TItem, TOutput, TInput> {
    const left = before.ended.toSorted((a, b) => a.index - b.index);
    const told: Ended<TOutput>[] = [];
    let { head } = before;
    while (left[0] !== undefined && (!this.#rules.isOrdered || left[0].index <= head)) {
      if (left[0].index === head) head += 1;
      told.push(left.shift() as Ended<TOutput>);
    }
    const failed = told.filter((end) => 'error' in end).length;
    const context = {
      ...before,
      head,
      ended: left,
      done: before.done + told.length - failed,
      failed: before.failed + failed,
    };
    return { ...only<TItem, TOutput, TInput>(context), tells: told.map(resultOf) };
  }
}

function resultOf<TOutput>(end: Ended<TOutput>): PipelineResult<TOutput> {
  return 'error' in end ? { type: 'item.failed', ...end } : { type: 'item.done', ...end };
}

function only<TItem, TOutput, TInput>(
  context: PipelineContext<TItem, TOutput, TInput>,
): PipelineStep<TItem, TOutput, TInput> {
  return { context, starts: [], pulls: false, tells: [], parks: [] };
}
