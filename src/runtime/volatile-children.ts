/**
 * Callbacks and observables: live XState actors under a parent of ours. What they send becomes messages of
 * the parent; they themselves are started anew, from their stored input, in every incarnation.
 */
import type { EventObject } from '../actors/host-types.ts';
import { type LiveChild, liveChild } from '../actors/live-child.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { present } from '../base/assert.ts';
import { isPerdureError, reasonOf } from '../base/errors.ts';
import type { EffectRecord } from '../persistence/effect-records.ts';
import { toStorableError } from './storable-error.ts';
import type { Cell } from './cell.ts';
import type { World } from './world.ts';

interface Live {
  readonly actor: LiveChild;
  readonly owner: Cell;
  readonly record: EffectRecord;
}

export class VolatileChildren {
  readonly #world: World;
  readonly #live = new Map<number, Live>();

  constructor(world: World) {
    this.#world = world;
  }

  start(owner: Cell, record: EffectRecord): void {
    if (this.#live.has(record.uid)) return;
    const { logic } = present(owner.logic.child(record.src), 'a stored child has its logic');
    const actor = liveChild(logic, {
      id: record.id,
      src: record.src,
      input: record.input,
      syncSnapshot: record.syncSnapshot,
      parent: this.#parent(owner, record),
    });
    const live: Live = { actor, owner, record };
    this.#live.set(record.uid, live);
    this.#run(live, () => actor.start());
  }

  has(uid: number): boolean {
    return this.#live.has(uid);
  }

  send(uid: number, event: EventObject): void {
    const live = this.#live.get(uid);
    if (live !== undefined) this.#run(live, () => live.actor.send(event));
  }

  stop(uid: number): void {
    const live = this.#live.get(uid);
    if (live === undefined) return;
    this.#live.delete(uid);
    this.#run(live, () => live.actor._stop());
  }

  /**
   * XState catches what the user's code throws. What gets past it, as when it is stopped or cannot be run at
   * all, must not reach the host's process; whoever lives on has failed.
   */
  #run(live: Live, call: () => unknown): void {
    const { executor, logger } = this.#world.ports;
    const { owner, record } = live;
    executor.run('callback', call).catch((error: unknown) => {
      const actor = `${owner.address}/${record.id}`;
      logger.error({ actor, error: reasonOf(error) }, 'a callback or observable threw');
      if (this.#live.get(record.uid) === live) this.#fail(owner, record, error);
    });
  }

  stopAll(): void {
    for (const uid of [...this.#live.keys()]) this.stop(uid);
  }

  /** What XState needs of a parent: a system, and a place to relay events to. */
  #parent(owner: Cell, record: EffectRecord): object {
    const world = this.#world;
    const parent = {
      id: owner.ref.id,
      sessionId: owner.ref.sessionId,
      system: {},
      send: () => undefined,
    };
    let session = 0;
    parent.system = {
      ...world.host.system,
      _bookId: () => {
        session += 1;
        return `${record.uid}.${session}`;
      },
      _sendInspectionEvent: () => undefined,
      _register: (id: string) => id,
      _relay: (_source: unknown, target: unknown, event: EventObject) => {
        if (target === parent) this.#take(owner, record, event);
        else (target as { _send(event: EventObject): void })._send(event);
      },
      scheduler: { schedule: () => undefined, cancel: () => undefined, cancelAll: () => undefined },
      _clock: {
        setTimeout: (fn: () => void, ms: number) => world.ports.clock.after(ms, fn),
        clearTimeout: (withdraw: () => void) => withdraw(),
      },
      _logger: (...args: unknown[]) =>
        world.ports.logger.info({ actor: owner.address, args }, 'log'),
    };
    return parent;
  }

  /**
   * What cannot be stored is an error of the child, as if it had thrown: it is called from timers and sockets
   * of the user, where a throw would end the process.
   */
  #take(owner: Cell, record: EffectRecord, event: EventObject): void {
    try {
      this.#relay(owner, record, event);
    } catch (error) {
      if (!isPerdureError(error)) throw error;
      this.#fail(owner, record, error);
    }
  }

  #fail(owner: Cell, record: EffectRecord, error: unknown): void {
    this.#relay(owner, record, {
      type: `xstate.error.actor.${record.id}`,
      error,
      actorId: record.id,
    } as EventObject);
  }

  #relay(owner: Cell, record: EffectRecord, event: EventObject): void {
    const world = this.#world;
    const isCurrent = world.isAlive && world.effects.get(record.uid) !== undefined;
    if (!isCurrent || !this.#live.has(record.uid)) return;
    const { type } = event;
    if (type.startsWith('xstate.error.actor.')) {
      const error = toStorableError((event as EventObject & { error: unknown }).error);
      world.delivery.result(owner, record.uid, { ...event, error } as EventObject);
      // it has ended: it begins anew if nobody handles that
      this.stop(record.uid);
    } else if (type.startsWith('xstate.snapshot.')) {
      const { snapshot } = event as EventObject & {
        snapshot: { status: string; context: unknown; input: unknown };
      };
      world.delivery.result(owner, record.uid, {
        type,
        snapshot: { status: snapshot.status, context: snapshot.context, input: snapshot.input },
      } as EventObject);
    } else if (type.startsWith('xstate.')) {
      world.delivery.result(owner, record.uid, event);
    } else {
      judge(event, `event '${type}'`);
      refuseLarge(event, `event '${type}'`);
      world.delivery.enqueue(owner, {
        kind: 'message',
        event,
        sender: `${owner.address}/${record.id}`,
      });
    }
  }
}
