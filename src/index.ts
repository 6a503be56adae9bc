/** The public API: what is exported, and `createSystem`, which wires the default drivers to the runtime. */
import { readOptions } from './base/option-reading.ts';
import { systemOptionsSchema } from './base/system-options.ts';
import { levelStore } from './drivers/level-store.ts';
import { localExecutor } from './drivers/local-executor.ts';
import { threadPool } from './drivers/thread-pool.ts';
import { defaultLogger } from './drivers/pino-logger.ts';
import { systemClock } from './drivers/system-clock.ts';
import { systemEntropy } from './drivers/system-entropy.ts';
import type { Store } from './ports/store.ts';
import { openSystem } from './runtime/open-system.ts';
import type { AnyRoot, System, SystemOptions } from './runtime/system-types.ts';

export { actor, pool, supervisor, template } from './runtime/tree-spec.ts';
export type {
  ActorSpec,
  AnyChild,
  PoolSpec,
  SupervisorOptions,
  SupervisorSpec,
} from './runtime/tree-spec.ts';
export { presets } from './runtime/presets.ts';
export { readPolicies } from './runtime/policies.ts';
export type {
  ActorPolicy,
  IntensityPolicy,
  PlacePolicy,
  Policies,
  Policy,
  PoolPolicy,
  RunPolicy,
  SpecPoolPolicy,
  SupervisorPolicy,
} from './runtime/policy-types.ts';
export type {
  ActorDescription,
  AnyDescription,
  LogicDescription,
  NodeDescription,
  PoolDescription,
  SpecPoolDescription,
  SupervisorDescription,
  TreeDescription,
} from './runtime/describe-tree.ts';
export { stopOnSignals } from './drivers/signals.ts';
export type { StopOnSignalsOptions } from './drivers/signals.ts';
export { levelStore } from './drivers/level-store.ts';
export { memoryStore } from './drivers/memory-store.ts';
export { step } from './actors/step.ts';
export { fromEmissions, pipeline } from './agents/pipeline.ts';
export type {
  EmissionSource,
  ItemLogic,
  Pipeline,
  PipelineEvent,
  PipelineOptions,
  PipelineOutput,
  Source,
  SourceArgs,
  SourceItem,
} from './agents/pipeline.ts';
export type { PipelineContext, PipelineItem, PipelineResult } from './agents/pipeline-state.ts';
export { progressOf, watchProgress } from './agents/progress.ts';
export type { PipelineRef, Progress } from './agents/progress.ts';
export { workerStep } from './agents/worker-step.ts';
export type { WorkerModule, WorkerStepArgs, WorkerStepOptions } from './agents/worker-step.ts';
export type { StepArgs, StepOptions, Verdict, Verify } from './actors/step.ts';
export type { RetryPolicy } from './actors/retry-policy.ts';
export type { ResourceLimits, Resources } from './runtime/resource-limits.ts';
export { park } from './actors/park.ts';
export type { Parked } from './actors/park.ts';
export { reply, replyTo } from './actors/reply.ts';
export { fromAsk } from './actors/from-ask.ts';
export { at, poolAt } from './actors/at.ts';
export type { PoolAddress } from './actors/at.ts';
export { link, unlink, unwatch, watch } from './actors/bond-actions.ts';
export type { DownEvent, DownReason, ExitEvent } from './actors/bond-actions.ts';
export type { ExitReason } from './actors/exit-reason.ts';
export { exit } from './actors/exit-action.ts';
export { startChild, terminateChild } from './actors/start-child.ts';
export type { Ask, ReplyRef } from './actors/ask.ts';
export { isPerdureError, PerdureError } from './base/errors.ts';
export type { ErrorCode, ErrorFacts } from './base/errors.ts';
export type {
  AskOptions,
  Emission,
  EmittedOptions,
  NamedRef,
  PoolRef,
  Receipt,
  Ref,
  SendOptions,
  WaitOptions,
} from './runtime/ref-types.ts';
export type {
  Child,
  ChildName,
  ChildStarted,
  DoneAnswer,
  NewChildOptions,
  Refused,
  StartAnswer,
  StartRefused,
  SupervisorRef,
  SupervisorRefusal,
} from './runtime/supervisor-ref-types.ts';
export type { SubtreePoolRef } from './runtime/subtree-pool-types.ts';
export type {
  Closed,
  DeadLetterBox,
  DeadLetterOptions,
  FormerLifeView,
  Health,
  StopOptions,
  StoreOptions,
  System,
  SystemOptions,
  WatchdogOptions,
} from './runtime/system-types.ts';
export type { EventSource, SystemEvent } from './runtime/events.ts';
export type {
  ChildEvent,
  ChildRefusal,
  ChildRefusedEvent,
  ChildStartedEvent,
  ChildTerminatedEvent,
} from './runtime/pool-news.ts';
export type { DeadLetter } from './persistence/records.ts';
export type { Logger } from './ports/logger.ts';
export type { Store } from './ports/store.ts';

/**
 * Opens the store and starts the tree, or goes on with it where the last process left off. Resolves when the
 * tree is up and that is durable.
 *
 * @throws {@link PerdureError} STORE_LOCKED, STORE_CORRUPT, STORE_FORMAT_UNKNOWN, STORE_UNAVAILABLE,
 * OPTION_INVALID, MACHINE_NOT_DURABLE; SUPERVISOR_START_FAILED on the first start of a tree. Its `exitCode` is
 * what a daemon ends with that could not start
 * @public
 */
export async function createSystem<const R extends AnyRoot>(
  options: SystemOptions<R>,
): Promise<System<R>> {
  const read = readOptions('createSystem', systemOptionsSchema, options);
  const { store, lockWaitMs } = storeOf(options.store);
  return await openSystem<R>({
    root: options.root,
    store,
    lockWaitMs,
    sync: read.durability === 'fsync',
    keepAlive: read.keepAlive,
    signal: options.signal,
    ...(read.watchdog === undefined ? {} : { watchdog: read.watchdog }),
    policies: options.policies,
    resources: options.resources,
    ports: {
      clock: systemClock(),
      entropy: systemEntropy(),
      executor: localExecutor(),
      threads: threadPool(),
      logger: options.logger ?? defaultLogger(),
    },
  });
}

function storeOf(given: SystemOptions['store']): { store: Store; lockWaitMs: number } {
  if (typeof given === 'string') return { store: levelStore(given), lockWaitMs: 0 };
  if ('open' in given) return { store: given, lockWaitMs: 0 };
  return { store: levelStore(given.directory), lockWaitMs: given.lockWaitMs ?? 0 };
}
