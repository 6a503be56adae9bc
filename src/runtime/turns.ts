/**
 * Takes one turn of one actor: the head of its mailbox, or its first turn. Computes it, judges what it
 * made, and only then lets it change anything.
 */
import type { AnyActorRef, EventObject } from '../actors/host-types.ts';
import type { Envelope } from '../actors/envelope.ts';
import { exitReasonOf, type ExitReason } from '../actors/exit-reason.ts';
import { StorableRef } from '../actors/light-ref.ts';
import type { Operation } from '../actors/operation.ts';
import { exitEvent } from '../actors/special-refs.ts';
import { type TurnLogic, type TurnSnapshot, uidOf } from '../actors/turn.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { hashOf } from '../persistence/codec.ts';
import { keys } from '../persistence/keyspace.ts';
import { tellBlocked } from './blocked.ts';
import type { Cell } from './cell.ts';
import { snapshotRow } from './committer.ts';
import { type Outcome, Overrun, TurnJudge } from './turn-judge.ts';
import type { World } from './world.ts';

export class Turns {
  readonly #world: World;
  readonly #judge: TurnJudge;

  constructor(world: World) {
    this.#world = world;
    this.#judge = new TurnJudge(world);
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
    if (envelope.deaths > 0 && envelope.attempts >= cell.deathsMax) {
      this.#world.lifecycle.killedProcess(cell, envelope);
      return;
    }
    const { recorder } = this.#world;
    if (recorder.isRecording) recorder.enter(cell, envelope.position, envelope.event.type);
    this.#handle(cell, this.#world.cells.forTurn(cell, cell.snapshot), envelope);
  }

  /** The first turn. Throws what the machine threw; then nothing of it is kept. */
  begin(cell: Cell): void {
    const { committer, recorder } = this.#world;
    if (recorder.isRecording) recorder.enter(cell, 0, 'xstate.init');
    let outcome: Outcome;
    try {
      outcome = this.#firstOutcome(cell);
    } finally {
      if (recorder.isRecording) recorder.leave();
    }
    committer.pending.del(keys.unborn(cell.uid));
    committer.pending.turns += 1;
    this.#apply(cell, outcome, `${cell.uid}:0`);
  }

  #firstOutcome(cell: Cell): Outcome {
    const { host } = this.#world;
    const snapshot = host.start(cell, cell.logic.logic as unknown as TurnLogic, cell.input);
    return this.#judge.outcome(cell, undefined, snapshot, host.operations(), host.madeChildren);
  }

  #tryBegin(cell: Cell): void {
    const why = whyNoFirstTurn(cell);
    if (why !== undefined) {
      this.#world.lifecycle.quarantine(cell, why);
      return;
    }
    try {
      this.begin(cell);
    } catch (error) {
      this.#world.lifecycle.crashed(cell, undefined, error);
    }
  }

  #handle(cell: Cell, snapshot: TurnSnapshot, envelope: Envelope): void {
    const { host, committer } = this.#world;
    let outcome: Outcome;
    if (isSnapshot(envelope)) this.#sync(cell, envelope);
    try {
      const next = host.handle(
        cell,
        cell.logic.logic as unknown as TurnLogic,
        snapshot,
        envelope.event,
      );
      outcome = this.#judge.outcome(cell, snapshot, next, host.operations(), host.madeChildren);
    } catch (error) {
      if (error instanceof Overrun) this.#block(cell, error);
      else this.#world.lifecycle.crashed(cell, envelope, error);
      return;
    }
    this.#shift(cell);
    if (envelope.kind !== 'message') this.#forgetOrigin(cell, envelope);
    committer.pending.turns += 1;
    this.#world.outside.applied(cell, envelope);
    this.#apply(cell, outcome, `${cell.uid}:${envelope.position}`);
    if (cell.settings.history) this.#record(cell, envelope);
  }

  /** What it sends has no room where it would go: the turn is dropped, and taken again a little later. */
  #block(cell: Cell, { receiver, full }: Overrun): void {
    const { timers, time, dispatcher } = this.#world;
    cell.hold = 'blocked';
    tellBlocked(this.#world, cell.address, receiver, full);
    timers.alarm(time.nowMs() + limits.blockedRetryMs, () => {
      if (cell.hold !== 'blocked') return;
      cell.hold = 'none';
      dispatcher.ready(cell);
    });
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
    if (!isSnapshot(envelope)) this.#world.effects.consumed(cell, envelope.origin);
  }

  /** A child's snapshot is what `getSnapshot()` of it answers from the turn on that handles it. */
  #sync(cell: Cell, { origin, event }: Envelope): void {
    cell.synced ??= new Map();
    cell.synced.set(origin, (event as EventObject & { snapshot: unknown }).snapshot);
    cell.written = undefined; // it is part of the row, also if the machine's own snapshot stays the same
  }

  #apply(cell: Cell, outcome: Outcome, cause: string): void {
    const world = this.#world;
    cell.snapshot = outcome.snapshot;
    cell.turns += 1;
    world.committer.touch(cell);
    // also of others: what came of it could reach this one before its turn is over
    world.bonds.withoutEnds(() => this.#carryOutAll(cell, outcome, cause));
  }

  #carryOutAll(cell: Cell, outcome: Outcome, cause: string): void {
    const world = this.#world;
    let exit: ExitReason | undefined;
    cell.isTurning = true;
    try {
      for (const operation of outcome.operations) {
        if (operation.kind === 'send' && operation.event.type === exitEvent && isExit(operation.to))
          exit ??= exitReasonOf(operation.event as object);
        else this.#carryOut(cell, operation, cause);
      }
    } finally {
      cell.isTurning = false;
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

/** Why an actor must not begin, if it must not: its first turn has ended the process too often. */
export function whyNoFirstTurn({ address, deaths, deathsMax }: Cell): string | undefined {
  if (deaths < deathsMax) return undefined;
  return new PerdureError('PROCESS_DIED', { address, type: 'xstate.init', deaths }).message;
}

function isSnapshot({ kind, event }: Envelope): boolean {
  return kind === 'result' && event.type.startsWith('xstate.snapshot.');
}

function isExit(ref: AnyActorRef): boolean {
  return ref instanceof StorableRef && ref.kind === 'exit';
}
