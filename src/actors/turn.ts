/**
 * Hosts XState: one shared `ActorScope`, re-pointed for each turn, under which a machine's transition is
 * computed without anything leaving it. What the machine asks for comes back as {@link Operation}s.
 *
 * Relies on five internal members of XState's system object (`_bookId`, `_sendInspectionEvent`, `_set`,
 * `_unregister`, `_relay`; `_clock` and `_logger` are read too, and not used in a turn);
 * `test/actors/xstate-contract.test.ts` fails when a release of XState touches anything else.
 */
import type { AnyActorRef, AnyEventObject, EventObject } from 'xstate';
import { PerdureError } from '../base/errors.ts';
import { LightRef, StorableRef } from './light-ref.ts';
import type { ActionFn, NewChild, Operation } from './operation.ts';

/** The part of actor logic that a turn needs: machines and `fromTransition`. */
export interface TurnLogic {
  transition(snapshot: unknown, event: EventObject, scope: unknown): unknown;
  getInitialSnapshot(scope: unknown, input: unknown): unknown;
}

/** The snapshot that the runtime looks at; all others of its fields belong to the logic. */
export interface TurnSnapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly output?: unknown;
  readonly error?: unknown;
  readonly context?: unknown;
  children?: Record<string, AnyActorRef>;
}

/** Who takes the turn, and what it may know of the system around it. */
export interface TurnSelf {
  readonly ref: AnyActorRef;
  readonly address: string;
}

/** What the turn needs from outside itself; pure as seen from the turn. */
export interface TurnWorld {
  /** The number for the next child. */
  nextUid(): number;
  /** The actor with that systemId, as machines see it. */
  named(systemId: string): AnyActorRef | undefined;
  allNamed(): Record<string, AnyActorRef>;
}

interface RawAction {
  readonly type: string;
  readonly info: { readonly context: unknown; readonly event: EventObject };
  // XState's own parameter objects, told apart by `type`
  // biome-ignore lint/suspicious/noExplicitAny: shape depends on type
  readonly params: any;
  readonly exec: ActionFn | undefined;
}

interface NewbornActor {
  logic: unknown;
  readonly id: string;
  readonly sessionId: string;
  readonly src: unknown;
  readonly systemId: string | undefined;
  readonly _syncSnapshot: boolean | undefined;
  readonly options: { readonly input?: unknown; readonly id?: string; readonly systemId?: string };
}

/** Stands in for a child's logic while its parent's turn runs: the child has its own first turn. */
const UNBORN = Object.freeze({
  status: 'active',
  output: undefined,
  error: undefined,
  context: undefined,
});
const unbornLogic = {
  transition: (snapshot: unknown): unknown => snapshot,
  getInitialSnapshot: (): unknown => UNBORN,
  getPersistedSnapshot: (snapshot: unknown): unknown => snapshot,
};

/** A session id is our uid in XState's clothes. */
export function sessionIdOf(uid: number): string {
  return `p:${uid}`;
}

/** The uid behind a ref, 0 if it names no creation of ours. */
export function uidOf(ref: AnyActorRef | StorableRef | undefined): number {
  if (ref instanceof StorableRef) return ref instanceof LightRef ? ref.uid : 0;
  const session = ref?.sessionId;
  if (typeof session !== 'string' || !session.startsWith('p:')) return 0;
  return Number(session.slice(2)) || 0;
}

const NONE: readonly Operation[] = Object.freeze([]);

/** Computes turns, one at a time. */
export class TurnHost {
  readonly #world: TurnWorld;
  readonly #scope: Record<string, unknown>;
  readonly system: Record<string, unknown>;
  #self: TurnSelf | undefined = undefined;
  #actions: (RawAction | NewChild)[] = [];
  #newborn: NewChild[] = [];

  constructor(world: TurnWorld) {
    this.#world = world;
    this.system = this.#makeSystem();
    this.#scope = {
      self: undefined,
      id: '',
      sessionId: '',
      system: this.system,
      logger: () => undefined,
      defer: () => undefined,
      stopChild: () => undefined,
      emit: (event: AnyEventObject) => {
        this.#actions.push({
          type: 'xstate.emit',
          info: { context: undefined, event },
          params: { event },
          exec: undefined,
        });
      },
      actionExecutor: (action: RawAction) => {
        this.#actions.push(action);
      },
    };
  }

  /** The actor whose turn is being computed right now, if any. */
  get current(): TurnSelf | undefined {
    return this.#self;
  }

  /**
   * The first turn: the initial snapshot. A throw inside it comes out as a throw here, although XState
   * returns a snapshot with status `error`: what was collected until then is discarded.
   */
  start(self: TurnSelf, logic: TurnLogic, input: unknown): TurnSnapshot {
    this.#point(self);
    try {
      const first = logic.getInitialSnapshot(this.#scope, input) as TurnSnapshot;
      // as it was thrown: there was no state yet that could have handled it
      if (first.status === 'error') throw first.error;
      return first;
    } finally {
      this.#self = undefined;
    }
  }

  /** One turn. Throws what the machine threw, or the error that it did not handle. */
  handle(
    self: TurnSelf,
    logic: TurnLogic,
    snapshot: TurnSnapshot,
    event: EventObject,
  ): TurnSnapshot {
    this.#point(self);
    try {
      return accepted(logic.transition(snapshot, event, this.#scope) as TurnSnapshot);
    } finally {
      this.#self = undefined;
    }
  }

  /** Whether the last turn made children. */
  get madeChildren(): boolean {
    return this.#newborn.length > 0;
  }

  /** What the last turn asked for. Read it before the next turn. */
  operations(): readonly Operation[] {
    if (this.#actions.length === 0) return NONE;
    const stillborn = this.#stillborn();
    const operations: Operation[] = [];
    for (const action of this.#actions) {
      const operation = 'info' in action ? toOperation(action) : startOf(action);
      if (operation === undefined) continue;
      if (stillborn !== undefined && concerns(operation, stillborn)) continue;
      operations.push(operation);
    }
    return operations;
  }

  #point(self: TurnSelf): void {
    this.#self = self;
    this.#scope['self'] = self.ref;
    this.#scope['id'] = self.ref.id;
    this.#scope['sessionId'] = self.ref.sessionId;
    if (this.#actions.length > 0) this.#actions = [];
    if (this.#newborn.length > 0) this.#newborn = [];
  }

  /** Children made and stopped within this turn: neither happens. */
  #stillborn(): Set<number> | undefined {
    if (this.#newborn.length === 0) return undefined;
    let stopped: Set<number> | undefined;
    for (const action of this.#actions) {
      if (!('info' in action) || action.type !== 'xstate.stopChild') continue;
      const uid = uidOf(action.params as AnyActorRef | undefined);
      if (this.#newborn.some((child) => child.uid === uid)) {
        stopped ??= new Set();
        stopped.add(uid);
      }
    }
    return stopped;
  }

  #makeSystem(): Record<string, unknown> {
    return {
      _bookId: () => sessionIdOf(this.#world.nextUid()),
      _sendInspectionEvent: (event: { type: string; actorRef?: unknown }) => {
        if (event.type === '@xstate.actor') this.#conceive(event.actorRef as NewbornActor);
      },
      _set: () => undefined,
      _unregister: () => undefined,
      _relay: (_source: unknown, _target: unknown, event: EventObject) => {
        throw new PerdureError('TURN_IMPURE', {
          address: this.#self?.address ?? '(outside a turn)',
          call: `sending '${event.type}' directly`,
          fix: 'use sendTo() or raise(), which are part of the turn',
        });
      },
      get: (systemId: string) => this.#world.named(systemId),
      getAll: () => this.#world.allNamed(),
      inspect: () => ({ unsubscribe: () => undefined }),
      getSnapshot: () => ({ _scheduledEvents: {} }),
    };
  }

  /** XState is constructing a child: take note of it and keep its logic from running now. */
  #conceive(actor: NewbornActor): void {
    const { src } = actor;
    actor.logic = unbornLogic;
    if (typeof src !== 'string') {
      throw new PerdureError('MACHINE_NOT_DURABLE', {
        machine: this.#self?.address ?? '',
        path: 'spawn()',
        why: 'spawns logic that has no name, which could not be found again after a restart',
        fix: "put it into setup({ actors: { name: logic } }) and spawn 'name'",
      });
    }
    const child: NewChild = {
      uid: Number(actor.sessionId.slice(2)),
      id: actor.id,
      src,
      systemId: actor.options.systemId,
      syncSnapshot: actor._syncSnapshot === true,
      input: actor.options.input,
    };
    this.#newborn.push(child);
    this.#actions.push(child);
  }
}

/** An error event that the machine did not handle. */
export class UnhandledError extends Error {
  override readonly name: string = 'UnhandledError';
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function accepted(next: TurnSnapshot): TurnSnapshot {
  if (next.status === 'error') throw new UnhandledError(next.error);
  return next;
}

function startOf(child: NewChild): Operation {
  return { kind: 'start', child };
}

function concerns(operation: Operation, uids: Set<number>): boolean {
  if (operation.kind === 'start') return uids.has(operation.child.uid);
  // what was sent to one stays: nobody is there to take it, and that is told
  return operation.kind === 'stop' && uids.has(operation.uid);
}

function toOperation(action: RawAction): Operation | undefined {
  const { params } = action;
  switch (action.type) {
    case 'xstate.spawnChild':
      return undefined; // seen when it was conceived
    case 'xstate.raise':
      if (params.delay === undefined) return undefined; // consumed inside the turn
      return {
        kind: 'schedule',
        id: params.id,
        delayMs: params.delay,
        event: params.event,
        to: undefined,
      };
    case 'xstate.cancel':
      return { kind: 'cancel', id: params.sendId };
    case 'xstate.stopChild':
      return params === undefined ? undefined : { kind: 'stop', uid: uidOf(params) };
    case 'xstate.emit':
      return { kind: 'emit', event: params.event };
    case 'xstate.log':
      return { kind: 'log', label: params.label, value: params.value };
    case 'xstate.sendTo':
      return sendOf(action);
    default:
      return {
        kind: 'action',
        type: action.type,
        params,
        event: action.info.event,
        context: action.info.context,
        exec: action.exec,
      };
  }
}

function sendOf({ params, info }: RawAction): Operation {
  // XState rewrites an `xstate.error` that a child sends: SCXML's way to escalate
  const self = (info as { self?: AnyActorRef }).self;
  const event: EventObject =
    params.event.type === 'xstate.error'
      ? ({
          type: `xstate.error.actor.${self?.id}`,
          error: params.event.data,
          actorId: self?.id,
        } as EventObject)
      : params.event;
  const to = params.to as AnyActorRef;
  return typeof params.delay === 'number'
    ? { kind: 'schedule', id: params.id, delayMs: params.delay, event, to }
    : { kind: 'send', to, event };
}
