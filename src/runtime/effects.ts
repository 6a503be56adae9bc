/**
 * Children that act on the world. A row from the turn that asked for it until its result was handled; it
 * runs only after that turn landed, under a key that stays the same for all attempts.
 */
import type { EventObject } from '../actors/host-types.ts';
import { askOptionsOf } from '../actors/from-ask.ts';
import type { NewChild } from '../actors/operation.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { present } from '../base/assert.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { EffectKind, EffectRecord } from '../persistence/effect-records.ts';
import { backoffMs } from './backoff.ts';
import type { Cell } from './cell.ts';
import { EffectBook } from './effect-book.ts';
import { doneEvent, errorEvent, isVolatile, runEffect } from './effect-call.ts';
import { guard } from './guard.ts';
import { askTimeout, questionOf } from './invoked-asks.ts';
import type { StepOutcome } from './running-steps.ts';
import { isGuilty } from './suspects.ts';
import { toStorableError } from './storable-error.ts';
import { VolatileChildren } from './volatile-children.ts';
import type { Effects, World } from './world.ts';

export class DurableEffects implements Effects {
  readonly #world: World;
  readonly #volatile: VolatileChildren;
  readonly #book: EffectBook;
  /** Those whose attempt is on its way to the store, and begins when it is there. */
  readonly #landing = new Set<number>();

  constructor(world: World) {
    this.#world = world;
    this.#book = new EffectBook(world);
    world.suspects.onTurn(
      'effect',
      (uid) => this.#start(uid),
      (uid) => this.#clear(uid),
    );
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
      runsIn: 0,
      suspicion: 0,
    };
    this.#book.arm(record);
    if (kind === 'ask') this.#question(owner, record);
    this.#startSoon(child.uid);
  }

  get(uid: number): EffectRecord | undefined {
    return this.#book.get(uid);
  }

  of(uid: number): readonly EffectRecord[] {
    return this.#book.of(uid);
  }

  restore(record: EffectRecord): void {
    this.#book.keep(record);
  }

  send(uid: number, event: EventObject): void {
    this.#volatile.send(uid, event);
  }

  drop(owner: Cell, uid: number): void {
    if (!this.#book.forget(owner.uid, uid)) return;
    this.#world.committer.pending.afterLanding(() => {
      void this.#world.running.abort(uid, 'the actor left the state that invoked this');
      this.#world.running.forget(uid);
      this.#volatile.stop(uid);
    });
  }

  consumed(owner: Cell, uid: number): void {
    if (this.#book.get(uid)?.settled === true) this.#book.forget(owner.uid, uid);
  }

  hasAttempts(owner: Cell, uid: number): boolean {
    const record = this.#book.get(uid);
    // a question is put once; what a callback costs is up to the intensity of the supervisor
    if (record === undefined || record.kind === 'ask') return false;
    return isVolatile(record) || record.attempts < owner.settings.attemptsMax;
  }

  rearm(owner: Cell, uid: number): boolean {
    const record = this.#book.get(uid);
    if (record === undefined) return false;
    if (isGuilty(record.suspicion, owner.deathsMax)) return this.#book.forget(owner.uid, uid);
    if (!this.hasAttempts(owner, uid)) {
      this.#book.forget(owner.uid, uid);
      return false;
    }
    const { time, ports } = this.#world;
    const delayMs = backoffMs(record.attempts, ports.entropy.random());
    this.#book.change({ ...record, settled: false, notBeforeMs: time.nowMs() + delayMs });
    this.#startSoon(uid);
    return true;
  }

  async suspend(uid: number, reason: string): Promise<void> {
    const ending: Promise<void>[] = [];
    for (const { uid: child } of this.#book.of(uid)) {
      ending.push(this.#world.running.abort(child, reason));
      this.#volatile.stop(child);
    }
    await Promise.all(ending);
    // given up meanwhile: its world is gone, or its owner is up again
    if (!this.#world.isAlive || this.#world.cells.byUid(uid)?.isUp === true) return;
    for (const { uid: child } of this.#book.of(uid)) this.#rests(child);
  }

  abandon(uid: number): void {
    for (const { uid: child } of this.#book.of(uid)) {
      this.#world.running.forget(child);
      this.#world.suspects.ended('effect', child);
    }
  }

  resume(uid: number): void {
    for (const { uid: child } of this.#book.of(uid)) this.#startSoon(child);
    this.#world.dispatcher.wake();
  }

  clear(uid: number): void {
    const owner = this.#world.cells.byUid(uid);
    if (owner === undefined) return;
    for (const { uid: child } of this.#book.of(uid)) this.drop(owner, child);
  }

  answered(owner: number, child: number, life: number, value: unknown): void {
    const cell = this.#world.cells.byUid(owner);
    const record = this.#book.get(child);
    if (cell === undefined || record === undefined || record.settled || cell.life !== life) return;
    if (!cell.mailbox.isPlaced) return;
    this.#deliver(cell, record, doneEvent(record.id, value));
  }

  failAsk(owner: number, child: number, error: Error): void {
    const cell = this.#world.cells.byUid(owner);
    const record = this.#book.get(child);
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

  /** Not before what it belongs to is durable, nor while an outcome that was used up is on its way. */
  #startSoon(uid: number): void {
    const { committer, recorder, running } = this.#world;
    // one that is noted before it runs: that goes with the same batch
    if (recorder.isOn && this.#isNotedNext(uid) && !running.has(uid)) this.#start(uid);
    else committer.pending.afterLanding(() => this.#start(uid));
  }

  #isNotedNext(uid: number): boolean {
    const record = this.#book.get(uid);
    if (record === undefined || record.kind === 'ask') return false;
    const owner = this.#world.cells.byUid(record.owner);
    return owner !== undefined && !isGuilty(record.suspicion, owner.deathsMax);
  }

  /** Runs what is armed, if its time has come and its owner is up. */
  #start(uid: number): void {
    const world = this.#world;
    const record = this.#book.get(uid);
    if (!world.isAlive || record === undefined || record.settled) return;
    const owner = world.cells.byUid(record.owner);
    if (owner === undefined || owner.status !== 'running' || owner.hold === 'stopping') return;
    if (record.kind === 'ask') {
      if (record.deadlineMs > 0)
        world.timers.alarm(record.deadlineMs, () => this.#askTimedOut(uid));
      return;
    }
    if (this.#landing.has(uid) || this.#volatile.has(uid)) return;
    if (world.running.adopt(uid, () => guard(world, () => this.#start(uid)))) return;
    if (isGuilty(record.suspicion, owner.deathsMax)) {
      this.#park(owner, record);
      return;
    }
    if (record.notBeforeMs > world.time.nowMs()) {
      world.timers.alarm(record.notBeforeMs, () => this.#start(uid));
      return;
    }
    if (!world.suspects.admits('effect', uid, record.suspicion, owner.deathsMax)) return;
    if (world.recorder.isOn) this.#runOnceLanded(record);
    else if (isVolatile(record)) this.#runVolatile(owner, record);
    else this.#run(owner, this.#begun(record));
  }

  #begun(record: EffectRecord): EffectRecord {
    const attempts = isVolatile(record) ? record.attempts : record.attempts + 1;
    return { ...record, attempts, runsIn: this.#world.store.epoch };
  }

  /** If the process dies of it, the next one finds that it ran. */
  #runOnceLanded(record: EffectRecord): void {
    const { committer, cells, dispatcher } = this.#world;
    const { uid, attempts } = record;
    const begun = this.#begun(record);
    this.#landing.add(uid);
    this.#book.change(begun);
    committer.pending.afterLanding(() => {
      this.#landing.delete(uid);
      if (this.#book.get(uid) !== begun) return;
      const owner = cells.byUid(begun.owner);
      const isUp = owner?.status === 'running' && owner.hold !== 'stopping';
      if (!isUp) this.#rests(uid, { attempts });
      else if (isVolatile(begun)) this.#runVolatile(owner, begun);
      else this.#run(owner, begun);
    });
    dispatcher.wake();
  }

  /** It has no end to wait for: who outlives its start by a while is no suspect. */
  #runVolatile(owner: Cell, record: EffectRecord): void {
    const { uid, runsIn, suspicion } = record;
    const { time, timers } = this.#world;
    this.#volatile.start(owner, record);
    if (runsIn === 0 && suspicion === 0) return;
    timers.alarm(time.nowMs() + limits.volatileStartMs, () => this.#rests(uid, { suspicion: 0 }));
  }

  #run(owner: Cell, record: EffectRecord): void {
    const world = this.#world;
    const attempt = record.attempts;
    const isNoted = this.#book.get(record.uid) === record;
    const { logic } = present(owner.logic.child(record.src), 'a stored effect has its logic');
    this.#book.keep(record);
    world.running.start(record.uid, attempt, (signal) =>
      runEffect(logic, owner, record, attempt, signal),
    );
    if (isNoted) return;
    // the attempt is written if it takes long; a fast one is not worth a batch of its own
    world.timers.alarm(world.time.nowMs() + limits.attemptRowAfterMs, () => {
      const current = this.#book.get(record.uid);
      if (current === undefined || current.settled || current.attempts !== attempt) return;
      this.#book.change(current);
    });
  }

  /** Nothing is held against it any more. */
  #clear(uid: number): void {
    const record = this.#book.get(uid);
    if (record?.settled === false) this.#book.change({ ...record, suspicion: 0 });
  }

  /** What was begun does not run any more and is not over: the process may die without it. */
  #rests(uid: number, news: Partial<Pick<EffectRecord, 'attempts' | 'suspicion'>> = {}): void {
    const record = this.#book.get(uid);
    const isUp = this.#world.running.has(uid) || this.#landing.has(uid);
    if (record === undefined || !this.#world.isAlive || isUp) return;
    this.#world.suspects.ended('effect', uid);
    const isNews = record.runsIn > 0 || (news.suspicion ?? record.suspicion) !== record.suspicion;
    if (!isNews || record.settled) return;
    this.#book.change({ ...record, runsIn: 0, ...news });
    this.#world.dispatcher.wake();
  }

  /** It has killed the process, `attemptsMax` times: its owner is told as of any last failure. */
  #park(owner: Cell, record: EffectRecord): void {
    const { id, src, input, suspicion: deaths, attempts } = record;
    const { address } = owner;
    const error = new PerdureError('EFFECT_KILLED_PROCESS', { address, effect: id, deaths });
    if (this.#world.deadLetters.isFull) {
      this.#world.lifecycle.quarantine(
        owner,
        `there is no room for a dead letter: ${error.message}`,
      );
      return;
    }
    const event = errorEvent(id, error);
    const state = { effect: id, src, input };
    this.#world.deadLetters.add({ address, reason: 'effect', event, attempts, error, state });
    this.#book.change({ ...record, settled: true, runsIn: 0 });
    this.#world.delivery.result(owner, record.uid, event);
  }

  #settled(uid: number, attempt: number, outcome: StepOutcome): void {
    const world = this.#world;
    if (!world.isAlive) return; // kept: the next world is offered it
    const record = this.#book.get(uid);
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
        return doneEvent(record.id, outcome.output);
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
    this.#book.change({ ...record, settled: true, runsIn: 0, suspicion: 0 });
    this.#world.suspects.ended('effect', record.uid);
    this.#world.delivery.result(owner, record.uid, event);
  }

  #question(owner: Cell, record: EffectRecord): void {
    const { target, event } = questionOf(owner, record);
    this.#world.delivery.send(owner, target as never, event, `${owner.uid}:${record.id}`);
  }

  #askTimedOut(uid: number): void {
    const record = this.#book.get(uid);
    const owner = record === undefined ? undefined : this.#world.cells.byUid(record.owner);
    if (record === undefined || owner === undefined) return;
    this.failAsk(record.owner, uid, askTimeout(owner, record));
  }
}
