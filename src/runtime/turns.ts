/**
 * Takes one turn of one actor: the head of its mailbox, or its first turn. Computes it, judges what it
 * made, and only then lets it change anything.
 */
import type { AnyActorRef, EventObject } from '../actors/host-types.ts';
import type { Envelope } from '../actors/envelope.ts';
import { childAddress } from '../actors/address.ts';
import { exitReasonOf, type ExitReason } from '../actors/exit-reason.ts';
import { LightRef, StorableRef } from '../actors/light-ref.ts';
import type { NewChild, Operation } from '../actors/operation.ts';
import { exitEvent } from '../actors/special-refs.ts';
import { type TurnLogic, type TurnSnapshot, uidOf } from '../actors/turn.ts';
import { judge } from '../actors/value.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { hashOf } from '../persistence/codec.ts';
import { keys } from '../persistence/keyspace.ts';
import type { Cell } from './cell.ts';
import { snapshotRow } from './committer.ts';
import type { World } from './world.ts';

/** What one turn computed, before any of it is let out. */
interface Outcome {
  readonly snapshot: TurnSnapshot;
  readonly operations: readonly Operation[];
  readonly isMutable: boolean;
}

export class Turns {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Takes the next turn. A crash goes to the actor's supervisor or parent; nothing is thrown. */
  take(cell: Cell): void {
    if (cell.snapshot === undefined) {
      this.#tryBegin(cell);
      return;
    }
    if (cell.actionsPending >= limits.actionsPendingMax) {
      cell.hold = 'acting';
      return;
    }
    const { mailbox } = cell;
    if (mailbox.needsPage) this.#world.cells.page(cell);
    const envelope = mailbox.peek();
    if (envelope === undefined || !cell.isRunning) return;
    if (!this.#isWanted(cell, envelope)) {
      this.#shift(cell);
      return;
    }
    this.#handle(cell, cell.snapshot, envelope);
  }

  /** The first turn. Throws what the machine threw; then nothing of it is kept. */
  begin(cell: Cell): void {
    const { host, committer } = this.#world;
    const snapshot = host.start(cell, cell.logic.logic as unknown as TurnLogic, cell.input);
    const outcome = this.#judge(cell, undefined, snapshot, host.operations(), host.madeChildren);
    committer.pending.del(keys.unborn(cell.uid));
    committer.pending.turns += 1;
    this.#apply(cell, outcome, `${cell.uid}:0`);
  }

  #tryBegin(cell: Cell): void {
    try {
      this.begin(cell);
    } catch (error) {
      this.#world.lifecycle.crashed(cell, undefined, error);
    }
  }

  #handle(cell: Cell, snapshot: TurnSnapshot, envelope: Envelope): void {
    const { host, committer } = this.#world;
    let outcome: Outcome;
    try {
      const next = host.handle(
        cell,
        cell.logic.logic as unknown as TurnLogic,
        snapshot,
        envelope.event,
      );
      outcome = this.#judge(cell, snapshot, next, host.operations(), host.madeChildren);
    } catch (error) {
      this.#world.lifecycle.crashed(cell, envelope, error);
      return;
    }
    this.#shift(cell);
    if (envelope.kind !== 'message') this.#forgetOrigin(cell, envelope);
    committer.pending.turns += 1;
    this.#world.outside.applied(cell, envelope);
    this.#apply(cell, outcome, `${cell.uid}:${envelope.position}`);
    if (cell.settings.history) this.#record(cell, envelope);
  }

  #shift(cell: Cell): void {
    cell.mailbox.shift();
    this.#world.committer.touch(cell);
    this.#world.outside.roomAt(cell);
  }

  /** Results of former children and cancelled timers are dropped when their turn comes. */
  #isWanted(cell: Cell, envelope: Envelope): boolean {
    switch (envelope.kind) {
      case 'message':
        return true;
      case 'timer':
        return this.#world.timers.isPending(cell.uid, envelope.origin);
      case 'result': {
        const children = cell.snapshot?.children;
        for (const id in children) if (uidOf(children[id]) === envelope.origin) return true;
        return false;
      }
    }
  }

  #forgetOrigin(cell: Cell, envelope: Envelope): void {
    if (envelope.kind === 'timer') {
      this.#world.timers.consumed(cell.uid, envelope.origin);
      return;
    }
    if (envelope.event.type.startsWith('xstate.snapshot.')) {
      cell.synced ??= new Map();
      cell.synced.set(
        envelope.origin,
        (envelope.event as EventObject & { snapshot: unknown }).snapshot,
      );
      return;
    }
    this.#world.effects.consumed(cell, envelope.origin);
  }

  /** Everything that could make the turn fail happens here, before anything of it is let out. */
  #judge(
    cell: Cell,
    before: TurnSnapshot | undefined,
    next: TurnSnapshot,
    operations: readonly Operation[],
    madeChildren: boolean,
  ): Outcome {
    if (madeChildren) adoptChildren(next, (child) => this.#lightRef(cell, child));
    let isMutable = cell.encoded !== undefined;
    if (next.context !== before?.context) {
      isMutable = judge(next.context, 'context', this.#swap(cell)) === 'mutable';
    }
    if (next.output !== undefined)
      isMutable = judge(next.output, 'output') === 'mutable' || isMutable;
    for (const operation of operations) this.#judgeOperation(cell, operation, operations);
    return { snapshot: next, operations, isMutable };
  }

  /** A live XState actor that a turn left somewhere becomes a ref of ours. */
  #lightRef(cell: Cell, ref: AnyActorRef): AnyActorRef {
    if (ref instanceof StorableRef) return ref as unknown as AnyActorRef;
    return this.#world.cells.refTo(
      childAddress(cell.address, ref.id),
      uidOf(ref),
      0,
    ) as unknown as AnyActorRef;
  }

  #swap(cell: Cell): (ref: object) => object {
    return (ref) => this.#lightRef(cell, ref as AnyActorRef);
  }

  #judgeOperation(cell: Cell, operation: Operation, all: readonly Operation[]): void {
    switch (operation.kind) {
      case 'start':
        this.#judgeChild(cell, operation.child, all);
        judge(operation.child.input, `input of '${operation.child.id}'`, this.#swap(cell));
        return;
      case 'send':
      case 'schedule':
        this.#judgeTarget(cell, operation.to);
        judge(operation.event, `event '${operation.event.type}'`, this.#swap(cell));
        return;
      case 'emit':
        judge(operation.event, `emission '${operation.event.type}'`, this.#swap(cell));
        return;
      case 'action':
        if (!cell.logic.isNamedAction(operation.type, operation.exec)) return;
        for (const part of ['params', 'event', 'context'] as const) {
          judge(operation[part], `${part} of action '${operation.type}'`, this.#swap(cell));
        }
        return;
      case 'stop':
      case 'cancel':
      case 'log':
        return;
    }
  }

  #judgeChild(cell: Cell, { src, systemId }: NewChild, all: readonly Operation[]): void {
    if (cell.logic.child(src) === undefined) {
      throw new PerdureError('MACHINE_NOT_DURABLE', {
        machine: cell.logic.id,
        path: 'spawn()',
        why: `spawns '${src}', which is not among its actors`,
        fix: 'name it in setup({ actors })',
      });
    }
    const holder = systemId === undefined ? undefined : this.#world.cells.named(systemId);
    if (holder === undefined || systemId === undefined) return;
    if (all.some((other) => other.kind === 'stop' && other.uid === holder.uid)) return;
    throw new PerdureError('NAME_TAKEN', { name: systemId, address: holder.address });
  }

  #judgeTarget(cell: Cell, to: AnyActorRef | undefined): void {
    if (to === undefined || to instanceof StorableRef || uidOf(to) !== 0) return;
    throw new PerdureError('EVENT_INVALID', {
      why: `${cell.address} sends to something that is no actor ref of this system`,
    });
  }

  #apply(cell: Cell, outcome: Outcome, cause: string): void {
    const world = this.#world;
    cell.snapshot = outcome.snapshot;
    cell.turns += 1;
    world.committer.touch(cell);
    let exit: ExitReason | undefined;
    for (const operation of outcome.operations) {
      if (operation.kind === 'send' && operation.event.type === exitEvent && isExit(operation.to)) {
        exit ??= exitReasonOf(operation.event as object);
      } else {
        this.#carryOut(cell, operation, cause);
      }
    }
    cell.encoded = outcome.isMutable ? world.codec.encodeCopy(snapshotRow(cell)) : undefined;
    if (cell.syncSnapshot && outcome.snapshot.status === 'active') world.lifecycle.synced(cell);
    if (outcome.snapshot.status === 'done') world.lifecycle.finished(cell);
    else if (exit !== undefined) world.lifecycle.exiting(cell, exit);
  }

  #carryOut(cell: Cell, operation: Operation, cause: string): void {
    const world = this.#world;
    switch (operation.kind) {
      case 'send':
        world.delivery.send(cell, operation.to, operation.event, cause);
        return;
      case 'schedule':
        world.timers.schedule(cell, operation);
        return;
      case 'cancel':
        world.timers.cancel(cell, operation.id);
        return;
      case 'start':
        world.lifecycle.spawn(cell, operation.child);
        return;
      case 'stop':
        world.lifecycle.stopChild(cell, operation.uid);
        return;
      case 'emit':
        this.#emit(cell, operation.event);
        return;
      case 'log':
        world.committer.pending.afterLanding(() => {
          world.ports.logger.info(
            { actor: cell.address, label: operation.label, value: operation.value },
            'log',
          );
        });
        return;
      case 'action':
        world.actions.plan(cell, operation);
        return;
    }
  }

  #emit(cell: Cell, event: EventObject): void {
    const { committer, time, outside } = this.#world;
    const position = cell.emissions;
    cell.emissions += 1;
    const atMs = time.nowMs();
    committer.pending.putNew(keys.emission(cell.uid, position), [atMs, event]);
    if (outside.listens(cell))
      committer.pending.afterLanding(() => outside.emitted(cell, { position, atMs, event }));
  }

  #record(cell: Cell, envelope: Envelope): void {
    const { committer, time, codec } = this.#world;
    const state = hashOf(cell.encoded ?? codec.encode(snapshotRow(cell)));
    committer.pending.putNew(keys.history(cell.uid, cell.turns), [
      envelope.position,
      envelope.kind,
      envelope.event,
      envelope.origin,
      time.nowMs(),
      state,
    ]);
  }
}

function isExit(ref: AnyActorRef): boolean {
  return ref instanceof StorableRef && ref.kind === 'exit';
}

/** Swaps XState's own objects for refs of ours, and gives children spawned without an id the id they have. */
function adoptChildren(next: TurnSnapshot, lightRef: (child: AnyActorRef) => AnyActorRef): void {
  const children = next.children;
  if (children === undefined) return;
  for (const id in children) {
    const child = children[id];
    if (child === undefined || child instanceof LightRef) continue;
    if (id !== child.id) delete children[id];
    children[child.id] = lightRef(child);
  }
}
