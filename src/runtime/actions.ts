/**
 * Custom actions. Named ones are rows of the turn that asked for them and run after it landed, at least once,
 * one after another per actor. Inline ones have no name to be found by again: at most once.
 */
import type { EventObject } from '../actors/host-types.ts';
import type { ActionFn } from '../actors/operation.ts';
import { crash } from '../actors/exit-reason.ts';
import { limits } from '../base/limits.ts';
import { keys } from '../persistence/keyspace.ts';
import { type ActionRecord, packAction } from '../persistence/records.ts';
import { backoffMs } from './backoff.ts';
import type { Cell } from './cell.ts';
import { toStorableError } from './storable-error.ts';
import type { Actions, World } from './world.ts';

export class DurableActions implements Actions {
  readonly #world: World;
  readonly #waiting = new Map<number, ActionRecord[]>();
  readonly #busy = new Set<number>();

  constructor(world: World) {
    this.#world = world;
  }

  plan(
    owner: Cell,
    action: {
      type: string;
      params: unknown;
      event: EventObject;
      context: unknown;
      exec: ActionFn | undefined;
    },
  ): void {
    const world = this.#world;
    const batch = world.committer.pending;
    if (!owner.logic.isNamedAction(action.type, action.exec)) {
      batch.afterLanding(() => this.#runInline(owner, action));
      return;
    }
    const record: ActionRecord = {
      number: world.counters.action,
      owner: owner.uid,
      type: action.type,
      params: action.params,
      event: action.event,
      context: action.context,
      key: `${world.store.storeId}.${world.store.epoch}.${batch.number}.${batch.intents}`,
      attempts: 0,
    };
    batch.intents += 1;
    world.counters.action += 1;
    owner.actionsPending += 1;
    batch.putNew(keys.action(owner.uid, record.number), packAction(record));
    batch.afterLanding(() => {
      this.#queue(record);
      this.#next(owner);
    });
  }

  restore(record: ActionRecord): void {
    this.#queue(record);
    const owner = this.#world.cells.byUid(record.owner);
    if (owner !== undefined) owner.actionsPending += 1;
  }

  resume(cell: Cell): void {
    this.#next(cell);
  }

  clear(owner: Cell): void {
    for (const record of this.#waiting.get(owner.uid) ?? []) this.#done(owner, record);
    this.#waiting.delete(owner.uid);
  }

  #queue(record: ActionRecord): void {
    const waiting = this.#waiting.get(record.owner) ?? [];
    this.#waiting.set(record.owner, waiting);
    waiting.push(record);
  }

  #next(owner: Cell): void {
    const record = this.#waiting.get(owner.uid)?.[0];
    if (record === undefined || this.#busy.has(owner.uid) || !this.#world.isAlive) return;
    if (owner.status !== 'running' || owner.hold === 'stopping') return;
    this.#busy.add(owner.uid);
    void this.#attempt(owner, record).then(() => {
      this.#busy.delete(owner.uid);
      this.#next(owner);
    });
  }

  /** Runs one action to its end: done, or parked after its last attempt. */
  async #attempt(owner: Cell, record: ActionRecord): Promise<void> {
    const { ports, events } = this.#world;
    const exec = owner.logic.action(record.type);
    const info = {
      context: record.context,
      event: record.event,
      self: owner.ref,
      system: owner.ref.system,
      idempotencyKey: record.key,
    };
    for (let attempt = record.attempts + 1; ; attempt += 1) {
      try {
        await ports.executor.run(() => exec?.(info, record.params));
        if (this.#isCurrent(owner, record)) this.#finish(owner, record);
        return;
      } catch (thrown) {
        if (!this.#isCurrent(owner, record)) return;
        const error = toStorableError(thrown);
        events.emit({
          type: 'effect.failed',
          address: owner.address,
          effect: record.type,
          attempt,
          error,
        });
        if (attempt >= limits.actionAttemptsMax) {
          this.#giveUp(owner, record, attempt, error);
          return;
        }
        const delayMs = backoffMs(attempt, ports.entropy.random());
        await new Promise<void>((resolve) => {
          ports.clock.after(delayMs, resolve);
        });
        if (!this.#isCurrent(owner, record)) return;
      }
    }
  }

  #isCurrent(owner: Cell, record: ActionRecord): boolean {
    return this.#world.isAlive && this.#waiting.get(owner.uid)?.[0] === record;
  }

  #finish(owner: Cell, record: ActionRecord): void {
    this.#waiting.get(owner.uid)?.shift();
    this.#done(owner, record);
  }

  #done(owner: Cell, record: ActionRecord): void {
    const { committer, dispatcher } = this.#world;
    committer.pending.del(keys.action(owner.uid, record.number));
    owner.actionsPending -= 1;
    if (owner.hold === 'acting') {
      owner.hold = 'none';
      dispatcher.ready(owner);
    }
    dispatcher.wake();
  }

  /** The action is parked and the actor exits with a crash, in one batch; its state stays. */
  #giveUp(owner: Cell, record: ActionRecord, attempts: number, error: Error): void {
    const world = this.#world;
    this.#finish(owner, record);
    world.deadLetters.add({
      address: owner.address,
      reason: 'action',
      event: record.event,
      attempts,
      error,
      state: { action: record.type, params: record.params },
    });
    if (world.supervision.supervises(owner.parent)) world.supervision.exited(owner, crash(error));
    else world.lifecycle.crashed(owner, undefined, error);
  }

  #runInline(
    owner: Cell,
    action: {
      type: string;
      params: unknown;
      event: EventObject;
      context: unknown;
      exec: ActionFn | undefined;
    },
  ): void {
    const { ports, events } = this.#world;
    const info = {
      context: action.context,
      event: action.event,
      self: owner.ref,
      system: owner.ref.system,
    };
    ports.executor
      .run(() => action.exec?.(info, action.params))
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
