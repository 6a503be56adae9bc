/**
 * Children that act on the world. A row from the turn that asked for it until its result was handled; it
 * runs only after that turn landed, under a key that stays the same for all attempts.
 */
import type { EventObject } from '../actors/host-types.ts';
import { askOptionsOf } from '../actors/from-ask.ts';
import type { NewChild } from '../actors/operation.ts';
import { stepOptionsOf } from '../actors/step.ts';
import { present } from '../base/assert.ts';
import type { EffectKind, EffectRecord } from '../persistence/effect-records.ts';
import { backoffMs } from './backoff.ts';
import type { Cell } from './cell.ts';
import { EffectBook } from './effect-book.ts';
import { doneEvent, errorEvent, isVolatile } from './effect-call.ts';
import { EffectRuns } from './effect-runs.ts';
import { questionOf } from './invoked-asks.ts';
import { isGuilty } from './suspects.ts';
import type { Effects, World } from './world.ts';

export class DurableEffects implements Effects {
  readonly #world: World;
  readonly #book: EffectBook;
  readonly #runs: EffectRuns;

  constructor(world: World) {
    this.#world = world;
    this.#book = new EffectBook(world);
    this.#runs = new EffectRuns(world, this.#book);
  }

  /** From now on results come here; until then they are kept. */
  takeResults(): void {
    this.#runs.takeResults();
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
    const timeoutMs =
      kind === 'ask'
        ? askOptionsOf(logic.logic)?.timeoutMs
        : stepOptionsOf(logic.logic)?.totalTimeoutMs;
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
      failures: 0,
      inDoubt: false,
      isFinal: false,
    };
    this.#book.arm(record);
    if (kind === 'ask') this.#question(owner, record);
    this.#runs.startSoon(child.uid);
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
    this.#runs.volatile.send(uid, event);
  }

  drop(owner: Cell, uid: number): void {
    if (!this.#book.forget(owner.uid, uid)) return;
    this.#runs.over(uid);
    this.#world.committer.pending.afterLanding(() => {
      this.#world.running.abort(uid, 'the actor left the state that invoked this');
      this.#world.running.forget(uid);
      this.#runs.volatile.stop(uid);
    });
  }

  consumed(owner: Cell, uid: number): void {
    if (this.#book.get(uid)?.settled === true) this.#book.forget(owner.uid, uid);
  }

  hasAttempts(owner: Cell, uid: number): boolean {
    const record = this.#book.get(uid);
    // a question is put once; what a callback costs is up to the intensity of the supervisor
    if (record === undefined || record.kind === 'ask') return false;
    return isVolatile(record) || (!record.isFinal && record.failures < owner.settings.attemptsMax);
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
    const delayMs = backoffMs(record.failures, ports.entropy.random());
    this.#book.change({ ...record, settled: false, notBeforeMs: time.nowMs() + delayMs });
    this.#runs.startSoon(uid);
    return true;
  }

  async suspend(uid: number, reason: string): Promise<void> {
    const { running } = this.#world;
    for (const { uid: child } of this.#book.of(uid)) {
      running.abort(child, reason);
      this.#runs.volatile.stop(child);
    }
    await running.allEnded(uid);
    // given up meanwhile: its world is gone, or its owner is up again
    if (!this.#world.isAlive || this.#world.cells.byUid(uid)?.isUp === true) return;
    for (const { uid: child } of this.#book.of(uid)) this.#runs.rests(child);
  }

  abandon(uid: number): void {
    for (const { uid: child } of this.#book.of(uid)) {
      this.#world.running.forget(child);
      this.#world.suspects.ended('effect', child);
    }
    this.#world.running.giveUp(uid);
  }

  resume(uid: number): void {
    for (const { uid: child } of this.#book.of(uid)) this.#runs.startSoon(child);
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
    this.#runs.deliver(cell, record, doneEvent(record.id, value));
  }

  failAsk(owner: number, child: number, error: Error): void {
    const cell = this.#world.cells.byUid(owner);
    const record = this.#book.get(child);
    if (cell === undefined || record === undefined || record.settled) return;
    if (!cell.mailbox.isPlaced) return;
    this.#runs.deliver(cell, record, errorEvent(record.id, error));
  }

  running(): number {
    return this.#world.running.count;
  }

  /** Callbacks and observables end with their world; the next one starts its own. */
  stopVolatile(): void {
    this.#runs.dismiss();
  }

  #question(owner: Cell, record: EffectRecord): void {
    const { target, event } = questionOf(owner, record);
    this.#world.delivery.send(owner, target as never, event, `${owner.uid}:${record.id}`);
  }
}
