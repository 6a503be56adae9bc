/**
 * Actor refs made of data. Machines hold them in context, children and events; they can be stored and
 * read back, and cost a few words of memory. All that XState asks of a ref is on the prototypes.
 */
import type {
  ActorSystem,
  AnyActorRef,
  EventObject,
  InteropObservable,
  Snapshot,
  Subscription,
} from 'xstate';
import { PerdureError } from '../base/errors.ts';
import { idOf } from './address.ts';

/** What stands behind the refs of one running system. */
export interface RefHost {
  /** Takes an event that user code sends outside of a turn. */
  send(ref: StorableRef, event: EventObject): void;
  /** What `ref.getSnapshot()` answers; may refuse inside a turn. */
  snapshotOf(ref: StorableRef): unknown;
  /** XState's system object, for `createActor` calls that get a ref as their parent. */
  readonly system?: ActorSystem<never>;
  parentOf?(ref: StorableRef): StorableRef | undefined;
}

/** How a ref looks in the store and in JSON. */
export type RefData =
  | {
      readonly $ref: 'actor';
      readonly address: string;
      readonly uid: number;
      readonly life: number;
    }
  | { readonly $ref: 'pool'; readonly address: string }
  | { readonly $ref: 'ask'; readonly ask: string }
  | { readonly $ref: 'asker'; readonly uid: number; readonly life: number; readonly child: number }
  | { readonly $ref: 'sink' }
  | { readonly $ref: 'exit' }
  | { readonly $ref: 'bond' }
  | { readonly $ref: 'park' };

// The one member of XState's ref that a class cannot spell: its key is typed as any symbol.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface StorableRef extends InteropObservable<Snapshot<unknown>> {}

/** The part of a ref that is the same for all of ours. A turn tells them apart by `kind`. */
export abstract class StorableRef {
  abstract readonly kind: 'actor' | 'pool' | 'reply' | 'sink' | 'park' | 'exit' | 'bond';
  abstract get id(): string;
  /** Tells refs apart as XState does: equal for refs to the same creation. */
  abstract get sessionId(): string;
  abstract toJSON(): RefData;

  protected get host(): RefHost | undefined {
    return undefined;
  }

  get ref(): this {
    return this;
  }
  get src(): string {
    return 'perdure';
  }
  get systemId(): string | undefined {
    return undefined;
  }
  get system(): ActorSystem<never> {
    return this.host?.system as ActorSystem<never>;
  }
  get _parent(): AnyActorRef {
    return this.host?.parentOf?.(this) as AnyActorRef;
  }
  get _syncSnapshot(): boolean {
    return false;
  }
  /** XState's `Running`: nothing of XState may try to start or stop what a ref stands for. */
  get _processingStatus(): 1 {
    return 1;
  }

  send(event: EventObject): void {
    if (this.host === undefined) {
      throw this.unbound(
        'send()',
        'use sendTo(ref, event) in a machine, system.ref(address) elsewhere',
      );
    }
    this.host.send(this, event);
  }
  _send(event: EventObject): void {
    this.send(event);
  }
  getSnapshot(): Snapshot<unknown> {
    if (this.host === undefined) {
      throw this.unbound(
        'getSnapshot()',
        'let the other actor send what is needed, or use syncSnapshot',
      );
    }
    return this.host.snapshotOf(this) as Snapshot<unknown>;
  }
  getPersistedSnapshot(): Snapshot<unknown> {
    return this.getSnapshot();
  }
  start(): this {
    return this;
  }
  stop(): never {
    throw this.unbound('stop()', 'use stopChild() in its parent, or system.terminate()');
  }
  subscribe(): Subscription {
    throw this.unbound('subscribe()', 'use onSnapshot of an invoke, or system.ref(address)');
  }
  on(): Subscription {
    throw this.unbound('on()', 'use system.ref(address).on()');
  }
  select(): never {
    throw this.unbound('select()', 'use system.ref(address).snapshot()');
  }

  private unbound(call: string, fix: string): PerdureError {
    return new PerdureError('REF_UNBOUND', { ref: this.id, call, fix });
  }
}

/**
 * A ref to an actor. With a `uid` it means that one creation (and drops what comes for a later one);
 * with `uid` 0 it means whoever lives at the address when it is used.
 */
export class LightRef extends StorableRef {
  readonly address: string;
  readonly uid: number;
  readonly life: number;
  // Private, so that neither encoders nor freezing nor deep comparison reach the running system.
  readonly #host: RefHost | undefined;

  constructor(address: string, uid = 0, life = 0, host?: RefHost) {
    super();
    this.address = address;
    this.uid = uid;
    this.life = life;
    this.#host = host;
  }

  /** The same ref with a running system behind it. A ref itself never changes: `at()` refs are shared. */
  boundTo(host: RefHost): LightRef {
    return new LightRef(this.address, this.uid, this.life, host);
  }

  get kind(): 'actor' {
    return 'actor';
  }
  get id(): string {
    return idOf(this.address);
  }
  get sessionId(): string {
    return this.uid === 0 ? this.address : sessionIdOf(this.uid);
  }
  protected override get host(): RefHost | undefined {
    return this.#host;
  }
  toJSON(): RefData {
    return { $ref: 'actor', address: this.address, uid: this.uid, life: this.life };
  }
}

/** A session id is a uid in XState's clothes: the same for XState's own object of a new child. */
export function sessionIdOf(uid: number): string {
  return `p:${uid}`;
}

/** Whether XState, and so a machine's author, would take `value` for an actor ref. */
export function isActorRef(value: unknown): value is AnyActorRef {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sessionId' in value &&
    'send' in value &&
    'ref' in value &&
    typeof value.sessionId === 'string' &&
    typeof value.send === 'function'
  );
}
