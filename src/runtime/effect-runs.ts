/** How what is armed comes to run, and what comes of it: only after it landed, attempt after attempt. */
import type { EventObject } from '../actors/host-types.ts';
import type { EmissionReads } from '../actors/step.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { EffectRecord } from '../persistence/effect-records.ts';
import type { Cell } from './cell.ts';
import type { EffectBook } from './effect-book.ts';
import { doneEvent, errorEvent, isVolatile, runEffect } from './effect-call.ts';
import { PendingReads } from './emission-reads.ts';
import { guard } from './guard.ts';
import { askTimeout } from './invoked-asks.ts';
import type { RunTools, StepOutcome } from './running-steps.ts';
import {
  afterFailure,
  attemptTimeout,
  isDelicate,
  limitsOf,
  optionsOf,
  totalTimeout,
} from './step-policy.ts';
import { toStorableError } from './storable-error.ts';
import { isGuilty } from './suspects.ts';
import { outcomeUnknown, verified } from './verification.ts';
import { VolatileChildren } from './volatile-children.ts';
import type { World } from './world.ts';

type Failed = Extract<StepOutcome, { ok: false }>;

export class EffectRuns {
  readonly volatile: VolatileChildren;
  readonly #world: World;
  readonly #book: EffectBook;
  /** Those whose attempt is on its way to the store, and begins when it is there. */
  readonly #landing = new Set<number>();
  /** Attempts that failed and are followed by another, which is on its way to the store. */
  readonly #failed = new Map<number, number>();
  /** How to withdraw the alarm for the deadline of a step. */
  readonly #deadlines = new Map<number, () => void>();
  readonly #reads: PendingReads;

  constructor(world: World, book: EffectBook) {
    this.#world = world;
    this.#book = book;
    world.suspects.onTurn(
      'effect',
      (uid) => this.start(uid),
      (uid) => this.#clear(uid),
    );
    this.volatile = new VolatileChildren(world);
    this.#reads = new PendingReads(world, (uid) => guard(world, () => this.start(uid)));
  }

  takeResults(): void {
    const world = this.#world;
    world.running.onSettled = (uid, attempt, outcome) =>
      guard(world, () => this.#settled(uid, attempt, outcome));
    world.running.onOver = (resource) => guard(world, () => world.resources.freed(resource));
  }

  /** Not before what it belongs to is durable, nor while an outcome that was used up is on its way. */
  startSoon(uid: number): void {
    const { committer, running } = this.#world;
    // one that is noted before it runs: that goes with the same batch
    if (this.#isNotedNext(uid) && !running.has(uid)) this.start(uid);
    else committer.pending.afterLanding(() => this.start(uid));
  }

  #isNotedNext(uid: number): boolean {
    const record = this.#book.get(uid);
    if (record === undefined || record.kind === 'ask') return false;
    const owner = this.#world.cells.byUid(record.owner);
    if (owner === undefined || isGuilty(record.suspicion, owner.deathsMax)) return false;
    return this.#isNoted(owner, record);
  }

  /** Whether its attempt has to be durable before it begins. */
  #isNoted(owner: Cell, record: EffectRecord): boolean {
    if (this.#world.recorder.isOn) return true;
    const options = optionsOf(owner, record);
    return isDelicate(options) || options?.resource !== undefined;
  }

  /** Runs what is armed, if its time has come and its owner is up. */
  start(uid: number): void {
    const world = this.#world;
    const record = this.#book.get(uid);
    if (!world.isAlive || record === undefined || record.settled) return;
    const owner = world.cells.byUid(record.owner);
    if (owner === undefined || owner.status !== 'running' || owner.hold === 'stopping') return;
    if (record.deadlineMs > 0) this.#watchDeadline(uid, record.deadlineMs);
    if (record.kind === 'ask' || this.#landing.has(uid) || this.volatile.has(uid)) return;
    if (world.running.adopt(uid, () => guard(world, () => this.start(uid)))) return;
    if (isGuilty(record.suspicion, owner.deathsMax)) {
      this.#park(owner, record);
      return;
    }
    if (record.notBeforeMs > world.time.nowMs()) {
      world.timers.alarm(record.notBeforeMs, () => this.start(uid));
      return;
    }
    const options = optionsOf(owner, record);
    if (options?.reads !== undefined) {
      this.#read(owner, record, options.reads);
      return;
    }
    if (record.deadlineMs > 0 && record.deadlineMs <= world.time.nowMs()) {
      this.#fail(owner, record, totalTimeout(owner, record, options));
      return;
    }
    if (record.inDoubt && options?.onInterrupted === 'report') {
      this.#fail(owner, record, outcomeUnknown(owner, record));
      return;
    }
    if (!world.resources.admits(options?.resource, uid, () => this.start(uid))) return;
    if (!world.suspects.admits('effect', uid, record.suspicion, owner.deathsMax)) return;
    if (options?.resource !== undefined)
      world.resources.take(options.resource, uid, record.attempts + 1);
    if (this.#isNoted(owner, record)) this.#runOnceLanded(owner, record);
    else if (isVolatile(record)) this.#runVolatile(owner, record);
    else this.#run(owner, this.#begun(owner, record), record.inDoubt);
  }

  #read(owner: Cell, record: EffectRecord, reads: EmissionReads): void {
    try {
      const page = this.#reads.page(record, reads);
      if (page === undefined) return;
      this.deliver(owner, record, this.#resultEvent(record, page));
    } catch (error) {
      this.deliver(owner, { ...record, isFinal: true }, errorEvent(record.id, error));
    }
    this.#world.dispatcher.wake();
  }

  /** Callbacks and observables end with their world, and so does waiting; the next one starts its own. */
  dismiss(): void {
    this.volatile.stopAll();
    this.#reads.leaveAll();
  }

  #begun(owner: Cell, record: EffectRecord): EffectRecord {
    const attempts = isVolatile(record) ? record.attempts : record.attempts + 1;
    const inDoubt = isDelicate(optionsOf(owner, record));
    return { ...record, attempts, inDoubt, runsIn: this.#world.store.epoch };
  }

  /** If the process dies of it, or in it, the next one finds that it ran. */
  #runOnceLanded(from: Cell, record: EffectRecord): void {
    const { committer, cells, dispatcher, resources } = this.#world;
    const { uid, attempts, inDoubt } = record;
    const begun = this.#begun(from, record);
    this.#landing.add(uid);
    this.#book.change(begun);
    committer.pending.afterLanding(() => {
      this.#landing.delete(uid);
      if (this.#book.get(uid) !== begun) {
        resources.giveBack(uid);
        return;
      }
      const owner = cells.byUid(begun.owner);
      const isUp = owner?.status === 'running' && owner.hold !== 'stopping';
      if (!isUp) {
        resources.giveBack(uid);
        this.rests(uid, { attempts, inDoubt });
      } else if (isVolatile(begun)) this.#runVolatile(owner, begun);
      else this.#run(owner, begun, inDoubt);
    });
    dispatcher.wake();
  }

  /** It has no end to wait for: who outlives its start by a while is no suspect. */
  #runVolatile(owner: Cell, record: EffectRecord): void {
    const { uid, runsIn, suspicion } = record;
    const { time, timers } = this.#world;
    this.volatile.start(owner, record);
    if (runsIn === 0 && suspicion === 0) return;
    timers.alarm(time.nowMs() + limits.volatileStartMs, () => this.rests(uid, { suspicion: 0 }));
  }

  /** @param wasInDoubt - an earlier attempt was cut short, and what it did is to be found out first */
  #run(owner: Cell, record: EffectRecord, wasInDoubt: boolean): void {
    const world = this.#world;
    const { uid, attempts: attempt } = record;
    const isNoted = this.#book.get(uid) === record;
    const options = optionsOf(owner, record);
    const limitsOfRun = limitsOf(owner, record, options);
    const verify = options?.onInterrupted;
    const call = (tools: RunTools): unknown => runEffect(world, owner, record, tools);
    const again = (tools: RunTools): unknown => {
      if (!record.isFinal) return call(tools);
      throw attemptTimeout(owner, record, options);
    };
    const run =
      wasInDoubt && typeof verify === 'function'
        ? (tools: RunTools): unknown =>
            verified(world.ports, { owner, record, verify }, tools.signal, () => again(tools))
        : call;
    this.#book.keep(record);
    this.#failed.delete(uid);
    if (record.deadlineMs > 0) this.#watchDeadline(uid, record.deadlineMs);
    world.resources.passOn(uid);
    world.running.start({
      uid,
      owner: owner.uid,
      attempt,
      run,
      limits: limitsOfRun,
      resource: options?.resource,
    });
    if (isNoted) return;
    // the attempt is written if it takes long; a fast one is not worth a batch of its own
    world.timers.alarm(world.time.nowMs() + limits.attemptRowAfterMs, () => {
      const current = this.#book.get(uid);
      if (current === undefined || current.settled || current.attempts !== attempt) return;
      this.#book.change(current);
    });
  }

  #watchDeadline(uid: number, deadlineMs: number): void {
    if (this.#deadlines.has(uid)) return;
    this.#deadlines.set(
      uid,
      this.#world.timers.alarm(deadlineMs, () => this.#outOfTime(uid)),
    );
  }

  #outOfTime(uid: number): void {
    this.#deadlines.delete(uid);
    const { cells, running } = this.#world;
    const record = this.#book.get(uid);
    const owner = record === undefined ? undefined : cells.byUid(record.owner);
    if (record === undefined || record.settled || owner === undefined) return;
    if (!owner.mailbox.isPlaced || this.#landing.has(uid)) return;
    if (record.kind === 'ask') {
      this.deliver(owner, record, errorEvent(record.id, askTimeout(owner, record)));
      return;
    }
    const error = totalTimeout(owner, record, optionsOf(owner, record));
    if (running.has(uid)) running.cutShort(uid, error);
    else this.#fail(owner, record, error);
  }

  /** It is not waited for any more. */
  over(uid: number): void {
    this.#deadlines.get(uid)?.();
    this.#deadlines.delete(uid);
    this.#failed.delete(uid);
    this.#world.resources.withdraw(uid);
    this.#reads.leave(uid);
  }

  /** Nothing is held against it any more. */
  #clear(uid: number): void {
    const record = this.#book.get(uid);
    if (record?.settled === false) this.#book.change({ ...record, suspicion: 0 });
  }

  /** What was begun does not run any more and is not over: the process may die without it. */
  rests(
    uid: number,
    news: Partial<Pick<EffectRecord, 'attempts' | 'suspicion' | 'inDoubt'>> = {},
  ): void {
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
    this.over(record.uid);
    this.#book.change({ ...record, settled: true, runsIn: 0 });
    this.#world.delivery.result(owner, record.uid, event);
  }

  #settled(uid: number, attempt: number, outcome: StepOutcome): void {
    const world = this.#world;
    if (!world.isAlive) return; // kept: the next world is offered it
    const known = this.#book.get(uid);
    if (known === undefined || known.settled) {
      world.running.forget(uid);
      return;
    }
    if (this.#failed.get(uid) === attempt) return; // offered once more, while the next one is on its way
    const owner = world.cells.byUid(known.owner);
    if (owner === undefined || !owner.mailbox.isPlaced) return;
    const record = { ...known, attempts: attempt };
    if (outcome.ok) this.deliver(owner, record, this.#resultEvent(record, outcome.output));
    else this.#attemptFailed(owner, record, outcome);
    world.committer.pending.afterLanding(() => world.running.forget(uid, attempt));
    if (this.#failed.has(uid)) this.startSoon(uid);
  }

  #resultEvent(record: EffectRecord, output: unknown): EventObject {
    try {
      judge(output, `output of '${record.src}'`);
      refuseLarge(output, `output of '${record.src}'`);
      return doneEvent(record.id, output);
    } catch (error) {
      return errorEvent(record.id, error);
    }
  }

  #attemptFailed(owner: Cell, known: EffectRecord, outcome: Failed): void {
    const { ports, time, dispatcher, suspects } = this.#world;
    const record = { ...known, failures: known.failures + 1 };
    const nowMs = time.nowMs();
    // `when` of the user's policy is called
    const next = ports.executor.enter(() =>
      afterFailure(record, optionsOf(owner, record), outcome, {
        nowMs,
        random: () => ports.entropy.random(),
      }),
    );
    const retryAtMs = next.kind === 'again' ? next.atMs : undefined;
    this.#tellFailed(owner, record, outcome.error, retryAtMs);
    if (next.kind === 'fail') {
      const isFinal = record.isFinal || next.isFinal;
      this.deliver(owner, { ...record, isFinal }, errorEvent(record.id, next.error));
      return;
    }
    this.#failed.set(record.uid, record.attempts);
    this.#book.change({
      ...record,
      notBeforeMs: retryAtMs ?? nowMs,
      inDoubt: next.kind === 'verify' || next.inDoubt,
      isFinal: next.kind === 'verify',
      runsIn: 0,
      suspicion: 0,
    });
    suspects.ended('effect', record.uid);
    dispatcher.wake();
  }

  #tellFailed(
    { address }: Cell,
    { id: effect, attempts: attempt }: EffectRecord,
    thrown: unknown,
    retryAtMs: number | undefined,
  ): void {
    const { committer, events } = this.#world;
    const error = toStorableError(thrown);
    const failed = { type: 'effect.failed', address, effect, attempt, error } as const;
    committer.pending.afterLanding(() =>
      events.emit(retryAtMs === undefined ? failed : { ...failed, retryAtMs }),
    );
  }

  /** Without an attempt that failed. */
  #fail(owner: Cell, record: EffectRecord, error: Error): void {
    this.#tellFailed(owner, record, error, undefined);
    this.deliver(owner, { ...record, isFinal: true }, errorEvent(record.id, error));
    this.#world.dispatcher.wake();
  }

  deliver(owner: Cell, record: EffectRecord, event: EventObject): void {
    this.over(record.uid);
    this.#book.change({ ...record, settled: true, inDoubt: false, runsIn: 0, suspicion: 0 });
    this.#world.suspects.ended('effect', record.uid);
    this.#world.delivery.result(owner, record.uid, event);
  }
}
