/**
 * Children that act on the world. A row from the turn that asked for it until its result was handled; it
 * runs only after that turn landed, under a key that stays the same for all attempts.
 */
import type { AnyActorLogic, EventObject } from '../actors/host-types.ts';
import { askOptionsOf } from '../actors/from-ask.ts';
import type { NewChild } from '../actors/operation.ts';
import { ReplyTarget } from '../actors/special-refs.ts';
import { stepOptionsOf } from '../actors/step.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { present } from '../base/assert.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { keys } from '../persistence/keyspace.ts';
import { type EffectKind, type EffectRecord, packEffect } from '../persistence/records.ts';
import { backoffMs } from './backoff.ts';
import type { Cell } from './cell.ts';
import { guard } from './guard.ts';
import type { StepOutcome } from './running-steps.ts';
import { toStorableError } from './storable-error.ts';
import { VolatileChildren } from './volatile-children.ts';
import type { Effects, World } from './world.ts';

export class DurableEffects implements Effects {
  readonly #world: World;
  readonly #volatile: VolatileChildren;
  readonly #records = new Map<number, EffectRecord>();
  readonly #byOwner = new Map<number, Set<number>>();

  constructor(world: World) {
    this.#world = world;
    this.#volatile = new VolatileChildren(world);
  }

  /** From now on results come here; until then they are kept. */
  takeResults(): void {
    const world = this.#world;
    world.running.onSettled = (uid, attempt, outcome) =>
      guard(world, () => this.#settled(uid, attempt, outcome));
  }

  arm(owner: Cell, child: NewChild): void {
    const world = this.#world;
    const logic = present(
      owner.logic.child(child.src),
      'the turn was judged: its children are known',
    );
    const batch = world.committer.pending;
    const key = `${world.store.storeId}.${world.store.epoch}.${batch.number}.${batch.intents}`;
    batch.intents += 1;
    const kind = logic.kind as EffectKind;
    const timeoutMs = kind === 'ask' ? askOptionsOf(logic.logic)?.timeoutMs : undefined;
    const record: EffectRecord = {
      uid: child.uid,
      owner: owner.uid,
      kind,
      id: child.id,
      src: child.src,
      input: child.input,
      key,
      attempts: 0,
      settled: false,
      notBeforeMs: 0,
      deadlineMs: timeoutMs === undefined ? 0 : world.time.nowMs() + timeoutMs,
      systemId: child.systemId,
      syncSnapshot: child.syncSnapshot,
    };
    this.#keep(record);
    batch.putNew(keys.effect(owner.uid, child.uid), packEffect(record));
    if (kind === 'ask') this.#question(owner, record);
    batch.afterLanding(() => this.#start(child.uid));
  }

  get(uid: number): EffectRecord | undefined {
    return this.#records.get(uid);
  }

  of(uid: number): readonly EffectRecord[] {
    return [...(this.#byOwner.get(uid) ?? [])].map((child) =>
      present(this.#records.get(child), 'owned effects are known'),
    );
  }

  restore(record: EffectRecord): void {
    this.#keep(record);
  }

  send(uid: number, event: EventObject): void {
    this.#volatile.send(uid, event);
  }

  drop(owner: Cell, uid: number): void {
    if (!this.#forget(owner.uid, uid)) return;
    this.#world.committer.pending.afterLanding(() => {
      void this.#world.running.abort(uid, 'the actor left the state that invoked this');
      this.#world.running.forget(uid);
      this.#volatile.stop(uid);
    });
  }

  consumed(owner: Cell, uid: number): void {
    if (this.#records.get(uid)?.settled === true) this.#forget(owner.uid, uid);
  }

  rearm(owner: Cell, uid: number): boolean {
    const record = this.#records.get(uid);
    if (record === undefined) return false;
    if (record.attempts >= owner.settings.attemptsMax) {
      this.#forget(owner.uid, uid);
      return false;
    }
    const { time, ports } = this.#world;
    const delayMs = backoffMs(record.attempts, ports.entropy.random());
    this.#change({ ...record, settled: false, notBeforeMs: time.nowMs() + delayMs });
    this.#world.committer.pending.afterLanding(() => this.#start(uid));
    return true;
  }

  async suspend(uid: number, reason: string): Promise<void> {
    const ending: Promise<void>[] = [];
    for (const child of this.#byOwner.get(uid) ?? []) {
      ending.push(this.#world.running.abort(child, reason));
      this.#volatile.stop(child);
    }
    await Promise.all(ending);
  }

  abandon(uid: number): void {
    for (const child of this.#byOwner.get(uid) ?? []) this.#world.running.forget(child);
  }

  resume(uid: number): void {
    const { committer, dispatcher } = this.#world;
    // not before the restart itself is durable, nor while an outcome that was used up is on its way
    for (const child of this.#byOwner.get(uid) ?? [])
      committer.pending.afterLanding(() => this.#start(child));
    dispatcher.wake();
  }

  clear(uid: number): void {
    const owner = this.#world.cells.byUid(uid);
    for (const child of [...(this.#byOwner.get(uid) ?? [])])
      if (owner !== undefined) this.drop(owner, child);
  }

  answered(owner: number, child: number, life: number, value: unknown): void {
    const cell = this.#world.cells.byUid(owner);
    const record = this.#records.get(child);
    if (cell === undefined || record === undefined || record.settled || cell.life !== life) return;
    if (!cell.mailbox.isPlaced) return;
    this.#deliver(cell, record, {
      type: `xstate.done.actor.${record.id}`,
      output: value,
      actorId: record.id,
    } as EventObject);
  }

  failAsk(owner: number, child: number, error: Error): void {
    const cell = this.#world.cells.byUid(owner);
    const record = this.#records.get(child);
    if (cell === undefined || record === undefined || record.settled) return;
    if (!cell.mailbox.isPlaced) return;
    this.#deliver(cell, record, errorEvent(record.id, error));
  }

  running(): number {
    return this.#world.running.count;
  }

  /** Callbacks and observables end with their world; the next one starts its own. */
  stopVolatile(): void {
    this.#volatile.stopAll();
  }

  #keep(record: EffectRecord): void {
    this.#records.set(record.uid, record);
    const owned = this.#byOwner.get(record.owner) ?? new Set<number>();
    this.#byOwner.set(record.owner, owned);
    owned.add(record.uid);
  }

  #change(record: EffectRecord): void {
    this.#records.set(record.uid, record);
    this.#world.committer.pending.put(keys.effect(record.owner, record.uid), packEffect(record));
  }

  #forget(owner: number, uid: number): boolean {
    if (!this.#records.delete(uid)) return false;
    const owned = this.#byOwner.get(owner);
    owned?.delete(uid);
    if (owned?.size === 0) this.#byOwner.delete(owner);
    this.#world.committer.pending.del(keys.effect(owner, uid));
    return true;
  }

  /** Runs what is armed, if its time has come and its owner is up. */
  #start(uid: number): void {
    const world = this.#world;
    const record = this.#records.get(uid);
    if (!world.isAlive || record === undefined || record.settled) return;
    const owner = world.cells.byUid(record.owner);
    if (owner === undefined || owner.status !== 'running' || owner.hold === 'stopping') return;
    if (record.kind === 'ask') {
      if (record.deadlineMs > 0)
        world.timers.alarm(record.deadlineMs, () => this.#askTimedOut(uid));
      return;
    }
    if (record.kind === 'callback' || record.kind === 'observable') {
      this.#volatile.start(owner, record);
      return;
    }
    if (world.running.adopt(uid, () => guard(world, () => this.#start(uid)))) return;
    if (record.notBeforeMs > world.time.nowMs()) {
      world.timers.alarm(record.notBeforeMs, () => this.#start(uid));
      return;
    }
    this.#run(owner, record);
  }

  #run(owner: Cell, record: EffectRecord): void {
    const world = this.#world;
    const attempt = record.attempts + 1;
    const { logic } = present(owner.logic.child(record.src), 'a stored effect has its logic');
    this.#records.set(record.uid, { ...record, attempts: attempt });
    world.running.start(record.uid, attempt, (signal) =>
      runLogic(logic, owner, record, attempt, signal),
    );
    // the attempt is written if it takes long; a fast one is not worth a batch of its own
    world.timers.alarm(world.time.nowMs() + limits.attemptRowAfterMs, () => {
      const current = this.#records.get(record.uid);
      if (current === undefined || current.settled || current.attempts !== attempt) return;
      this.#change(current);
    });
  }

  #settled(uid: number, attempt: number, outcome: StepOutcome): void {
    const world = this.#world;
    if (!world.isAlive) return; // kept: the next world is offered it
    const record = this.#records.get(uid);
    if (record === undefined || record.settled) {
      world.running.forget(uid);
      return;
    }
    const owner = world.cells.byUid(record.owner);
    if (owner === undefined || !owner.mailbox.isPlaced) return;
    const event = this.#resultEvent(owner, record, attempt, outcome);
    this.#deliver(owner, { ...record, attempts: attempt }, event);
    world.committer.pending.afterLanding(() => world.running.forget(uid, attempt));
  }

  #resultEvent(
    owner: Cell,
    record: EffectRecord,
    attempt: number,
    outcome: StepOutcome,
  ): EventObject {
    if (outcome.ok) {
      try {
        judge(outcome.output, `output of '${record.src}'`);
        refuseLarge(outcome.output, `output of '${record.src}'`);
        return {
          type: `xstate.done.actor.${record.id}`,
          output: outcome.output,
          actorId: record.id,
        } as EventObject;
      } catch (error) {
        return errorEvent(record.id, error);
      }
    }
    const error = toStorableError(outcome.error);
    this.#world.committer.pending.afterLanding(() =>
      this.#world.events.emit({
        type: 'effect.failed',
        address: owner.address,
        effect: record.id,
        attempt,
        error,
      }),
    );
    return errorEvent(record.id, error);
  }

  #deliver(owner: Cell, record: EffectRecord, event: EventObject): void {
    this.#change({ ...record, settled: true });
    this.#world.delivery.result(owner, record.uid, event);
  }

  #question(owner: Cell, record: EffectRecord): void {
    const options = present(
      askOptionsOf(present(owner.logic.child(record.src), 'judged').logic),
      'an ask has options',
    );
    const replyTo = ReplyTarget.ofInvoke(owner.uid, owner.life, record.uid);
    const event = {
      ...(record.input as object | undefined),
      type: options.type,
      replyTo,
    } as EventObject;
    this.#world.delivery.send(owner, options.target as never, event, `${owner.uid}:${record.id}`);
  }

  #askTimedOut(uid: number): void {
    const record = this.#records.get(uid);
    const owner = record === undefined ? undefined : this.#world.cells.byUid(record.owner);
    if (record === undefined || owner === undefined) return;
    const options = askOptionsOf(
      present(owner.logic.child(record.src), 'a stored effect has its logic').logic,
    );
    this.failAsk(
      record.owner,
      uid,
      new PerdureError('ASK_TIMEOUT', {
        address: String(
          (options?.target as { address?: string } | undefined)?.address ?? record.src,
        ),
        type: options?.type ?? record.src,
        timeoutMs: options?.timeoutMs ?? 0,
      }),
    );
  }
}

function errorEvent(id: string, error: unknown): EventObject {
  return {
    type: `xstate.error.actor.${id}`,
    error: toStorableError(error),
    actorId: id,
  } as EventObject;
}

/** Calls what the user wrote: a step with its arguments, or the function of `fromPromise`. */
function runLogic(
  logic: AnyActorLogic,
  owner: Cell,
  record: EffectRecord,
  attempt: number,
  signal: AbortSignal,
): unknown {
  const step = stepOptionsOf(logic);
  const { input, key: idempotencyKey } = record;
  if (step !== undefined) return step.run({ input, signal, idempotencyKey, attempt });
  const promise = (logic as unknown as { config: (args: object) => unknown }).config;
  return promise({
    input,
    signal,
    self: owner.ref,
    system: owner.ref.system,
    emit: refuseEmit(owner),
  });
}

function refuseEmit(owner: Cell): () => never {
  return () => {
    throw new PerdureError('TURN_IMPURE', {
      address: owner.address,
      call: 'emit() of a promise',
      fix: 'return a value and emit in the machine: what a promise emits is part of no turn',
    });
  };
}
