/** Carries out what the supervisors of the tree decided about one child: starts it, stops it, forgets it. */
import { childAddress } from '../actors/address.ts';
import { crash, killed, shutdown } from '../actors/exit-reason.ts';
import { invariant } from '../base/assert.ts';
import { PerdureError } from '../base/errors.ts';
import type { Command } from '../supervisor/command.ts';
import type { Input } from '../supervisor/input.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import { isDown } from '../supervisor/state.ts';
import type { Births } from './births.ts';
import type { Cell } from './cell.ts';
import { guard } from './guard.ts';
import {
  tellStarting,
  tellStartFailed,
  tellStartIgnored,
  tellStopped,
} from './supervision-news.ts';
import type { SupervisorNode, SupervisingSpec, WorkerSpec } from './supervisor-node.ts';
import type { SupervisorNodes } from './supervisor-nodes.ts';
import { endOf, type StartOutcome, type Workers } from './workers.ts';
import type { World } from './world.ts';

type StartCommand = Extract<Command, { kind: 'startChild' }>;
type StopCommand = Extract<Command, { kind: 'stopChild' }>;

export interface Parts {
  readonly nodes: SupervisorNodes;
  readonly workers: Workers;
  readonly births: Births;
  readonly feed: (node: SupervisorNode, input: Input) => void;
}

export class SupervisedChildren {
  readonly #world: World;
  readonly #parts: Parts;

  constructor(world: World, parts: Parts) {
    this.#world = world;
    this.#parts = parts;
  }

  start(node: SupervisorNode, command: StartCommand): void {
    const spec = node.specOf(command.child);
    invariant(spec !== undefined, 'a supervisor starts children that its code names');
    if (spec.kind === 'actor') this.#startWorker(node, spec, command);
    else this.#startSupervisor(node, spec, command);
  }

  stop(node: SupervisorNode, { child, incarnation, shutdownMs }: StopCommand): void {
    const { cells } = this.#world;
    const below = node.nodes.get(child);
    if (below !== undefined) {
      if (node.isKilled || shutdownMs === 'brutal_kill') this.kill(below);
      else this.#stopSupervisor(below, shutdownMs);
      return;
    }
    const address = childAddress(node.address, child);
    const isHeld = this.#world.bonds.isHeld(cells.uidAt(address));
    const cell = isHeld ? cells.byAddress(address) : cells.loadedAt(address);
    const limit = node.isKilled ? 'brutal_kill' : shutdownMs;
    if (cell === undefined) {
      const reason = endOf(limit);
      tellStopped(this.#world, address, incarnation, reason);
      this.#parts.feed(node, { kind: 'stopped', child, incarnation, reason });
      return;
    }
    this.#parts.workers.stop(cell, limit, (reason) => {
      // its own end may have come first
      if (node.state.children.get(child)?.status !== 'stopping') return;
      tellStopped(this.#world, address, incarnation, reason);
      this.#world.bonds.exited(cell, reason);
      this.#parts.feed(node, { kind: 'stopped', child, incarnation, reason });
    });
  }

  /** Destroys a supervisor with all below it: in reverse start order, but nothing is waited for. */
  kill(node: SupervisorNode): void {
    if (node.isKilled || node.state.phase === 'ended') return;
    node.isKilled = true;
    for (const [id, child] of node.state.children) {
      if (child.status !== 'stopping') continue;
      const below = node.nodes.get(id);
      const cell = this.#world.cells.byAddress(childAddress(node.address, id));
      if (below !== undefined) this.kill(below);
      else if (cell !== undefined) this.#parts.workers.cutShort(cell);
    }
    this.#parts.feed(node, { kind: 'terminate', reason: killed });
  }

  /** @param reason - why it ended, as far as its supervisor knows */
  forget(node: SupervisorNode, child: string, reason: StartFailure | undefined): void {
    const below = node.nodes.get(child);
    if (below !== undefined) {
      const { children, orphans } = below.state;
      for (const one of [...children.values(), ...orphans.values()])
        this.forget(below, one.id, one.reason);
      this.#parts.nodes.remove(below);
      return;
    }
    this.#forgetAt(childAddress(node.address, child), reason);
  }

  /** An actor, or a supervisor that the code does not name: only the store knows what is below it. */
  #forgetAt(address: string, reason?: StartFailure): void {
    const cell = this.#world.cells.byAddress(address);
    if (cell !== undefined) this.#world.lifecycle.erase(cell, reason);
    else
      for (const id of this.#parts.nodes.removeStored(address)) this.#forgetAt(`${address}/${id}`);
  }

  /** The status of a worker follows what its supervisor decided. */
  reconcile(node: SupervisorNode, id: string): void {
    const { cells, lifecycle, outside } = this.#world;
    const child = node.state.children.get(id);
    if (child?.status !== 'undefined' && child?.status !== 'quarantined') return;
    const address = childAddress(node.address, id);
    const left = node.nodes.get(id);
    if (left !== undefined) this.#leave(left);
    // one that is to come back with a sibling takes mail meanwhile
    if (!isDown(child)) return;
    if (left !== undefined) {
      for (const below of cells.loaded())
        if (below.address.startsWith(`${address}/`)) this.#stayDown(below);
      return;
    }
    if (child.status === 'quarantined') return;
    const cell = cells.byAddress(address);
    if (cell === undefined) return;
    cell.hold = 'none';
    if (cell.status === 'done') {
      lifecycle.settle(cell);
      outside.ended(cell);
    } else if (cell.status === 'running') {
      cell.status = 'stopped';
      this.#parts.workers.rest(cell);
      cells.changed(cell);
      this.#stayDown(cell);
    }
  }

  /** Whoever waits for it need not. Some may watch it since it ended: it might have come back. */
  #stayDown(cell: Cell): void {
    this.#world.bonds.exited(cell, shutdown);
    this.#world.outside.ended(cell);
    this.#finishActions(cell);
  }

  /** What it asked for while it ran is done all the same, also by what it spawned. */
  #finishActions(cell: Cell): void {
    const { committer, actions, lifecycle } = this.#world;
    committer.pending.afterLanding(() => actions.resume(cell));
    for (const child of lifecycle.childrenOf(cell)) this.#finishActions(child);
  }

  /** The process ended while it ran, and it is not to come back with this one: it has ended, and all below it. */
  #leave(node: SupervisorNode): void {
    if (node.hasBegun) return;
    node.hasBegun = true;
    for (const [id, { status }] of node.state.children) {
      const below = node.nodes.get(id);
      if (below !== undefined) this.#leave(below);
      else if (status === 'running' || status === 'stopping') this.#tellLeft(node, id);
    }
    this.#parts.feed(node, { kind: 'leave' });
  }

  #tellLeft(node: SupervisorNode, id: string): void {
    const { bonds, cells } = this.#world;
    const uid = cells.uidAt(childAddress(node.address, id));
    const cell = bonds.isHeld(uid) ? cells.byUid(uid) : undefined;
    if (cell !== undefined) bonds.exited(cell, shutdown);
  }

  #startSupervisor(
    node: SupervisorNode,
    spec: SupervisingSpec,
    { child, incarnation, as }: StartCommand,
  ): void {
    const below = this.#parts.nodes.ensure(childAddress(node.address, child), child, spec, node);
    below.hasBegun = true;
    below.incarnation = incarnation;
    below.isKilled = false;
    tellStarting(this.#world, below.address, incarnation);
    const kind = as === 'resume' ? 'resume' : 'start';
    this.#parts.feed(below, { kind, children: below.named() });
  }

  #startWorker(
    node: SupervisorNode,
    worker: WorkerSpec,
    { child, incarnation, as }: StartCommand,
  ): void {
    const address = childAddress(node.address, child);
    const { cells } = this.#world;
    const about = { child, incarnation };
    const { onStart, onStop, name } = worker.settings;
    const hasHooks = onStart !== undefined || onStop !== undefined;
    if (as === 'resume' && !hasHooks && cells.isDormant(address)) {
      // read when somebody names it
      this.#parts.feed(node, { kind: 'started', ...about });
      return;
    }
    const told = (outcome: StartOutcome): void => {
      if (outcome.kind === 'startFailed')
        tellStartFailed(this.#world, address, incarnation, outcome.reason);
      if (outcome.kind === 'ignored') tellStartIgnored(this.#world, address, incarnation);
      this.#parts.feed(node, { ...outcome, ...about });
    };
    const known = cells.byAddress(address);
    // one that has had the name since its birth needs no other row to say so
    const isAsked = name !== undefined && known?.systemId !== name;
    const holder = isAsked ? cells.named(name) : undefined;
    if (holder !== undefined && holder.address !== address) {
      const facts = { name: name as string, address: holder.address };
      told({ kind: 'startFailed', reason: crash(new PerdureError('NAME_TAKEN', facts)) });
      return;
    }
    const cell = known ?? this.#parts.births.create(node, address, worker);
    cell.incarnation = incarnation;
    if (as === 'reset' && !cell.isShell) this.#parts.births.reset(cell);
    // a person asks for one that was set aside: it gets another chance
    if (cell.status === 'quarantined' && !cell.isUnreadable && isServing(node)) {
      cell.status = 'running';
      cell.why = undefined;
    }
    if (cell.status === 'quarantined') {
      // one that cannot be read is tried again by the next process, as are those that nobody has named yet
      const why = cell.why ?? 'it was quarantined';
      if (isServing(node)) told({ kind: 'startFailed', reason: { kind: 'quarantined', why } });
      else this.#parts.feed(node, { kind: 'started', ...about });
      return;
    }
    if (cell.status === 'done' && !isRunAgain(node, as)) {
      cell.hold = 'none';
      this.#parts.feed(node, { kind: 'ignored', ...about });
      return;
    }
    if (as === 'restart' && startsAnew(cell)) this.#parts.births.renew(cell);
    this.#parts.workers.start(cell, cell.snapshot !== undefined, told);
  }

  /** A supervisor whose end takes longer than it may is killed with all below it. */
  #stopSupervisor(node: SupervisorNode, shutdownMs: number | 'infinity'): void {
    const { ports, committer } = this.#world;
    if (shutdownMs !== 'infinity') {
      const { incarnation } = node;
      committer.pending.afterLanding(() => {
        if (node.state.phase !== 'ending' || node.incarnation !== incarnation) return;
        node.withdrawLimit = ports.clock.after(shutdownMs, () =>
          guard(this.#world, () => this.kill(node)),
        );
      });
    }
    this.#parts.feed(node, { kind: 'terminate', reason: shutdown });
  }
}

/** Whether a finished child is run again: a caller asks for it, or its supervisor does as OTP does. */
function isRunAgain(node: SupervisorNode, as: string): boolean {
  if (isServing(node)) return true;
  return as === 'restart' && node.spec.settings.finished === 'rerun';
}

function isServing(node: SupervisorNode): boolean {
  return node.state.operation?.kind === 'serve';
}

function startsAnew(cell: Cell): boolean {
  return cell.status === 'done' || cell.settings.restartFrom === 'initial';
}
