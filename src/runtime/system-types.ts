/** One running system, as its embedder sees it. */
import type { AnyActorLogic } from '../actors/host-types.ts';
import type { Logger } from '../ports/logger.ts';
import type { DeadLetter, FormerLife } from '../persistence/records.ts';
import type { Store } from '../ports/store.ts';
import type {
  Addressed,
  AddressedPool,
  AddressMap,
  LogicAt,
  PooledAt,
  PoolMap,
  SupervisorMap,
  TemplatesAt,
} from './address-types.ts';
import type { TreeDescription } from './describe-tree.ts';
import type { EventSource } from './events.ts';
import type { Policies } from './policy-types.ts';
import type { Resources } from './resource-limits.ts';
import type { NamedRef, PoolRef, Ref } from './ref-types.ts';
import type { PoolRefOf } from './subtree-pool-types.ts';
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
  /**
   * Has a thread watch turns: one that never returns keeps the whole process from acting, and nobody else could
   * tell which it is. @defaultValue none
   */
  readonly watchdog?: WatchdogOptions;
  /**
   * Policies that are laid over those of the code: from a file by `readPolicies`, or written in place. An address
   * that the tree does not have, a field that what stands there does not take, and a tree that could not be
   * written so in code are refused (OPTION_INVALID). @defaultValue none
   */
  readonly policies?: Policies;
  /**
   * Limits that steps share across all actors, by the name that a step gives as its `resource`. A step that names
   * one that is not here is refused (OPTION_INVALID). @defaultValue none
   */
  readonly resources?: Resources;
}

/** @public */
export interface WatchdogOptions {
  /** How long one turn may last. Told up to an eighth later. @defaultValue 30_000 */
  readonly turnMs?: number;
  /**
   * What happens when a turn lasts longer. `'report'`: one line of JSON on stderr names the actor and the event.
   * `'kill'`: also ends the process by SIGKILL, and the message counts as one that ended it.
   * @defaultValue `'report'`
   */
  readonly onStuck?: 'report' | 'kill';
}

/** @public */
export interface StopOptions {
  /** After this, what still runs is abandoned. @defaultValue 30_000 */
  readonly deadlineMs?: number;
  readonly reason?: string;
}

/**
 * Why a system ended. `exitCode` is 0 if it was stopped or its tree has done its work, 74 if the store failed,
 * 70 otherwise.
 *
 * @public
 */
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
  /** How many their supervisors have set aside, or cannot be read or do not fit as far as they were met. */
  readonly quarantined: number;
  readonly deadLetters: number;
  /** Addresses of stored children that the code no longer names: kept, not started. */
  readonly orphans: readonly string[];
  /** Addresses that were paused; the first 100. */
  readonly paused: readonly string[];
}

/** What an actor was before a reset. @public */
export interface FormerLifeView extends FormerLife {
  /** What the snapshot says; undefined if it cannot be read. */
  readonly state:
    | { readonly status: string; readonly value: unknown; readonly context: unknown }
    | undefined;
}

/** Which dead letters. @public */
export interface DeadLetterOptions {
  /** Those to, or of, the actor at this address. @defaultValue all */
  readonly address?: string;
  /** From this id on. @defaultValue the oldest */
  readonly from?: number;
  /** No more than so many. @defaultValue all */
  readonly limit?: number;
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
  /**
   * Whoever bears the durable name: `name` in a spec, or XState's `systemId`. Looked up at each call, so that a
   * name which moves to another actor is followed. Calls fail with ACTOR_NOT_FOUND while nobody bears it.
   */
  named(name: string): NamedRef<AnyActorLogic>;
  /** With ACTOR_MACHINE_MISMATCH if its bearer runs another machine. */
  named<L extends AnyActorLogic>(name: string, logic: L): NamedRef<L>;
  /** The pool at an address of the tree. */
  pool<const P extends keyof PoolMap<R> & string>(
    address: P & AddressedPool<PoolMap<R>, P>,
  ): PoolRefOf<PooledAt<PoolMap<R>, P>>;
  /** The pool at any address. */
  pool<L extends AnyActorLogic>(address: string, logic: L): PoolRef<L>;
  /** A supervisor of the tree, or a pool: what runs below it, and OTP's calls. */
  supervisor<const P extends keyof SupervisorMap<R> & string>(
    address: P,
  ): SupervisorRef<TemplatesAt<SupervisorMap<R>, P>>;
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
  /**
   * Ends an actor, or a supervisor with all below it, in order. Below a supervisor that is `terminateChild`: the
   * spec stays, and `restartChild` brings it back; a temporary child and an instance of a pool are gone. What a
   * machine spawned or invoked ends as a failed one, and its parent gets `xstate.error.actor.<id>` with
   * ACTOR_EXITED. Resolves when it is down and that is durable, also if it was before.
   *
   * Rejects with ACTOR_NOT_FOUND; ACTOR_NOT_RUNNING if its supervisor does not run; OPTION_INVALID for the root.
   */
  terminate(address: string): Promise<void>;
  /**
   * From now on the actor takes no turn, nor does what it spawned; for the address of a supervisor, nothing below
   * it, also what is added later. Mail is accepted up to the bound, timers wait, steps and named actions of
   * landed turns go on. Durable: it holds until {@link System.resume}, in whatever process. Resolves when no turn
   * is under way and that is durable. Pausing twice is fine.
   *
   * Rejects with ACTOR_NOT_FOUND.
   */
  pause(address: string): Promise<void>;
  /**
   * Takes back the pause of this very address. What is due by then is handled at once, in order. Whatever lies
   * below another paused address stays paused. Fine if it was not paused.
   *
   * Rejects with ACTOR_NOT_FOUND.
   */
  resume(address: string): Promise<void>;
  /**
   * The way out of a bad state: the actor begins a new life from its initial state, with its input. It keeps its
   * mailbox; its timers, its effects and what it spawned are gone. A running actor is stopped in order before.
   * Also for one that is stopped, done, paused or quarantined, whatever of it cannot be read. The snapshot is
   * kept aside: {@link System.formerLives}. Resolves when it is up and that is durable.
   *
   * Rejects with ACTOR_NOT_FOUND; SUPERVISOR_START_FAILED if it does not start; OPTION_INVALID for a supervisor;
   * ACTOR_NOT_RUNNING if its supervisor does not run, or if it was spawned and has ended; ACTOR_QUARANTINED
   * if the code has no such actor any more, or if the row is damaged that says what it is.
   */
  reset(address: string): Promise<void>;
  /** What resets of this actor put aside: the latest five, the oldest first. Rejects with ACTOR_NOT_FOUND. */
  formerLives(address: string): Promise<readonly FormerLifeView[]>;
  /** Stops children before parents, then closes the store. Calling it again waits for the same end. */
  stop(options?: StopOptions): Promise<void>;
  /** Resolves when the system ended, for whatever reason; never rejects. */
  readonly closed: Promise<Closed>;
  health(): Health;
  /**
   * The configuration of the whole tree as it is in force, as plain JSON: defaults are filled in, policies laid
   * over. It is about the code and says nothing of state, nor of children that were added while it ran.
   */
  describe(): TreeDescription;
  /** What can be observed; volatile, told only after it is durable. */
  readonly events: EventSource;
  readonly deadLetters: DeadLetterBox;
}

/** Messages that nobody will handle. @public */
export interface DeadLetterBox {
  /** By id, which is the order in which they came. */
  list(options?: DeadLetterOptions): AsyncIterable<DeadLetter>;
  get(id: number): Promise<DeadLetter | undefined>;
  /**
   * Sends it again, to the end of the mailbox it was meant for, and takes it out of the box. Rejects with
   * DEAD_LETTER_NOT_FOUND; ACTOR_NOT_FOUND or ACTOR_NOT_RUNNING if nobody takes it; DEAD_LETTER_NOT_RETRYABLE for
   * what is no message but a failed step or action.
   */
  retry(id: number): Promise<void>;
  drop(id: number): Promise<void>;
}
