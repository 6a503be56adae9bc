/** Everything that could make a turn fail happens here, before anything of it is let out. */
import { childAddress } from '../actors/address.ts';
import type { AnyActorRef } from '../actors/host-types.ts';
import { LightRef, StorableRef } from '../actors/light-ref.ts';
import type { NewChild, Operation } from '../actors/operation.ts';
import { type TurnSnapshot, uidOf } from '../actors/turn.ts';
import { judge } from '../actors/value.ts';
import { refuseLarge } from '../actors/value-size.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { FullPlace } from './blocked.ts';
import type { Cell } from './cell.ts';
import type { World } from './world.ts';

/** What one turn computed. */
export interface Outcome {
  readonly snapshot: TurnSnapshot;
  readonly operations: readonly Operation[];
  /** The context or output holds values that cannot be frozen. */
  readonly isMutable: boolean;
}

/** The turn sends to an actor whose mailbox is beyond all bounds, or to nobody when dead letters are. */
export class Overrun extends Error {
  readonly receiver: string;
  readonly full: FullPlace;
  constructor(receiver: string, full: FullPlace) {
    super(`there is no room for a message to ${receiver}`);
    this.receiver = receiver;
    this.full = full;
  }
}

export class TurnJudge {
  readonly #world: World;
  #address = '';
  /** Whether an operation of this turn holds what cannot be frozen. */
  #hasMutable = false;
  /** A live XState actor that a turn left somewhere becomes a ref of ours. */
  readonly #lighten = (ref: object): object => {
    if (ref instanceof StorableRef) return ref;
    const child = ref as AnyActorRef;
    return this.#world.cells.refTo(childAddress(this.#address, child.id), uidOf(child), 0);
  };

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws what makes the turn a crash; {@link Overrun} */
  outcome(
    cell: Cell,
    before: TurnSnapshot | undefined,
    next: TurnSnapshot,
    operations: readonly Operation[],
    madeChildren: boolean,
  ): Outcome {
    this.#address = cell.address;
    this.#hasMutable = false;
    if (madeChildren) this.#adoptChildren(next);
    let isMutable = cell.encoded !== undefined;
    if (next.context !== before?.context) {
      isMutable = judge(next.context, 'context', this.#lighten) === 'mutable';
    }
    if (next.output !== undefined) {
      isMutable = judge(next.output, 'output') === 'mutable' || isMutable;
      refuseLarge(next.output, 'output');
    }
    for (const operation of operations) this.#operation(cell, operation, operations, before);
    const owned = this.#hasMutable
      ? operations.map((operation) => this.#detached(cell, operation))
      : operations;
    return { snapshot: next, operations: owned, isMutable };
  }

  /** Swaps XState's own objects, and gives children spawned without an id the id they have. */
  #adoptChildren(next: TurnSnapshot): void {
    const { children } = next;
    for (const id in children) {
      const child = children[id];
      if (child === undefined || child instanceof LightRef) continue;
      if (id !== child.id) delete children[id];
      children[child.id] = this.#lighten(child) as unknown as AnyActorRef;
    }
  }

  #operation(
    cell: Cell,
    operation: Operation,
    all: readonly Operation[],
    before: TurnSnapshot | undefined,
  ): void {
    switch (operation.kind) {
      case 'start':
        this.#child(cell, operation.child, all);
        judge(operation.child.systemId, `systemId of '${operation.child.id}'`);
        this.#value(operation.child.input, `input of '${operation.child.id}'`);
        return;
      case 'send':
        this.#target(cell, operation.to);
        this.#value(operation.event, `event '${operation.event.type}'`);
        this.#room(cell, operation.to);
        if (before !== undefined) this.#taker(operation.to, all);
        return;
      case 'schedule':
        if (operation.to !== undefined) this.#target(cell, operation.to);
        judge(operation.id, `id of delayed event '${operation.event.type}'`);
        this.#value(operation.event, `event '${operation.event.type}'`);
        return;
      case 'emit':
        this.#value(operation.event, `emission '${operation.event.type}'`);
        return;
      case 'action':
        this.#action(cell, operation);
        return;
      case 'stop':
      case 'cancel':
      case 'log':
        return;
    }
  }

  #value(value: unknown, what: string): void {
    if (judge(value, what, this.#lighten) === 'mutable') this.#hasMutable = true;
    refuseLarge(value, what);
  }

  /** Later turns may change a Map or a Date of the context: what this turn asks for keeps its own. */
  #detached(cell: Cell, operation: Operation): Operation {
    switch (operation.kind) {
      case 'start': {
        const { child } = operation;
        return { ...operation, child: { ...child, input: this.#copy(child.input) } };
      }
      case 'send':
      case 'schedule':
      case 'emit':
        return { ...operation, event: this.#copy(operation.event) };
      case 'action': {
        const { type, exec, params, event, context } = operation;
        if (!cell.logic.isNamedAction(type, exec)) return operation;
        return {
          ...operation,
          params: this.#copy(params),
          event: this.#copy(event),
          context: this.#copy(context),
        };
      }
      case 'stop':
      case 'cancel':
      case 'log':
        return operation;
    }
  }

  #copy<T>(value: T): T {
    if (judge(value, 'value') !== 'mutable') return value;
    const { codec } = this.#world;
    const copy = codec.decode(codec.encode(value), 'value') as T;
    judge(copy, 'value');
    return copy;
  }

  #action(cell: Cell, action: Extract<Operation, { kind: 'action' }>): void {
    if (action.exec === undefined) {
      throw new PerdureError('MACHINE_NOT_DURABLE', {
        machine: cell.logic.id,
        path: 'enqueue()',
        why: `asks for action '${action.type}', which has no implementation`,
        fix: 'name it in setup({ actions })',
      });
    }
    if (!cell.logic.isNamedAction(action.type, action.exec)) return;
    for (const part of ['params', 'event', 'context'] as const) {
      const verdict = judge(action[part], `${part} of action '${action.type}'`, this.#lighten);
      if (verdict === 'mutable') this.#hasMutable = true;
    }
  }

  #child(cell: Cell, { src, systemId }: NewChild, all: readonly Operation[]): void {
    if (cell.logic.child(src) === undefined) {
      throw new PerdureError('MACHINE_NOT_DURABLE', {
        machine: cell.logic.id,
        path: 'spawn()',
        why: `spawns '${src}', which is not among its actors`,
        fix: 'name it in setup({ actors })',
      });
    }
    if (systemId === undefined) return;
    const holder = this.#world.cells.named(systemId);
    if (holder === undefined) return;
    if (all.some((other) => other.kind === 'stop' && other.uid === holder.uid)) return;
    throw new PerdureError('NAME_TAKEN', { name: systemId, address: holder.address });
  }

  #target(cell: Cell, to: AnyActorRef): void {
    if (to instanceof StorableRef || uidOf(to) !== 0) return;
    throw new PerdureError('EVENT_INVALID', {
      why: `${cell.address} sends to something that is no actor ref of this system`,
    });
  }

  #room(cell: Cell, to: AnyActorRef): void {
    const receiver = this.#world.delivery.receiver(to);
    if (receiver === undefined || receiver === cell) return;
    if (receiver.mailbox.length >= limits.mailboxHardMax)
      throw new Overrun(receiver.address, 'mailbox');
  }

  /** Nobody will take it, and there are as many dead letters as there may be. A first turn cannot wait. */
  #taker(to: AnyActorRef, all: readonly Operation[]): void {
    const { deadLetters, delivery } = this.#world;
    if (!deadLetters.isFull || delivery.hasTaker(to)) return;
    const uid = uidOf(to);
    if (all.some((other) => other.kind === 'start' && other.child.uid === uid)) return;
    throw new Overrun(to instanceof LightRef ? to.address : to.id, 'dead_letters');
  }
}
