/** One running system, as its embedder sees it. */
import type { AnyActorLogic } from '../actors/host-types.ts';
import type { Logger } from '../ports/logger.ts';
import type { DeadLetter } from '../persistence/records.ts';
import type { Store } from '../ports/store.ts';
import type { Addressed, AddressMap, LogicAt, PoolMap, SupervisorMap } from './address-types.ts';
import type { EventSource } from './events.ts';
import type { PoolRef, Ref } from './ref-types.ts';
import type { SupervisorRef } from './supervisor-ref-types.ts';
import type { AnyChild, SupervisorSpec } from './tree-spec.ts';

// biome-ignore lint/suspicious/noExplicitAny: a supervisor over any children
export type AnyRoot = SupervisorSpec<string, any, any>;

/** @public */
export interface StoreOptions {
  /** Made if it does not exist. One process at a time. */
  readonly directory: string;
  /** How long to wait for another process to let go of it. @defaultValue 0 */
  readonly lockWaitMs?: number;
}

/** @public */
export interface SystemOptions<R extends AnyRoot = SupervisorSpec<string, readonly AnyChild[]>> {
  readonly root: R;
  /** A directory, or a store of your own (`memoryStore()` in tests). */
  readonly store: string | StoreOptions | Store;
  /** `fsync` survives power loss, `os` survives `kill -9`. @defaultValue `'fsync'` */
  readonly durability?: 'fsync' | 'os';
  /** A pino logger, or anything with its four methods. @defaultValue warnings and errors to stderr */
  readonly logger?: Logger;
  /** Stops the system. */
  readonly signal?: AbortSignal;
  /** Whether an open system keeps the process alive. @defaultValue true */
  readonly keepAlive?: boolean;
}

/** @public */
export interface StopOptions {
  /** After this, what still runs is abandoned. @defaultValue 30_000 */
  readonly deadlineMs?: number;
  readonly reason?: string;
}

/** Why a system ended. @public */
export type Closed = { readonly exitCode: number } & (
  | { readonly reason: 'stopped' }
  | { readonly reason: 'root_ended'; readonly error: Error }
  | { readonly reason: 'store_failed'; readonly error: Error }
  /** A bug of perdure was met; nothing that was acknowledged is lost. */
  | { readonly reason: 'broken'; readonly error: Error }
);

/** @public */
export interface Health {
  /** Whether the process is worth keeping. */
  readonly live: boolean;
  /** Whether it takes work. */
  readonly ready: boolean;
  readonly status: 'recovering' | 'running' | 'degraded' | 'stopping' | 'closed';
  readonly quarantined: number;
  readonly deadLetters: number;
  /** Addresses of stored children that the code no longer names: kept, not started. */
  readonly orphans: readonly string[];
}

/**
 * A running system. `R` is the type of its tree; without it, `ref(address, machine)` is the way.
 *
 * @public
 */
export interface System<R = unknown> extends AsyncDisposable {
  /** The actor at an address of the tree. */
  ref<const P extends keyof AddressMap<R> & string>(
    address: P & Addressed<AddressMap<R>, P>,
  ): Ref<LogicAt<AddressMap<R>, P>>;
  /**
   * The actor at any address. Calls fail with ACTOR_MACHINE_MISMATCH if another machine runs there.
   */
  ref<L extends AnyActorLogic>(address: string, logic: L): Ref<L>;
  /** The pool at an address of the tree. */
  pool<const P extends keyof PoolMap<R> & string>(address: P): PoolRef<LogicAt<PoolMap<R>, P>>;
  /** The pool at any address. */
  pool<L extends AnyActorLogic>(address: string, logic: L): PoolRef<L>;
  /** A supervisor of the tree, or a pool: what runs below it, and OTP's calls. */
  supervisor<const P extends keyof SupervisorMap<R> & string>(
    address: P,
  ): SupervisorRef<SupervisorMap<R>[P]>;
  /** The supervisor at any address. */
  supervisor(address: string): SupervisorRef;
  /**
   * Destroys an actor, or a supervisor with all below it, as `exit(Pid, kill)` does in OTP: no hook is called,
   * nothing is waited for, and its supervisor sees an end with `killed`, which is a crash. Its state, mail and
   * timers stay. Resolves when that is durable.
   *
   * Rejects with ACTOR_NOT_FOUND, ACTOR_NOT_RUNNING; OPTION_INVALID for the root, which `stop()` ends.
   */
  kill(address: string): Promise<void>;
  /** Stops children before parents, then closes the store. Calling it again waits for the same end. */
  stop(options?: StopOptions): Promise<void>;
  /** Resolves when the system ended, for whatever reason; never rejects. */
  readonly closed: Promise<Closed>;
  health(): Health;
  /** What can be observed; volatile, told only after it is durable. */
  readonly events: EventSource;
  readonly deadLetters: DeadLetterBox;
}

/** Messages that nobody will handle. @public */
export interface DeadLetterBox {
  list(): AsyncIterable<DeadLetter>;
  get(id: number): Promise<DeadLetter | undefined>;
  /** Sends it again, to the end of the mailbox it was meant for, and takes it out of the box. */
  retry(id: number): Promise<void>;
  drop(id: number): Promise<void>;
}
