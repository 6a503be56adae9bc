/**
 * Custom actions. Named ones are rows of the turn that asked for them and run after it landed, at least once,
 * one after another per actor, also when the actor has ended by then. Inline ones have no name to be found
 * by again: at most once.
 */
import type { RegisteredLogic } from '../actors/registration.ts';
import { spawnedActorSettings } from '../actors/actor-settings.ts';
import type { LightRef } from '../actors/light-ref.ts';
import type { ActionFn, AskedAction } from '../actors/operation.ts';
import { crash } from '../actors/exit-reason.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { keys } from '../persistence/keyspace.ts';
import { type ActionRecord, packAction } from '../persistence/effect-records.ts';
import { backoffMs } from './backoff.ts';
import type { Cell } from './cell.ts';
import { isGuilty } from './suspects.ts';
import { toStorableError } from './storable-error.ts';
import type { Actions, World } from './world.ts';

/** One named action on its way. */
interface Waiting {
  /** Its row; the owner, or the place, changes when the actor that asked for it is taken away. */
  record: ActionRecord;
  /** The actor that asked for it. */
  readonly self: LightRef;
  readonly exec: ActionFn | undefined;
  readonly deathsMax: number;
  hasLanded: boolean;
  isRunning: boolean;
}

export class DurableActions implements Actions {
  readonly #world: World;
  /** By owner, in the order in which they were asked for. */
  readonly #waiting = new Map<number, Waiting[]>();
  /** By owner: what earlier processes left, until the owner has something to do. */
  readonly #stored = new Map<number, ActionRecord[]>();

  constructor(world: World) {
    this.#world = world;
    world.suspects.onTurn(
      'action',
      (number) => this.#nextTo(number),
      (number) => this.#clear(number),
    );
  }

  plan(owner: Cell, action: AskedAction): void {
    const world = this.#world;
    const batch = world.committer.pending;
    if (!owner.logic.isNamedAction(action.type, action.exec)) {
      batch.afterLanding(() => this.#runInline(owner, action));
      return;
    }
    this.#takeIn(owner);
    const record: ActionRecord = {
      number: world.counters.action,
      owner: owner.uid,
      type: action.type,
      params: action.params,
      event: action.event,
      context: action.context,
      key: `${world.store.storeId}.${world.store.epoch}.${batch.number}.${batch.intents}`,
      attempts: 0,
      self: undefined,
      via: undefined,
      place: undefined,
      runsIn: 0,
      suspicion: 0,
    };
    batch.intents += 1;
    world.counters.action += 1;
    batch.putNew(keys.action(owner.uid, record.number), packAction(record));
    const waiting = this.#queue(record, owner, owner.ref, owner.logic, false);
    batch.afterLanding(() => {
      waiting.hasLanded = true;
      this.#next(waiting.record.owner);
    });
  }

  /** Its owner may not be known yet, or not be there any more. */
  restore(record: ActionRecord): void {
    const stored = this.#stored.get(record.owner) ?? [];
    this.#stored.set(record.owner, stored);
    stored.push(record);
  }

  /** What an earlier process left of that actor comes before all that it asks for now. */
  #takeIn(owner: Cell): void {
    const stored = this.#stored.get(owner.uid);
    if (stored === undefined) return;
    this.#stored.delete(owner.uid);
    for (const record of stored) {
      const self = (record.self as LightRef | undefined) ?? owner.ref;
      this.#queue(record, owner, self, logicBelow(owner.logic, record), true);
    }
  }

  resume(cell: Cell): void {
    this.#takeIn(cell);
    this.#next(cell.uid);
  }

  resumeLeft(uid: number): void {
    const stored = this.#stored.get(uid) ?? [];
    this.#stored.delete(uid);
    for (const record of stored) {
      const definition = this.#world.supervision.logicAt(record.place ?? []);
      const logic = logicBelow(definition?.logic, record);
      const { attemptsMax } = definition?.settings ?? spawnedActorSettings;
      const self = record.self as LightRef;
      this.#line(uid).push(waitingFor(record, self, logic, attemptsMax, true));
    }
    this.#next(uid);
  }

  /**
   * The actor is taken away: what it asked for before is done all the same. A parent that is an actor has it
   * done, in line with its own; what a child of a supervisor leaves is nobody's, and is done by itself.
   */
  bequeath(owner: Cell): void {
    const { cells, committer } = this.#world;
    this.#takeIn(owner);
    const waiting = this.#waiting.get(owner.uid) ?? [];
    const heir = cells.byUid(owner.parent);
    if (heir === undefined) {
      this.#leave(owner, waiting);
      return;
    }
    this.#waiting.delete(owner.uid);
    this.#takeIn(heir);
    for (const one of waiting) {
      committer.pending.del(keys.action(owner.uid, one.record.number));
      one.record = {
        ...one.record,
        owner: heir.uid,
        self: one.self,
        via: [owner.src, ...(one.record.via ?? [])],
      };
      committer.pending.putNew(keys.action(heir.uid, one.record.number), packAction(one.record));
      this.#append(heir, one);
    }
    if (waiting.length > 0) committer.pending.afterLanding(() => this.#next(heir.uid));
  }

  /** Its rows stay under the number that it had: no other gets that. */
  #leave({ uid, place = [] }: Cell, waiting: readonly Waiting[]): void {
    const { pending } = this.#world.committer;
    for (const one of waiting) {
      one.record = { ...one.record, self: one.self, place };
      pending.put(keys.action(uid, one.record.number), packAction(one.record));
    }
    if (waiting.length > 0) pending.afterLanding(() => this.#next(uid));
  }

  #queue(
    record: ActionRecord,
    owner: Cell,
    self: LightRef,
    logic: RegisteredLogic | undefined,
    hasLanded: boolean,
  ): Waiting {
    const waiting = waitingFor(record, self, logic, owner.deathsMax, hasLanded);
    this.#append(owner, waiting);
    return waiting;
  }

  #append(owner: Cell, waiting: Waiting): void {
    this.#line(owner.uid).push(waiting);
    owner.actionsPending += 1;
  }

  #line(uid: number): Waiting[] {
    const line = this.#waiting.get(uid) ?? [];
    this.#waiting.set(uid, line);
    return line;
  }

  #next(uid: number): void {
    const waiting = this.#waiting.get(uid)?.[0];
    if (waiting === undefined || !waiting.hasLanded || waiting.isRunning) return;
    if (!this.#world.isAlive) return;
    const { number, suspicion, place } = waiting.record;
    if (place === undefined && !mayAct(this.#world, this.#world.cells.byUid(uid))) return;
    if (!this.#world.suspects.admits('action', number, suspicion, waiting.deathsMax)) return;
    waiting.isRunning = true;
    const attempt = (): Promise<void> => this.#attempt(waiting);
    const ended = this.#world.recorder.isOn ? this.#noted(waiting).then(attempt) : attempt();
    void ended
      .then(() => {
        waiting.isRunning = false;
        this.#next(waiting.record.owner);
      })
      .catch((error: unknown) => {
        if (this.#world.isAlive) this.#world.panic(error);
      });
  }

  #nextTo(number: number): void {
    const first = this.#first(number);
    if (first !== undefined) this.#next(first.record.owner);
  }

  /** Nothing is held against it any more. */
  #clear(number: number): void {
    const first = this.#first(number);
    if (first === undefined) return;
    first.record = { ...first.record, suspicion: 0 };
    const { owner } = first.record;
    this.#world.committer.pending.put(keys.action(owner, number), packAction(first.record));
  }

  /** The action of this number, if it is the next of its actor. */
  #first(number: number): Waiting | undefined {
    for (const [first] of this.#waiting.values()) if (first?.record.number === number) return first;
    return undefined;
  }

  /** If the process may die of it, the next one is to find that it ran. */
  #noted(waiting: Waiting): Promise<void> {
    const { committer, dispatcher, store } = this.#world;
    const record = { ...waiting.record, runsIn: store.epoch };
    waiting.record = record;
    committer.pending.put(keys.action(record.owner, record.number), packAction(record));
    dispatcher.wake();
    return new Promise((resolve) => {
      committer.pending.afterLanding(resolve);
    });
  }

  /** Runs one action to its end: done, or parked after its last attempt. */
  async #attempt(waiting: Waiting): Promise<void> {
    if (!this.#isCurrent(waiting)) return;
    const { ports, events, runningActions } = this.#world;
    const { self, record, deathsMax } = waiting;
    if (isGuilty(record.suspicion, deathsMax)) {
      const { type: effect, suspicion: deaths, attempts } = record;
      const facts = { address: self.address, effect, deaths };
      while (this.#world.deadLetters.isFull) {
        await new Promise<void>((resolve) => {
          ports.clock.after(limits.blockedRetryMs, resolve);
        });
        if (!this.#isCurrent(waiting)) return;
      }
      this.#giveUp(waiting, attempts, new PerdureError('EFFECT_KILLED_PROCESS', facts));
      return;
    }
    const { context, event, key: idempotencyKey, params } = record;
    const info = { context, event, self, system: self.system, idempotencyKey };
    for (let attempt = record.attempts + 1; ; attempt += 1) {
      try {
        await runningActions.join(idempotencyKey, () =>
          ports.executor.run('action', () => present(waiting)(info, params)),
        );
        if (!this.#isCurrent(waiting)) return;
        this.#finish(waiting);
        this.#world.committer.pending.afterLanding(() => runningActions.forget(idempotencyKey));
        return;
      } catch (thrown) {
        if (!this.#isCurrent(waiting)) return;
        runningActions.forget(idempotencyKey);
        const error = toStorableError(thrown);
        const { address } = self;
        events.emit({ type: 'effect.failed', address, effect: record.type, attempt, error });
        // where it cannot be parked it is tried on
        if (attempt >= limits.actionAttemptsMax && !this.#world.deadLetters.isFull) {
          this.#giveUp(waiting, attempt, error);
          return;
        }
        const delayMs = backoffMs(attempt, ports.entropy.random());
        await new Promise<void>((resolve) => {
          ports.clock.after(delayMs, resolve);
        });
        if (!this.#isCurrent(waiting)) return;
      }
    }
  }

  #isCurrent(waiting: Waiting): boolean {
    const line = this.#waiting.get(waiting.record.owner);
    return this.#world.isAlive && line?.includes(waiting) === true;
  }

  #finish(waiting: Waiting): void {
    const { cells, committer, dispatcher } = this.#world;
    const { owner: uid, number } = waiting.record;
    const line = this.#waiting.get(uid) ?? [];
    line.splice(line.indexOf(waiting), 1);
    if (line.length === 0) this.#waiting.delete(uid);
    committer.pending.del(keys.action(uid, number));
    this.#world.suspects.ended('action', number);
    const owner = cells.byUid(uid);
    if (owner !== undefined) {
      owner.actionsPending -= 1;
      if (owner.hold === 'acting') {
        owner.hold = 'none';
        dispatcher.ready(owner);
      }
    }
    dispatcher.wake();
  }

  /** The action is parked and the actor, if it runs, exits with a crash, in one batch; its state stays. */
  #giveUp(waiting: Waiting, attempts: number, error: Error): void {
    const world = this.#world;
    const { record, self } = waiting;
    this.#finish(waiting);
    world.deadLetters.add({
      address: self.address,
      reason: 'action',
      event: record.event,
      attempts,
      error,
      state: { action: record.type, params: record.params },
    });
    const owner = world.cells.byUid(record.owner);
    if (owner === undefined || record.via !== undefined || owner.status !== 'running') return;
    // it has ended already, or is about to: that is in other hands
    if (owner.hold === 'starting' || owner.hold === 'restarting' || owner.hold === 'stopping')
      return;
    if (world.supervision.supervises(owner.parent)) world.supervision.exited(owner, crash(error));
    else world.lifecycle.crashed(owner, undefined, error);
  }

  #runInline(owner: Cell, action: AskedAction): void {
    const { ports, events } = this.#world;
    const info = {
      context: action.context,
      event: action.event,
      self: owner.ref,
      system: owner.ref.system,
    };
    ports.executor
      .run('action', () => action.exec?.(info, action.params))
      .catch((thrown: unknown) => {
        const error = toStorableError(thrown);
        ports.logger.error(
          { actor: owner.address, action: action.type, error: error.message },
          'an inline action threw',
        );
        events.emit({
          type: 'effect.failed',
          address: owner.address,
          effect: action.type,
          attempt: 1,
          error,
        });
      });
  }
}

/** What an actor asked for before it ended is still done; one that is being stopped waits until it has. */
function mayAct(world: World, owner: Cell | undefined): boolean {
  if (owner === undefined || owner.status === 'quarantined') return false;
  if (owner.status !== 'running' || owner.hold !== 'stopping') return true;
  // it rests below something that does not run: for a while, or for good
  const parent = world.cells.byUid(owner.parent);
  const { supervision } = world;
  if (parent === undefined) return !supervision.isClosing && supervision.isDown(owner.parent);
  return (parent.status !== 'running' || parent.hold === 'stopping') && mayAct(world, parent);
}

function waitingFor(
  record: ActionRecord,
  self: LightRef,
  logic: RegisteredLogic | undefined,
  deathsMax: number,
  hasLanded: boolean,
): Waiting {
  const exec = logic?.action(record.type);
  return { record, self, exec, deathsMax, hasLanded, isRunning: false };
}

/** That of the actor which asked: its owner's, or one further down. */
function logicBelow(
  logic: RegisteredLogic | undefined,
  { via = [] }: ActionRecord,
): RegisteredLogic | undefined {
  return via.reduce<RegisteredLogic | undefined>((above, src) => above?.child(src), logic);
}

function present({ exec, record, self }: Waiting): ActionFn {
  if (exec !== undefined) return exec;
  throw new PerdureError('MACHINE_NOT_DURABLE', {
    machine: self.address,
    path: `setup.actions.${record.type}`,
    why: 'the store holds a call of this action, and the code has it no more',
    fix: 'keep an action until the store holds no call of it',
  });
}
