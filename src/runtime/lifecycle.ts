/** What a turn does to the actor as a whole: children made and stopped, ends, crashes. */
import { childAddress } from '../actors/address.ts';
import type { Envelope } from '../actors/envelope.ts';
import {
  crash,
  describe,
  type ExitReason,
  isNormal,
  normal,
  shutdown,
} from '../actors/exit-reason.ts';
import type { EventObject } from '../actors/host-types.ts';
import type { NewChild } from '../actors/operation.ts';
import { UnhandledError, uidOf } from '../actors/turn.ts';
import { spawnedActorSettings } from '../actors/actor-settings.ts';
import { present } from '../base/assert.ts';
import { PerdureError } from '../base/errors.ts';
import { keys } from '../persistence/keyspace.ts';
import { packEnvelope } from '../persistence/records.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import { Cell } from './cell.ts';
import { buryMail } from './mail-burial.ts';
import { obituaryOf } from './obituary.ts';
import { tellParked } from './parked.ts';
import { toStorableError } from './storable-error.ts';
import type { Lifecycle, World } from './world.ts';

export class ActorLifecycle implements Lifecycle {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  spawn(owner: Cell, child: NewChild): void {
    const world = this.#world;
    const logic = present(
      owner.logic.child(child.src),
      'the turn was judged: its children are known',
    );
    if (logic.kind !== 'machine' && logic.kind !== 'transition') {
      world.effects.arm(owner, child);
      return;
    }
    const address = childAddress(owner.address, child.id);
    const former = world.cells.byAddress(address);
    if (former !== undefined) this.erase(former);
    const cell = new Cell(
      child.uid,
      {
        address,
        parent: owner.uid,
        src: child.src,
        machine: logic.id,
        version: spawnedActorSettings.version,
        shape: logic.shape,
        input: child.input,
        life: 0,
        incarnation: 1,
        status: 'running',
        systemId: child.systemId,
        syncSnapshot: child.syncSnapshot,
        why: undefined,
      },
      {
        logic,
        settings: spawnedActorSettings,
        deathsMax: owner.deathsMax,
        ref: world.cells.refTo(address, child.uid, 0),
      },
    );
    world.cells.add(cell);
    world.committer.pending.putNew(keys.unborn(cell.uid), true);
    world.dispatcher.ready(cell);
  }

  stopChild(owner: Cell, uid: number): void {
    const { effects, cells } = this.#world;
    if (effects.get(uid) !== undefined) {
      effects.drop(owner, uid);
      return;
    }
    const cell = cells.byUid(uid);
    if (cell !== undefined && cell.parent === owner.uid) this.erase(cell);
  }

  synced(cell: Cell): void {
    const world = this.#world;
    const parent = world.cells.byUid(cell.parent);
    if (parent === undefined) return;
    const { status, value, context, output } = cell.snapshot as { status: string } & Record<
      string,
      unknown
    >;
    world.delivery.result(parent, cell.uid, {
      type: `xstate.snapshot.${cell.ref.id}`,
      snapshot: { status, value, context, output },
    } as EventObject);
  }

  finished(cell: Cell): void {
    if (this.#world.supervision.supervises(cell.parent)) {
      this.#world.supervision.exited(cell, normal);
      return;
    }
    const event = {
      type: `xstate.done.actor.${cell.ref.id}`,
      output: cell.snapshot?.output,
      actorId: cell.ref.id,
    } as EventObject;
    this.#endSpawned(cell, 'done', normal, event);
  }

  exiting(cell: Cell, reason: ExitReason): void {
    if (this.#world.supervision.supervises(cell.parent)) {
      this.#world.supervision.exited(cell, reason);
      return;
    }
    this.#stopDescendants(cell);
    const event = {
      type: `xstate.done.actor.${cell.ref.id}`,
      output: undefined,
      actorId: cell.ref.id,
    } as EventObject;
    this.#endSpawned(cell, 'done', reason, event);
  }

  killedProcess(cell: Cell, envelope: Envelope): void {
    const { type } = envelope.event;
    const facts = { address: cell.address, type, deaths: envelope.deaths };
    this.#spend(cell, envelope, new PerdureError('PROCESS_DIED', facts));
  }

  crashed(cell: Cell, envelope: Envelope | undefined, thrown: unknown): void {
    const world = this.#world;
    const isUnhandled = thrown instanceof UnhandledError;
    const error = toStorableError(isUnhandled ? thrown.cause : thrown);
    const faultKey = envelope === undefined ? `${cell.uid}:0` : `${cell.uid}:${envelope.position}`;
    if (envelope !== undefined) this.#blame(cell, envelope, error, isUnhandled);
    if (world.supervision.supervises(cell.parent)) {
      world.supervision.exited(cell, crash(error), faultKey);
      return;
    }
    this.#tellExit(cell, crash(error), envelope?.event.type);
    this.#fail(cell, error, crash(error));
  }

  end(cell: Cell, reason: ExitReason): void {
    if (this.#world.supervision.supervises(cell.parent)) {
      this.#world.supervision.end(cell, reason);
    } else if (cell.status !== 'running') {
      // it has ended already
    } else if (isNormal(reason)) {
      this.exiting(cell, reason);
    } else {
      this.#tellExit(cell, reason, undefined);
      const facts = { address: cell.address, reason: describe(reason) };
      this.#fail(cell, new PerdureError('ACTOR_EXITED', facts), reason);
    }
  }

  terminate(cell: Cell): void {
    const reason: ExitReason = { kind: 'shutdown', detail: 'terminated' };
    this.#tellExit(cell, reason, undefined);
    const { address } = cell;
    const facts = { address, reason: describe(reason) };
    this.#fail(cell, new PerdureError('ACTOR_EXITED', facts), reason);
  }

  quarantine(cell: Cell, why: string): void {
    const world = this.#world;
    cell.status = 'quarantined';
    cell.why = why;
    world.cells.changed(cell);
    world.bonds.exited(cell, { kind: 'quarantined', why });
    world.committer.pending.afterLanding(() =>
      world.events.emit({ type: 'actor.quarantined', address: cell.address, why }),
    );
  }

  erase(cell: Cell, reason?: StartFailure): void {
    const world = this.#world;
    this.#stopDescendants(cell);
    world.bonds.exited(cell, shutdown);
    this.settle(cell);
    world.actions.bequeath(cell);
    world.ports.obituaries?.(obituaryOf(world, cell, reason));
    cell.hold = 'stopping';
    cell.status = 'stopped';
    // its rows go with this batch, its last state is still told to who waits for it
    world.committer.pending.afterLanding(() => {
      cell.landed = cell.snapshot;
    });
    world.outside.ended(cell);
    world.cells.remove(cell);
  }

  childrenOf(cell: Cell): Cell[] {
    const children: Cell[] = [];
    for (const uid of Object.values(cell.snapshot?.children ?? {}).map(uidOf)) {
      if (this.#world.effects.get(uid) !== undefined) continue;
      const child = this.#world.cells.byUid(uid);
      if (child !== undefined && child.parent === cell.uid) children.push(child);
    }
    return children;
  }

  /** The actor has ended for good: what waits for it will not come, what it waited for is withdrawn. */
  settle(cell: Cell): void {
    const world = this.#world;
    buryMail(world, cell);
    world.timers.clear(cell.uid);
    world.effects.clear(cell.uid);
    world.bonds.forget(cell.uid);
  }

  /** One more attempt at this envelope, or its end (DESIGN §7). */
  #blame(cell: Cell, envelope: Envelope, error: Error, isUnhandled: boolean): void {
    const world = this.#world;
    if (
      isUnhandled &&
      envelope.kind === 'result' &&
      world.effects.get(envelope.origin) !== undefined
    ) {
      this.#effectUnhandled(cell, envelope, error);
      return;
    }
    envelope.attempts += 1;
    if (envelope.attempts < cell.settings.attemptsMax) {
      if (envelope.position < cell.mailbox.rowHi) {
        world.committer.pending.put(
          keys.message(cell.uid, envelope.position),
          packEnvelope(envelope),
        );
      }
      world.committer.touch(cell);
      return;
    }
    this.#spend(cell, envelope, error);
  }

  #spend(cell: Cell, envelope: Envelope, error: Error): void {
    if (this.#world.deadLetters.isFull) this.#standStill(cell, error);
    else this.#park(cell, envelope, error);
  }

  /** Nothing is dropped, and nothing is parked beyond the bound: the actor keeps its mail, and waits. */
  #standStill(cell: Cell, error: Error): void {
    this.quarantine(cell, `there is no room for another dead letter: ${error.message}`);
  }

  #park(cell: Cell, envelope: Envelope, error: Error): void {
    const world = this.#world;
    cell.mailbox.shift();
    world.committer.touch(cell);
    world.outside.roomAt(cell);
    if (envelope.kind === 'timer') world.timers.consumed(cell.uid, envelope.origin);
    else if (envelope.kind === 'result') world.effects.consumed(cell, envelope.origin);
    if (envelope.key !== undefined) world.delivery.remember(cell, envelope.key, { parked: true });
    const { value, context } = cell.snapshot as unknown as Record<string, unknown>;
    world.deadLetters.add({
      address: cell.address,
      reason: 'parked',
      event: envelope.event,
      sender: envelope.sender,
      key: envelope.key,
      position: envelope.position,
      attempts: envelope.attempts,
      error,
      state: { value, context },
    });
    world.outside.parked(cell, envelope, error);
    tellParked(world, cell.address, envelope, error);
  }

  /** An error of a step that the machine does not handle: the event is spent, the step gets another attempt. */
  #effectUnhandled(cell: Cell, envelope: Envelope, error: Error): void {
    const world = this.#world;
    const effect = world.effects.get(envelope.origin);
    const isLast = effect !== undefined && !world.effects.hasAttempts(cell, effect.uid);
    if (isLast && world.deadLetters.isFull) {
      this.#standStill(cell, error);
      return;
    }
    cell.mailbox.shift();
    world.committer.touch(cell);
    world.outside.roomAt(cell);
    if (effect === undefined || world.effects.rearm(cell, effect.uid)) return;
    world.deadLetters.add({
      address: cell.address,
      reason: 'effect',
      event: envelope.event,
      attempts: effect.attempts,
      error,
      state: { effect: effect.id, src: effect.src, input: effect.input },
    });
  }

  /** Its parent is told as XState tells of an error. */
  #fail(cell: Cell, error: Error, reason: ExitReason): void {
    this.#stopDescendants(cell);
    const event = {
      type: `xstate.error.actor.${cell.ref.id}`,
      error: toStorableError(error),
      actorId: cell.ref.id,
    } as EventObject;
    this.#endSpawned(cell, 'failed', reason, event);
  }

  #endSpawned(cell: Cell, status: 'done' | 'failed', reason: ExitReason, event: EventObject): void {
    const world = this.#world;
    cell.status = status;
    world.bonds.exited(cell, reason);
    this.settle(cell);
    world.cells.changed(cell);
    world.outside.ended(cell);
    const parent = world.cells.byUid(cell.parent);
    if (parent !== undefined) world.delivery.result(parent, cell.uid, event);
  }

  #stopDescendants(cell: Cell): void {
    for (const uid of Object.values(cell.snapshot?.children ?? {}).map(uidOf))
      this.stopChild(cell, uid);
  }

  #tellExit(cell: Cell, reason: ExitReason, event: string | undefined): void {
    const { events, committer } = this.#world;
    committer.pending.afterLanding(() =>
      events.emit({
        type: 'actor.exited',
        address: cell.address,
        incarnation: cell.incarnation,
        reason: describe(reason),
        ...(event === undefined ? {} : { event }),
      }),
    );
  }
}
