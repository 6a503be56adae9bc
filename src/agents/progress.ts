/** How far a pipeline is. Nothing is stored for it: it follows from the state, and from when results were told. */
import type { EmittedOptions } from '../runtime/ref-types.ts';
import type { PipelineContext } from './pipeline-state.ts';

/** @public */
export interface Progress {
  readonly done: number;
  readonly failed: number;
  /** Under way. */
  readonly running: number;
  /** Of the source; undefined: it has not said. */
  readonly total: number | undefined;
  /** Results in a second, over the latest fifty; undefined: fewer than two, or all at one moment. */
  readonly ratePerS: number | undefined;
  /** Until the source has no more, at that rate, in ms. */
  readonly etaMs: number | undefined;
}

/** What is used of a `Ref` to a pipeline. @public */
export interface PipelineRef {
  snapshot(): Promise<{ readonly context: PipelineContext<unknown, unknown, unknown> }>;
  emitted(
    options?: EmittedOptions,
  ): AsyncIterable<{ readonly position: number; readonly atMs: number }>;
}

const LATEST = 50;

/**
 * How far the pipeline is now, by what is durable.
 *
 * @throws {@link PerdureError} as `snapshot()` and `emitted()` of the ref
 * @public
 */
export async function progressOf(ref: PipelineRef): Promise<Progress> {
  const { context } = await ref.snapshot();
  const { done, failed, total, running } = context;
  const ratePerS = rateOf(await latestOf(ref, done + failed));
  const left = total === undefined ? undefined : total - done - failed;
  const etaMs =
    left === undefined || ratePerS === undefined
      ? undefined
      : Math.round((left / ratePerS) * 1_000);
  return { done, failed, running: running.length, total, ratePerS, etaMs };
}

/**
 * The progress now, and after each result that lands from then on; what comes while you are busy is told together.
 * Ends when the pipeline has ended.
 *
 * @throws {@link PerdureError} as `progressOf`
 * @public
 */
export async function* watchProgress(
  ref: PipelineRef,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<Progress, void> {
  let told = -1;
  const news = ref.emitted(signal === undefined ? {} : { signal });
  yield await progressOf(ref);
  for await (const { position } of news) {
    if (position < told) continue;
    const progress = await progressOf(ref);
    told = progress.done + progress.failed;
    yield progress;
  }
}

/** When the latest results were told. */
async function latestOf(ref: Pick<PipelineRef, 'emitted'>, results: number): Promise<number[]> {
  const times: number[] = [];
  for await (const { atMs } of ref.emitted({
    from: Math.max(1, results - LATEST),
    follow: false,
  })) {
    times.push(atMs);
    if (times.length > LATEST) times.shift();
  }
  return times;
}

function rateOf(times: readonly number[]): number | undefined {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || last === first) return undefined;
  return ((times.length - 1) * 1_000) / (last - first);
}
