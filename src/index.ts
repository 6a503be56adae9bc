/** The public API. */
export { actor, pool, supervisor } from './runtime/tree-spec.ts';
export type { ActorSpec, AnyChild, PoolSpec, SupervisorOptions, SupervisorSpec } from './runtime/tree-spec.ts';
export { presets } from './runtime/presets.ts';
export { createSystem } from './create-system.ts';
export { stopOnSignals } from './drivers/signals.ts';
export type { StopOnSignalsOptions } from './drivers/signals.ts';
export { levelStore } from './drivers/level-store.ts';
export { memoryStore } from './drivers/memory-store.ts';
export { step } from './actors/step.ts';
export type { StepArgs, StepOptions } from './actors/step.ts';
export { reply, replyTo } from './actors/reply.ts';
export { fromAsk } from './actors/from-ask.ts';
export { at, poolAt } from './actors/at.ts';
export type { PoolAddress } from './actors/at.ts';
export { exit } from './actors/exit-action.ts';
export { startChild, terminateChild } from './actors/start-child.ts';
export type { Ask, ReplyRef } from './actors/ask.ts';
export { isPerdureError, PerdureError } from './base/errors.ts';
export type { ErrorCode, ErrorFacts } from './base/errors.ts';
export type {
  AskOptions,
  Emission,
  EmittedOptions,
  PoolRef,
  Receipt,
  Ref,
  SendOptions,
  WaitOptions,
} from './runtime/ref-types.ts';
export type {
  Closed,
  DeadLetterBox,
  Health,
  StopOptions,
  StoreOptions,
  System,
  SystemOptions,
} from './runtime/system-types.ts';
export type { EventSource, SystemEvent } from './runtime/events.ts';
export type { DeadLetter } from './persistence/records.ts';
export type { Logger } from './ports/logger.ts';
export type { Store } from './ports/store.ts';
