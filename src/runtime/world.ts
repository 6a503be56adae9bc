/**
 * One running world: everything in memory between an open of the store and its close (or a failed write,
 * after which it is dropped whole and made anew from the store). This file says what its parts may ask
 * of each other; `boot.ts` puts them together.
 */
import type { AnyActorRef, EventObject } from '../actors/host-types.ts';
import type { Envelope, EnvelopeContent } from '../actors/envelope.ts';
import type { BondRequest, DownReason } from '../actors/bond-actions.ts';
import type { ExitReason } from '../actors/exit-reason.ts';
import type { LightRef, StorableRef } from '../actors/light-ref.ts';
import type { AskedAction, NewChild } from '../actors/operation.ts';
import type { TurnHost, TurnSnapshot } from '../actors/turn.ts';
import type { Codec } from '../persistence/codec.ts';
import type { ActionRecord, EffectRecord } from '../persistence/effect-records.ts';
import type {
  Counters,
  DeadLetter,
  DeadLetterReason,
  DedupeRecord,
  TimerRecord,
} from '../persistence/records.ts';
import type { Ports } from '../ports/ports.ts';
import type { OpenStore } from '../ports/store.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import type { Answerable, LandedEmission, SnapshotWatcher } from './bystander.ts';
import type { Cell } from './cell.ts';
import type { DurableTime } from './durable-time.ts';
import type { SystemEvents } from './events.ts';
import type { RunningActions } from './running-actions.ts';
import type { ResourceGate } from './resource-limits.ts';
import type { RunningSteps } from './running-steps.ts';
import type { PendingBatch, Settler } from './pending-batch.ts';

export interface World {
  readonly ports: Ports;
  readonly store: OpenStore;
  readonly codec: Codec;
  readonly host: TurnHost;
  readonly time: DurableTime;
  readonly counters: Counters;
  readonly events: SystemEvents;
  /** Callers and listeners outside; they outlive the world. */
  readonly outside: Outside;
  /** User code that runs right now; it outlives the world too. */
  readonly running: RunningSteps;
  readonly runningActions: RunningActions;
  readonly cells: Cells;
  readonly committer: Committer;
  readonly dispatcher: Dispatcher;
  readonly delivery: Delivery;
  readonly timers: Timers;
  readonly effects: Effects;
  readonly actions: Actions;
  readonly deadLetters: DeadLetters;
  readonly bonds: Bonds;
  readonly keyMemory: KeyMemory;
  readonly lifecycle: Lifecycle;
  readonly supervision: Supervision;
  readonly recorder: FlightRecorder;
  readonly suspects: SuspectedEffects;
  readonly resources: ResourceGate;
  readonly pauses: Pauses;
  /** A bug was met: this world must not go on. */
  panic(error: unknown): void;
  /** false once this world was dropped: whatever still calls back must do nothing. */
  isAlive: boolean;
}

/** Which actors there are. */
export interface Cells {
  /** The actor, read from the store if it is not in memory. */
  byUid(uid: number): Cell | undefined;
  byAddress(address: string): Cell | undefined;
  /** Whether there is an actor at this address that is not in memory. */
  isDormant(address: string): boolean;
  /** The actor, if it is in memory. */
  loadedAt(address: string): Cell | undefined;
  /** The uid that an address stands for, 0 if none. @throws PerdureError VALUE_CORRUPT */
  uidAt(address: string): number;
  /** By systemId or the name in its spec. */
  named(name: string): Cell | undefined;
  allNamed(): Record<string, Cell>;
  isLoaded(uid: number): boolean;
  /** Only those in memory. */
  loaded(): Iterable<Cell>;
  /** Takes in an actor that was made in this world. */
  add(cell: Cell): void;
  /** Writes what the actor is (status, life, incarnation) with the next batch. */
  changed(cell: Cell): void;
  /** Takes an actor and its address away; its rows go with the next batch. */
  remove(cell: Cell): void;
  bindName(name: string, uid: number): void;
  /** Reads the snapshot again from the bytes in the store. @throws PerdureError SNAPSHOT_MISFIT, STORE_CORRUPT */
  reload(cell: Cell): void;
  /**
   * What a turn begins from. Values that cannot be frozen are taken from the bytes again: whoever was handed
   * those in memory may have changed them, and those are shown to others before the turn lands.
   */
  forTurn(cell: Cell, snapshot: TurnSnapshot): TurnSnapshot;
  /** A ref as machines hold it. */
  refTo(address: string, uid: number, life: number): LightRef;
  /** Reads the next page of a mailbox that is longer than memory. */
  page(cell: Cell): void;
}

export interface Committer {
  readonly pending: PendingBatch;
  /** The cell's snapshot, mailbox or counters changed. */
  touch(cell: Cell): void;
  /** A row as the batches on their way will leave it: a value, DELETED, or undefined if untouched. */
  recent(key: string): unknown;
  /** Whether turns must wait until the batch in flight landed. */
  readonly isFull: boolean;
  /** Starts the next write, if none is in flight and there is something to write. */
  cut(): void;
  /** Settles when all that is pending now landed. Rejects if it cannot. */
  flush(): Promise<void>;
  /** The world ends without a word on what is on its way. */
  abandon(error: Error): void;
}

export interface Dispatcher {
  ready(cell: Cell): void;
  /** Work came in from outside: run soon. */
  wake(): void;
  /** No turn is taken any more; what is on its way to the store still lands. */
  freeze(): void;
}

/** Where a message goes. */
export interface Delivery {
  /** A message that an actor sends in its turn. */
  send(from: Cell, to: StorableRef | AnyActorRef, event: EventObject, cause: string): void;
  /** Whether a message to it would not become a dead letter. */
  hasTaker(to: StorableRef | AnyActorRef): boolean;
  /** The actor behind a ref of a machine, if there is one. */
  receiver(ref: AnyActorRef): Cell | undefined;
  /** Puts an envelope at the end of a mailbox, whatever the bound says. */
  enqueue(cell: Cell, content: EnvelopeContent): Envelope;
  /** An event for an actor's own machine about one of its children. */
  result(owner: Cell, child: number, event: EventObject): void;
  /** Adds to what is remembered of the message with this key: where it is now. */
  remember(cell: Cell, key: string, news: Partial<Pick<DedupeRecord, 'position' | 'parked'>>): void;
  /** What is remembered of a dedupe key, also when it has not landed yet. */
  dedupe(row: string): DedupeRecord | undefined;
}

export interface Timers {
  schedule(
    owner: Cell,
    request: {
      id: string | undefined;
      delayMs: number;
      event: EventObject;
      to: AnyActorRef | undefined;
    },
  ): void;
  cancel(owner: Cell, id: string): void;
  /** Whether a fired timer is still wanted: it was not cancelled since. */
  isPending(owner: number, number: number): boolean;
  /** A fired timer was handled. */
  consumed(owner: number, number: number): void;
  clear(uid: number): void;
  /** Arms again what could not fire while the actor did not run. */
  rearm(uid: number): void;
  /** Arms again what became due while its owner was paused, of those that are paused no more. */
  release(): void;
  /** Puts due events into their mailboxes. */
  fireDue(): void;
  restore(timer: TimerRecord): void;
  /** Calls back at a durable time. Volatile: whoever needs it sets it again after a restart. */
  alarm(atMs: number, fire: () => void): () => void;
  count(): number;
}

/** Children that act on the world: steps, promises, asks, callbacks, observables. */
export interface Effects {
  arm(owner: Cell, child: NewChild): void;
  /** An event for a callback. */
  send(uid: number, event: EventObject): void;
  get(uid: number): EffectRecord | undefined;
  /** The owner left the state or stopped the child. */
  drop(owner: Cell, uid: number): void;
  /** Its result was handled. */
  consumed(owner: Cell, uid: number): void;
  /** Whether it begins again if nobody handles that it failed. */
  hasAttempts(owner: Cell, uid: number): boolean;
  /** Its error was not handled: once more, later; false if it has had its attempts. */
  rearm(owner: Cell, uid: number): boolean;
  /** All of an actor, without their rows: it stops. Resolves when those that run have ended. */
  suspend(uid: number, reason: string): Promise<void>;
  /** Gives up waiting for what still runs: its results are refused, it runs again with its actor. */
  abandon(uid: number): void;
  /** The children of an actor that are effects. */
  of(uid: number): readonly EffectRecord[];
  /** Starts what is armed and does not run. */
  resume(uid: number): void;
  clear(uid: number): void;
  /** Answers an ask that a machine made. */
  answered(owner: number, child: number, life: number, value: unknown): void;
  failAsk(owner: number, child: number, error: Error): void;
  restore(record: EffectRecord): void;
  running(): number;
}

/** Named actions: durable, one after another per actor. */
export interface Actions {
  plan(owner: Cell, action: AskedAction): void;
  restore(record: ActionRecord): void;
  resume(cell: Cell): void;
  /** Of an actor that is gone. */
  resumeLeft(uid: number): void;
  /** The actor is being taken away; what it asked for is done all the same. */
  bequeath(owner: Cell): void;
}

export interface DeadLetters {
  readonly count: number;
  /** There are as many as there may be: nothing is dropped, so whoever would add one has to wait. */
  readonly isFull: boolean;
  /** The message leaves the order of its mailbox. */
  add(letter: {
    address: string;
    reason: DeadLetterReason;
    event: EventObject;
    sender?: string;
    key?: string | undefined;
    position?: number;
    attempts?: number;
    error?: unknown;
    state?: unknown;
  }): void;
  /** From this id on. */
  list(from: number): AsyncIterable<DeadLetter>;
  get(id: number): DeadLetter | undefined;
  drop(id: number): void;
}

/** What a turn does to the actor as a whole. */
export interface Lifecycle {
  /** A child that a machine spawned or invoked. */
  spawn(owner: Cell, child: NewChild): void;
  /** The owner stops it: it and what is below it are gone. */
  stopChild(owner: Cell, uid: number): void;
  /** The parent asked for its snapshots. */
  synced(cell: Cell): void;
  /** This message is parked without another turn: those before it ended the process. */
  killedProcess(cell: Cell, envelope: Envelope): void;
  /** The turn threw. */
  crashed(cell: Cell, envelope: Envelope | undefined, error: unknown): void;
  /** The turn ended in a final state. */
  finished(cell: Cell): void;
  /** The turn asked for `exit()`. */
  exiting(cell: Cell, reason: ExitReason): void;
  /** Ends an actor from outside of its turns. Nothing for one that does not run. */
  end(cell: Cell, reason: ExitReason): void;
  /** Ends what a machine spawned, as an operator wants it: its parent hears that it failed. */
  terminate(cell: Cell): void;
  quarantine(cell: Cell, why: string): void;
  /** The actors that it spawned or invoked. */
  childrenOf(cell: Cell): Cell[];
  /** It ended for good: what waits for it becomes dead letters, what it asked for is withdrawn. */
  settle(cell: Cell): void;
  /** Takes the actor and everything below it away; its supervisor may know why it ended. */
  erase(cell: Cell, reason?: StartFailure): void;
}

/** What the supervisors of the tree are told and asked. */
export interface Supervision {
  /** Whether this uid is a supervisor's. */
  supervises(uid: number): boolean;
  /** Whether a supervisor's child may take turns now. */
  isUp(supervisor: number, address: string): boolean;
  /** Whether this supervisor, or one above it, has ended for good: what is below it takes no mail. */
  isDown(supervisor: number): boolean;
  /** What the code says at this place now. */
  logicAt(place: readonly string[]): Pick<Cell, 'logic' | 'settings'> | undefined;
  /** The system is stopping: what happens to the tree now is not its history. */
  readonly isClosing: boolean;
  /** Ends an actor below a supervisor from outside of its turns. Nothing for one that is not there. */
  end(cell: Cell, reason: ExitReason): void;
  exited(cell: Cell, reason: ExitReason, faultKey?: string): void;
  poolRequest(from: Cell, pool: string, event: EventObject): void;
}

/** Notes what runs, for the case that the process dies of it. */
export interface FlightRecorder {
  /** Whether the last process died, and this one has not outlived that yet. */
  readonly isOn: boolean;
  /** Whether each turn is to be told. */
  readonly isRecording: boolean;
  /** A turn begins. @param position - of its message, 0 for the first turn */
  enter(cell: Cell, position: number, event: string): void;
  /** No turn runs. */
  leave(): void;
  /** Whether what the actor would do next is in the store, so that it can be found there afterwards. */
  mayTake(cell: Cell): boolean;
  /** Has it tried again when more has landed. */
  hold(cell: Cell): void;
  landed(cells: readonly Cell[]): void;
}

/** Effects that ran when a process died of nobody knows what. */
export interface SuspectedEffects {
  /**
   * How one that had to wait is started when its turn has come, and asks for admission again; and how one
   * that others have waited for too long is cleared.
   */
  onTurn(kind: 'effect' | 'action', start: (id: number) => void, clear: (id: number) => void): void;
  /** Whether it may run now. If not, it is started when it may. */
  admits(kind: 'effect' | 'action', id: number, suspicion: number, deathsMax: number): boolean;
  /** It has been running since before this world was made. */
  goesOn(kind: 'effect' | 'action', id: number): void;
  /** It does not run any more, or does not want to. */
  ended(kind: 'effect' | 'action', id: number): void;
}

/** Addresses that an operator has paused. */
export interface Pauses {
  /** Whether what is at this address takes no turn: it is paused, or something above it. */
  holds(address: string): boolean;
  /** Those that were paused themselves, in the order of that, as far as this process knows it. */
  list(): Iterable<string>;
  pause(address: string, uid: number): void;
  resume(address: string): void;
  /** Whoever was paused is gone. */
  forget(address: string): void;
}

/** Watches and links. */
export interface Bonds {
  withoutEnds(call: () => void): void;
  /** In the turn of the one that asks. */
  asked(from: Cell, request: BondRequest): void;
  /** Whether anybody watches it or is linked to it, or it does so itself. */
  isHeld(uid: number): boolean;
  /** An incarnation ended: whoever is to hear of it does, in this batch. */
  exited(cell: Cell, reason: DownReason): void;
  /** It begins a new life, or ended for good: what it asked for is withdrawn. */
  forget(uid: number): void;
}

/** Dedupe keys, counted. */
export interface KeyMemory {
  added(uid: number): void;
  forget(uid: number): void;
  isFull(uid: number): boolean;
  sweep(): Promise<void>;
}

/** Callers and listeners outside, as the parts of a world see them. */
export interface Outside {
  /** The world that runs now. */
  readonly world: World | undefined;
  /** Each returns how to leave. */
  ask(id: string, caller: Answerable): () => void;
  watch(address: string, watcher: SnapshotWatcher): () => void;
  listen(address: string, listener: (emission: LandedEmission) => void): () => void;
  /** Calls back when there is room for one more, or with what ended the wait. */
  whenRoom(uid: number, call: (ended?: Error) => void): () => void;
  /** How many wait for room. */
  queuedFor(uid: number): number;
  /** Settles when the turn that handled this message landed. */
  whenApplied(uid: number, position: number, settler: Settler): () => void;
  listens(cell: Cell): boolean;
  emitted(cell: Cell, emission: LandedEmission): void;
  /** A message was handled; told within its turn. */
  applied(cell: Cell, envelope: Envelope): void;
  /** A message was parked. */
  parked(cell: Cell, envelope: Envelope, error: Error): void;
  /** The actor ended before it handled this message. */
  buried(cell: Cell, envelope: Envelope): void;
  /** There is nobody at that address to handle it. */
  undeliverable(address: string, event: EventObject): void;
  answered(askId: string, value: unknown): void;
  roomAt(cell: Cell): void;
  /** A batch landed; these were in it. */
  landed(cells: readonly Cell[]): void;
  finished(cell: Cell): void;
  ended(cell: Cell): void;
}
