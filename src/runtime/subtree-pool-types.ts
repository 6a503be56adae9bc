/** The handle to a pool whose instances are whole subtrees. */
import type { AnyActorLogic } from '../actors/host-types.ts';
import type { TemplatesOf } from './address-types.ts';
import type { PoolRef } from './ref-types.ts';
import type { SupervisorRef } from './supervisor-ref-types.ts';

/** A handle to a pool of subtrees, each made of the spec `T`. @public */
export interface SubtreePoolRef<T> {
  readonly address: string;
  /** Resolves with a handle to the root of the subtree when that is durable. Refused if there is one of that id. */
  startChild(id: string): Promise<SupervisorRef<TemplatesOf<T>>>;
  /** The subtree of that id, started if there is none. */
  ensureChild(id: string): Promise<SupervisorRef<TemplatesOf<T>>>;
  terminateChild(id: string): Promise<void>;
}

/** By what its instances are made of. */
export type PoolRefOf<T> = [T] extends [AnyActorLogic] ? PoolRef<T> : SubtreePoolRef<T>;
