/**
 * Durable timers: a delayed event is a row from the batch in which it was asked for until it was handled or
 * cancelled. Fires by (due, set order), once, at its original deadline or at once if nobody ran then.
 */
import type { AnyActorRef, EventObject } from '../actors/host-types.ts';
import { LightRef } from '../actors/light-ref.ts';
import { limits } from '../base/limits.ts';
import { keys } from '../persistence/keyspace.ts';
import { packTimer, type TimerRecord } from '../persistence/records.ts';
import { tellBlocked } from './blocked.ts';
import type { Cell } from './cell.ts';
import { Heap } from './heap.ts';
import type { Timers, World } from './world.ts';

interface Alarm {
  readonly dueMs: number;
  readonly order: number;
  readonly fire: () => void;
  isCancelled: boolean;
  hasFired: boolean;
}

interface Entry {
  readonly record: TimerRecord;
  readonly alarm: Alarm | undefined;
}

export class DurableTimers implements Timers {
  readonly #world: World;
  readonly #heap = new Heap<Alarm>((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  /** By owner and number. */
  readonly #entries = new Map<number, Map<number, Entry>>();
  /** Owners of timers that became due while they were paused. */
  readonly #held = new Set<number>();
  #withdraw: (() => void) | undefined = undefined;
  #armedForMs = Number.POSITIVE_INFINITY;
  #volatileOrder = 0;
  /** In the heap still, because what is at its top goes first. */
  #cancelled = 0;

  constructor(world: World) {
    this.#world = world;
  }

  schedule(
    owner: Cell,
    request: {
      id: string | undefined;
      delayMs: number;
      event: EventObject;
      to: AnyActorRef | undefined;
    },
  ): void {
    const number = this.#world.counters.timer;
    this.#world.counters.timer += 1;
    const dueMs = this.#world.time.nowMs() + Math.max(0, request.delayMs);
    const record: TimerRecord = {
      number,
      owner: owner.uid,
      id: request.id,
      dueMs,
      event: request.event,
      to: request.to,
      fired: false,
    };
    this.#world.committer.pending.putNew(keys.timer(owner.uid, number), packTimer(record));
    this.restore(record);
  }

  restore(record: TimerRecord): void {
    const entries = this.#entries.get(record.owner) ?? new Map<number, Entry>();
    this.#entries.set(record.owner, entries);
    const alarm = record.fired
      ? undefined
      : this.#push(record.dueMs, record.number, () => this.#fire(record));
    entries.set(record.number, { record, alarm });
  }

  /** Cancels the latest timer with this id, as XState does. */
  cancel(owner: Cell, id: string): void {
    let latest: Entry | undefined;
    for (const entry of this.#entries.get(owner.uid)?.values() ?? []) {
      if (entry.record.id === id) latest = entry;
    }
    if (latest !== undefined) this.#forget(latest);
  }

  isPending(owner: number, number: number): boolean {
    return this.#entries.get(owner)?.has(number) ?? false;
  }

  consumed(owner: number, number: number): void {
    const entry = this.#entries.get(owner)?.get(number);
    if (entry !== undefined) this.#forget(entry);
  }

  clear(uid: number): void {
    for (const entry of [...(this.#entries.get(uid)?.values() ?? [])]) this.#forget(entry);
  }

  count(): number {
    let count = 0;
    for (const entries of this.#entries.values()) count += entries.size;
    return count;
  }

  alarm(atMs: number, fire: () => void): () => void {
    this.#volatileOrder += 1;
    const alarm = this.#push(atMs, this.#volatileOrder, fire);
    return () => this.#cancel(alarm);
  }

  fireDue(): void {
    const { time, committer } = this.#world;
    const nowMs = time.nowMs();
    // after a long pause many are due: the others come with the next beats
    let fired = 0;
    for (let alarm = this.#heap.peek(); alarm !== undefined; alarm = this.#heap.peek()) {
      if (!alarm.isCancelled && alarm.dueMs > nowMs) break;
      if (fired >= limits.timersPerBeat || committer.isFull) break;
      this.#heap.pop();
      if (alarm.isCancelled) {
        this.#cancelled -= 1;
        continue;
      }
      alarm.hasFired = true;
      alarm.fire();
      fired += 1;
    }
    this.#arm();
  }

  stop(): void {
    this.#withdraw?.();
    this.#withdraw = undefined;
  }

  #cancel(alarm: Alarm): void {
    if (alarm.isCancelled || alarm.hasFired) return;
    alarm.isCancelled = true;
    this.#cancelled += 1;
    // a timer that is set and cancelled with every message must not wait for its time in here
    if (this.#cancelled < limits.timersPerBeat || this.#cancelled * 2 < this.#heap.size) return;
    this.#heap.keep(({ isCancelled }) => !isCancelled);
    this.#cancelled = 0;
  }

  #push(dueMs: number, order: number, fire: () => void): Alarm {
    const alarm: Alarm = { dueMs, order, fire, isCancelled: false, hasFired: false };
    this.#heap.push(alarm);
    if (dueMs < this.#armedForMs) this.#arm();
    return alarm;
  }

  /** Asks the clock to wake the dispatcher when the next one is due; long waits in slices. */
  #arm(): void {
    this.#withdraw?.();
    this.#withdraw = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    const next = this.#heap.peek();
    if (next === undefined || !this.#world.isAlive) return;
    this.#armedForMs = next.dueMs;
    const delayMs = Math.min(
      limits.timerSliceMs,
      Math.max(0, next.dueMs - this.#world.time.nowMs()),
    );
    this.#withdraw = this.#world.ports.clock.after(delayMs, () => this.#world.dispatcher.wake());
  }

  #fire(record: TimerRecord): void {
    const world = this.#world;
    const owner = world.cells.byUid(record.owner);
    const key = keys.timer(record.owner, record.number);
    if (owner === undefined || !takesTimers(owner)) {
      // an ended actor keeps its timers stored and unfired; they are armed again when it is started
      return;
    }
    if (world.pauses.holds(owner.address)) {
      this.#held.add(owner.uid);
      return;
    }
    if (record.to !== undefined && this.#mustWait(owner, record)) return;
    if (record.to === undefined) {
      const fired = { ...record, fired: true };
      this.#entries.get(record.owner)?.set(record.number, { record: fired, alarm: undefined });
      world.committer.pending.put(key, packTimer(fired));
      world.delivery.enqueue(owner, { kind: 'timer', event: record.event, origin: record.number });
    } else {
      this.consumed(record.owner, record.number);
      world.delivery.send(owner, record.to as AnyActorRef, record.event, `${owner.uid}:timer`);
    }
  }

  /** It goes to nobody, and there is no room for one more dead letter. */
  #mustWait({ address }: Cell, record: TimerRecord): boolean {
    const { deadLetters, delivery, time } = this.#world;
    const to = record.to as AnyActorRef;
    if (!deadLetters.isFull || delivery.hasTaker(to)) return false;
    tellBlocked(this.#world, address, to instanceof LightRef ? to.address : to.id, 'dead_letters');
    const laterMs = time.nowMs() + limits.blockedRetryMs;
    const alarm = this.#push(laterMs, record.number, () => this.#fire(record));
    this.#entries.get(record.owner)?.set(record.number, { record, alarm });
    return true;
  }

  release(): void {
    for (const uid of [...this.#held]) {
      const owner = this.#world.cells.byUid(uid);
      if (owner !== undefined && this.#world.pauses.holds(owner.address)) continue;
      this.#held.delete(uid);
      this.rearm(uid);
    }
  }

  /** Fires what became due while the actor could not take it. */
  rearm(uid: number): void {
    for (const [number, { record, alarm }] of this.#entries.get(uid) ?? []) {
      if (record.fired) continue;
      if (alarm !== undefined) this.#cancel(alarm);
      this.#entries.get(uid)?.set(number, {
        record,
        alarm: this.#push(record.dueMs, record.number, () => this.#fire(record)),
      });
    }
  }

  #forget({ record, alarm }: Entry): void {
    if (alarm !== undefined) this.#cancel(alarm);
    const entries = this.#entries.get(record.owner);
    entries?.delete(record.number);
    if (entries?.size === 0) this.#entries.delete(record.owner);
    this.#world.committer.pending.del(keys.timer(record.owner, record.number));
  }
}

function takesTimers(cell: Cell): boolean {
  return cell.status === 'running';
}
