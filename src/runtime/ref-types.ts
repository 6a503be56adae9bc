/** The handles callers hold: an actor by its address, and a pool. */
import type {
  ActorRefFromLogic,
  AnyActorLogic,
  EmittedFrom,
  InputFrom,
  OutputFrom,
  SnapshotFrom,
} from '../actors/host-types.ts';
import type { AskableOf, MessageOf, ReplyFor, Telling } from '../actors/ask.ts';

/** @public */
export interface SendOptions {
  /** Makes the send idempotent: the same key and event to the same actor is accepted once in 24 hours. */
  readonly key?: string;
  /** What to do when the mailbox is full. @defaultValue `'refuse'` */
  readonly whenFull?: 'refuse' | 'wait';
  /** How long to wait in all: for room, for the disk, for the turn. @defaultValue no end */
  readonly timeoutMs?: number;
  /** Gives up the wait, whatever it is for; what was accepted remains accepted. */
  readonly signal?: AbortSignal;
  /** `applied`: resolves once the turn that handled the message is durable. @defaultValue `'accepted'` */
  readonly until?: 'accepted' | 'applied';
  /** Carried with the message, up to 4 KB. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** @public */
export interface AskOptions extends Omit<SendOptions, 'until'> {
  /** How long to wait for the answer. @defaultValue 5_000 */
  readonly timeoutMs?: number;
}

/** @public */
export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** @public */
export interface EmittedOptions {
  /** The first position wanted. @defaultValue what comes next */
  readonly from?: number;
  /** Whether to go on after the last one. @defaultValue true */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** Says that a message is durable. @public */
export interface Receipt {
  /** Its place in the order of the mailbox. */
  readonly position: number;
  /** Whether an earlier send with the same key had brought it. */
  readonly duplicate: boolean;
}

/** A durable emitted event. @public */
export interface Emission<E> {
  readonly position: number;
  readonly atMs: number;
  readonly event: E;
}

/**
 * A handle to the actor at an address. It holds the address only: it survives restarts of the actor and
 * follows whoever lives there.
 *
 * @public
 */
export interface Ref<L extends AnyActorLogic> {
  readonly address: string;
  /** Resolves when the message is durable. A failure that nobody looks at is logged, not thrown. */
  send(event: Telling<MessageOf<L>>, options?: SendOptions): Promise<Receipt>;
  /** Sends a question and resolves with its answer, once that is durable. */
  ask<const T extends AskableOf<L>['type'] & string>(
    event: { type: T } & Extract<AskableOf<L>, { type: T }>['event'],
    options?: AskOptions,
  ): Promise<ReplyFor<L, T>>;
  /** Volatile: hears what is emitted from now on, after it landed. */
  on<const T extends EmittedFrom<L>['type'] | '*'>(
    type: T,
    listener: (
      event: T extends '*' ? EmittedFrom<L> : Extract<EmittedFrom<L>, { type: T }>,
    ) => void,
  ): Disposable;
  /** The last landed snapshot. */
  snapshot(): Promise<SnapshotFrom<L>>;
  /** Resolves with the first landed snapshot, from the present one on, that `predicate` is true of. */
  waitFor<S extends SnapshotFrom<L>>(
    predicate: (snapshot: SnapshotFrom<L>) => snapshot is S,
    options?: WaitOptions,
  ): Promise<S>;
  waitFor(
    predicate: (snapshot: SnapshotFrom<L>) => boolean,
    options?: WaitOptions,
  ): Promise<SnapshotFrom<L>>;
  /** Resolves with the output when the machine is done; rejects if it ends otherwise. */
  done(options?: { readonly signal?: AbortSignal }): Promise<OutputFrom<L>>;
  /** Durable: every emission from a position on. Ends when the actor ended. */
  emitted(options?: EmittedOptions): AsyncIterable<Emission<EmittedFrom<L>>>;
  /** For code inside machines: an XState ref to the same actor. */
  readonly xstate: ActorRefFromLogic<L>;
}

/**
 * A handle to whoever bears a name. It holds the name only.
 *
 * @public
 */
export interface NamedRef<L extends AnyActorLogic> extends Omit<Ref<L>, 'address' | 'xstate'> {
  readonly name: string;
}

/** A handle to a pool. @public */
export interface PoolRef<L extends AnyActorLogic> {
  readonly address: string;
  /** Resolves when the child is durable. Refused if there is one of that id. */
  startChild(id: string, ...options: InputArgs<L>): Promise<Ref<L>>;
  /** The child of that id, started if there is none. */
  ensureChild(id: string, ...options: InputArgs<L>): Promise<Ref<L>>;
  terminateChild(id: string): Promise<void>;
}

type InputArgs<L extends AnyActorLogic> =
  undefined extends InputFrom<L>
    ? [options?: { readonly input?: InputFrom<L> }]
    : [options: { readonly input: InputFrom<L> }];
