/** The founding problem as a machine: many items, one step for each, and a checkpoint after every one. */
import { enqueueActions, fromPromise, setup } from 'xstate';
import type {
  AnyActorLogic,
  EmittedFrom,
  EventObject,
  MetaObject,
  NonReducibleUnknown,
  PromiseActorLogic,
  StateMachine,
} from 'xstate';
import { parseAddress } from '../actors/address.ts';
import { park } from '../actors/park.ts';
import { step as stepLogic, stepOf } from '../actors/step.ts';
import { pipelineOptionsSchema } from '../base/agent-options.ts';
import { PerdureError } from '../base/errors.ts';
import { readOptions } from '../base/option-reading.ts';
import {
  type Page,
  type PipelineContext,
  type PipelineItem,
  type PipelineResult,
  PipelineState,
  type PipelineStep,
} from './pipeline-state.ts';

/** What a source is asked for. @public */
export interface SourceArgs<TInput, TCursor> {
  readonly input: TInput;
  /** That of the last item that was taken; undefined: begin. */
  readonly cursor: TCursor | undefined;
  readonly signal: AbortSignal;
}

/** An item, and where its source goes on behind it. @public */
export interface SourceItem<TItem, TCursor> {
  readonly item: TItem;
  /** Storable: a number, an id, a token. */
  readonly cursor: TCursor;
}

/**
 * Gives items from a cursor on, in an order that stays. It is opened anew for each page of items, and closed
 * (`return`) when that is full.
 *
 * @public
 */
export type Source<TItem, TInput, TCursor> = (
  args: SourceArgs<TInput, TCursor>,
) => AsyncIterable<SourceItem<TItem, TCursor>> | Iterable<SourceItem<TItem, TCursor>>;

/** Made by {@link fromEmissions}. @public */
export interface EmissionSource<TItem> {
  readonly address: string;
  readonly types: readonly string[] | undefined;
  /** Only for the compiler. */
  readonly item?: TItem;
}

type EmissionOf<L extends AnyActorLogic> = EmittedFrom<L>;

/**
 * What another actor emits, as the source of a pipeline, from its first emission on: each is an item. The source has no
 * more when that actor has ended. While nothing is emitted nothing runs.
 *
 * @param types - only these: `fromEmissions<typeof inbox, 'arrived'>('/inbox', 'arrived')`
 * @throws {@link PerdureError} ADDRESS_INVALID
 * @public
 */
export function fromEmissions<
  L extends AnyActorLogic,
  T extends EmissionOf<L>['type'] = EmissionOf<L>['type'],
>(address: string, ...types: readonly T[]): EmissionSource<Extract<EmissionOf<L>, { type: T }>> {
  parseAddress(address);
  return Object.freeze({ address, types: types.length === 0 ? undefined : types });
}

/** What does one item. @public */
export type ItemLogic<TItem, TOutput> =
  | PromiseActorLogic<TOutput, TItem>
  // biome-ignore lint/suspicious/noExplicitAny: whatever else it is made of
  | StateMachine<any, any, any, any, any, any, any, any, any, TItem, TOutput, any, any, any>;

/** @public */
export interface PipelineOptions<TItem, TOutput, TInput, TCursor> {
  /** Name of the machine. @defaultValue 'pipeline' */
  readonly id?: string;
  /**
   * All items, if the code has them: what is there must not change its place. Or a function that gives them, or
   * `fromEmissions()`.
   */
  readonly source: readonly TItem[] | Source<TItem, TInput, TCursor> | EmissionSource<TItem>;
  /**
   * What is done with each item: `step()`, whose `retry` is that of an item, `workerStep()`, `fromPromise()`. Or a
   * machine, whose input is the item and whose output the result, with a checkpoint after each of its own steps.
   */
  readonly step: ItemLogic<TItem, TOutput>;
  /** So many items at once. @defaultValue 1 */
  readonly concurrency?: number;
  /**
   * Whether results are told in the order of the source. One that is slow holds back at most four times
   * `concurrency` others. @defaultValue true
   */
  readonly ordered?: boolean;
  /**
   * What becomes of an item whose step fails for the last time. `'park'`: it is a dead letter, and the others go on;
   * `deadLetters.retry` does it once more. `'pause'`: the pipeline waits for `{ type: 'resume' }`, and begins with it.
   *
   * @defaultValue 'park'
   */
  readonly onItemError?: 'park' | 'pause';
  /** How many a source will give, for the progress: of an array it is known. */
  readonly total?: number;
  /** Items that are taken from a source at once, and are in the state until they begin. @defaultValue 10 */
  readonly pageSize?: number;
}

/** @public */
export type PipelineEvent<TItem> =
  /** No further items begin; those under way come to their end. Durable. */
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Ends it: what is under way is aborted. */
  | { readonly type: 'cancel' }
  /** What a dead letter of it holds. */
  | ({ readonly type: 'retry' } & PipelineItem<TItem>);

/** @public */
export interface PipelineOutput {
  readonly done: number;
  readonly failed: number;
  readonly isCancelled: boolean;
}

/** @public */
export type Pipeline<TItem, TOutput, TInput> = StateMachine<
  PipelineContext<TItem, TOutput, TInput>,
  PipelineEvent<TItem>,
  Record<string, never>,
  never,
  never,
  never,
  never,
  'running' | 'paused' | 'done' | 'cancelled',
  never,
  TInput,
  PipelineOutput,
  PipelineResult<TOutput>,
  MetaObject,
  Record<string, unknown>
>;

type Context = PipelineContext<unknown, unknown, unknown>;
type Step = PipelineStep<unknown, unknown, unknown>;
type Ended = EventObject & { readonly output?: unknown; readonly error?: unknown };

// names of its children, and the beginnings of their ids
const PULL = 'source';
const ITEM = 'item';

/**
 * A machine that takes items from a source and runs a step for each, `concurrency` at a time: any actor or pool
 * may be one. Each result is emitted once, in the order of the source (`item.done`, `item.failed`), in the batch that
 * notes that its item is over: killed anywhere, it goes on with the items that were under way, under their keys, and
 * skips and repeats none. What it stores for each turn does not grow with the number of items. When the source has no
 * more it is done (a final state): give its actor `restart: 'transient'`.
 *
 * A source that fails is asked again, ten times with backoff; then the pipeline pauses, with the error in
 * its context.
 *
 * @throws {@link PerdureError} OPTION_INVALID
 * @public
 */
export function pipeline<TItem, TOutput, TInput = NonReducibleUnknown, TCursor = unknown>(
  options: PipelineOptions<TItem, TOutput, TInput, TCursor>,
): Pipeline<TItem, TOutput, TInput> {
  const checked = readOptions('pipeline()', pipelineOptionsSchema, options);
  const { id, concurrency, ordered, onItemError, total, pageSize } = checked;
  const { source, step } = options;
  const items = Array.isArray(source) ? (source as readonly unknown[]) : undefined;
  const rules = { concurrency, isOrdered: ordered, pageSize, onItemError, items };
  const state = new PipelineState<unknown, unknown, unknown>(rules);
  const machine = machineOf({
    id,
    state,
    total,
    step: step as AnyActorLogic,
    pull: pullFrom(source, pageSize),
  });
  return machine as unknown as Pipeline<TItem, TOutput, TInput>;
}

type AnySource = Source<unknown, unknown, unknown>;

const nothing = fromPromise<Page<unknown>, unknown>(() =>
  Promise.resolve({ items: [], cursor: undefined, isEnd: true }),
);

function pullFrom(source: unknown, pageSize: number): AnyActorLogic {
  if (typeof source === 'function') return pullOf(source as AnySource, pageSize);
  if (Array.isArray(source)) return nothing;
  const { address, types } = source as EmissionSource<unknown>;
  const run = (): Promise<never> =>
    Promise.reject(
      new PerdureError('OPTION_INVALID', {
        path: 'pipeline().source',
        why: `emissions of ${address} are there in a system only, not on a plain createActor`,
      }),
    );
  return stepOf<Page<unknown>, unknown>({ run, reads: { address, types, limit: pageSize } });
}

/** Takes a page from where the last one ended. */
function pullOf(
  source: AnySource,
  pageSize: number,
): PromiseActorLogic<Page<unknown>, Pick<Context, 'input' | 'cursor'>> {
  return stepLogic<Page<unknown>, Pick<Context, 'input' | 'cursor'>>({
    retry: { attemptsMax: 10, minMs: 500 },
    run: async ({ input: { input, cursor }, signal }) => {
      const items: unknown[] = [];
      let last = cursor;
      for await (const next of source({ input, cursor, signal })) {
        items.push(next.item);
        last = next.cursor;
        if (items.length >= pageSize) return { items, cursor: last, isEnd: false };
      }
      return { items, cursor: last, isEnd: true };
    },
  });
}

interface Parts {
  readonly id: string;
  readonly state: PipelineState<unknown, unknown, unknown>;
  readonly total: number | undefined;
  readonly step: AnyActorLogic;
  readonly pull: AnyActorLogic;
}

function machineOf({ id, state, total, step, pull }: Parts): object {
  const end = [act((context, event) => endOf(state, context, event)), stopOver];
  const fill = act((context) => (context.error === undefined ? state.fill(context) : undefined));
  const retry = act((context, event) => state.retried(context, event as never));
  const isStuck = ({ context }: { context: Context }): boolean => context.error !== undefined;
  const isOver = ({ context }: { context: Context }): boolean => state.isOver(context);
  return setup({ actors: { [ITEM]: step, [PULL]: pull } }).createMachine({
    id,
    context: ({ input }: { input: unknown }) => state.initial(input, total),
    initial: 'running',
    on: { cancel: '.cancelled' },
    states: {
      running: {
        entry: fill,
        on: {
          'xstate.done.actor.*': { actions: [...end, fill] },
          'xstate.error.actor.*': { actions: [...end, fill] },
          retry: { actions: [retry, fill] },
          pause: 'paused',
        },
        always: [
          { guard: isStuck, target: 'paused' },
          { guard: isOver, target: 'done' },
        ],
      },
      paused: {
        exit: act((context) => state.resumed(context)),
        on: {
          'xstate.done.actor.*': { actions: end },
          'xstate.error.actor.*': { actions: end },
          retry: { actions: retry },
          resume: 'running',
        },
      },
      done: { type: 'final', output: false },
      cancelled: { type: 'final', output: true },
    },
    output: ({ context, event }: { context: Context; event: Ended }): PipelineOutput => ({
      done: context.done,
      failed: context.failed,
      isCancelled: event.output === true,
    }),
  } as never);
}

function childOf(type: string): string {
  return type.split('.')[3] ?? '';
}

/** A child that is over stays in the snapshot until it is stopped. */
const stopOver = enqueueActions(({ event, enqueue }) => {
  enqueue.stopChild(childOf(event.type));
});

/** What one of its children came to. */
function endOf(
  state: PipelineState<unknown, unknown, unknown>,
  context: Context,
  { type, output, error }: Ended,
): Step {
  const child = childOf(type);
  const isDone = type.startsWith('xstate.done.');
  if (child === PULL)
    return isDone
      ? state.pulled(context, output as Page<unknown>)
      : state.notPulled(context, error);
  const index = Number(child.slice(ITEM.length));
  return state.ended(context, isDone ? { index, output } : { index, error });
}

interface Enqueue {
  (action: unknown): void;
  assign(context: unknown): void;
  emit(event: unknown): void;
  spawnChild(src: string, options: object): void;
  stopChild(id: string): void;
}

/** Decides, and does with the turn what was decided. */
function act(decide: (context: Context, event: Ended) => Step | undefined): object {
  return enqueueActions((args) => {
    const enqueue = args.enqueue as unknown as Enqueue;
    const event = args.event as Ended;
    const decided = decide(args.context as unknown as Context, event);
    if (decided === undefined) return;
    const { context, starts, pulls, tells, parks } = decided;
    enqueue.assign(context);
    for (const tell of tells) enqueue.emit(tell);
    for (const { error, ...item } of parks)
      enqueue(park(() => ({ event: { type: 'retry', ...item } as never, error })));
    const { input, cursor } = context;
    if (pulls) enqueue.spawnChild(PULL, { id: PULL, input: { input, cursor } });
    for (const { index, item } of starts)
      enqueue.spawnChild(ITEM, { id: `${ITEM}${index}`, input: item });
  });
}
