/**
 * The shell around the supervisors of the tree: feeds `step` one input at a time, writes down what it
 * changed in the batch of the decision, and carries out its commands.
 */
import { childAddress, idOf } from '../actors/address.ts';
import { crash, type ExitReason, shutdown } from '../actors/exit-reason.ts';
import type { EventObject } from '../actors/host-types.ts';
import type { RegisteredLogic } from '../actors/registration.ts';
import { invariant } from '../base/assert.ts';
import { PerdureError } from '../base/errors.ts';
import type { Command } from '../supervisor/command.ts';
import type { Input } from '../supervisor/input.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import { step } from '../supervisor/step.ts';
import type { Cell } from './cell.ts';
import type { Definition } from './cells.ts';
import type { StoredSupervisor, SupervisingSpec, SupervisorNode } from './supervisor-node.ts';
import { SupervisorNodes } from './supervisor-nodes.ts';
import { Births } from './births.ts';
import { Workers } from './workers.ts';
import { PoolRequests } from './pool-requests.ts';
import { tellDecision, tellExit } from './supervision-news.ts';
import type { Supervision, World } from './world.ts';

export interface TreeOptions {
  readonly root: SupervisingSpec;
  /** What the store knows of a supervisor, by uid. */
  readonly stored: ReadonlyMap<number, StoredSupervisor>;
  readonly logicOf: (spec: { readonly logic: object }) => RegisteredLogic;
  readonly begin: (cell: Cell) => void;
  /** The root is up. */
  readonly onStarted: () => void;
  readonly onStartFailed: (failure: StartFailure) => void;
  /** The root ended by itself, or because it was told to. */
  readonly onExited: (
    reason: ExitReason,
    cause: Extract<Command, { kind: 'exited' }>['cause'],
  ) => void;
}

export class TreeSupervision implements Supervision {
  readonly #world: World;
  readonly #options: TreeOptions;
  readonly #nodes: SupervisorNodes;
  readonly #workers: Workers;
  readonly #births: Births;
  readonly pools: PoolRequests;
  /** The system is stopping: what happens to the tree now is not its history. */
  #isClosing = false;

  constructor(world: World, options: TreeOptions) {
    this.#world = world;
    this.#options = options;
    this.#nodes = new SupervisorNodes(world, options.stored);
    this.#births = new Births(world, options.logicOf);
    this.#workers = new Workers(world, options.begin);
    this.pools = new PoolRequests(world, (node, input) => this.#feed(node, input));
  }

  supervises(uid: number): boolean {
    return this.#nodes.get(uid) !== undefined;
  }

  /** Starts the tree, or goes on with it if the store knows it. */
  boot(): void {
    const root = this.#nodes.ensure('/', this.#options.root, undefined);
    const kind = root.state.phase === 'new' ? 'start' : 'resume';
    this.#feed(root, { kind, children: root.named() });
  }

  /**
   * Ends the tree as the end of the process would: the store keeps it as it is. No turn is taken from now
   * on, because what came of it would be no part of what the supervisors have stored.
   */
  close(reason: string): void {
    this.#isClosing = true;
    this.#world.dispatcher.freeze();
    const root = this.#nodes.at('/');
    if (root !== undefined)
      this.#feed(root, { kind: 'terminate', reason: { kind: 'shutdown', detail: reason } });
  }

  /** The world ends under what is on its way: hooks are told, and whoever asked from outside. */
  dismiss(): void {
    this.#workers.dismiss();
    this.pools.dismiss();
  }

  exited(cell: Cell, reason: ExitReason, faultKey?: string): void {
    const node = this.#nodes.get(cell.parent);
    invariant(node !== undefined, 'an actor below a supervisor has its node');
    if (this.#workers.afterStart(cell, () => this.exited(cell, reason, faultKey))) return;
    const child = idOf(cell.address);
    cell.hold = 'restarting';
    if (reason.kind === 'normal' && cell.snapshot?.status === 'done') {
      this.#world.outside.finished(cell);
      // in the batch of the exit, so that no crash comes between the end of one life and the next
      if (node.state.children.get(child)?.spec.restart === 'permanent') this.#births.renew(cell);
      else this.#end(cell);
    }
    this.#workers.ended(cell, reason);
    const incarnation = node.incarnationOf(child);
    tellExit(this.#world, cell.address, incarnation, reason);
    this.#feed(node, {
      kind: 'exit',
      child,
      incarnation,
      reason,
      ...(faultKey === undefined ? {} : { faultKey }),
    });
  }

  poolRequest(from: Cell, address: string, event: EventObject): void {
    this.pools.fromActor(from, this.#nodes.at(address), address, event);
  }

  nodeAt(address: string): SupervisorNode | undefined {
    return this.#nodes.at(address);
  }

  /** Whether the child at this address may take turns now, as its supervisor sees it. */
  isUp(supervisor: number, address: string): boolean {
    return this.#nodes.get(supervisor)?.state.children.get(idOf(address))?.status === 'running';
  }

  /** What the code says of the child at this address. */
  definitionOf(supervisor: number, address: string): Definition | undefined {
    const worker = this.#nodes.get(supervisor)?.workerOf(idOf(address));
    return worker === undefined
      ? undefined
      : { logic: this.#options.logicOf(worker as { logic: object }), settings: worker.settings };
  }

  orphans(): string[] {
    return this.#nodes.orphans();
  }

  #feed(node: SupervisorNode, input: Input): void {
    node.inbox.push(input);
    if (node.isBusy) return;
    node.isBusy = true;
    for (let next = node.inbox.shift(); next !== undefined; next = node.inbox.shift()) {
      if (!this.#world.isAlive) break;
      const { time, ports, committer } = this.#world;
      const now = { atMs: time.nowMs(), random: ports.entropy.random() };
      const { commands, changed } = step(node.settings, node.state, next, now);
      if (!this.#isClosing) node.write(committer.pending, changed);
      for (const command of commands) this.#carryOut(node, command);
      for (const id of changed.children) this.#reconcile(node, id);
    }
    node.isBusy = false;
    this.#world.dispatcher.wake();
  }

  #carryOut(node: SupervisorNode, command: Command): void {
    switch (command.kind) {
      case 'startChild':
        this.#start(node, command);
        return;
      case 'stopChild':
        this.#stop(node, command);
        return;
      case 'retryAt':
        this.#world.timers.alarm(command.atMs, () =>
          this.#feed(node, {
            kind: 'retryDue',
            child: command.child,
            incarnation: command.incarnation,
          }),
        );
        return;
      case 'answer':
        this.pools.answered(node, command.id, command.answer, this.#isClosing);
        return;
      case 'forgetChild':
        // the end of the process is no end of its actors: temporary ones come back too
        if (!this.#isClosing) this.#forget(node, command.child);
        return;
      case 'quarantineChild': {
        const cell = this.#world.cells.byAddress(childAddress(node.address, command.child));
        if (cell !== undefined && cell.status !== 'quarantined')
          this.#world.lifecycle.quarantine(cell, command.why);
        return;
      }
      case 'started':
        this.#ownStarted(node);
        return;
      case 'startFailed':
        this.#ownStartFailed(node, command.reason);
        return;
      case 'exited':
        this.#ownExited(node, command);
        return;
      case 'decided':
        tellDecision(this.#world, node.address, command);
        return;
    }
  }

  #start(
    node: SupervisorNode,
    { child, incarnation, as }: Extract<Command, { kind: 'startChild' }>,
  ): void {
    const spec = node.specOf(child);
    if (spec !== undefined && spec.kind !== 'actor') {
      const below = this.#nodes.ensure(childAddress(node.address, child), spec, node);
      below.incarnation = incarnation;
      this.#feed(below, { kind: as === 'resume' ? 'resume' : 'start', children: below.named() });
      return;
    }
    const worker = node.workerOf(child);
    invariant(worker !== undefined, 'a supervisor starts children that its spec names');
    const address = childAddress(node.address, child);
    const { cells } = this.#world;
    const told = { child, incarnation };
    const uid = cells.uidAt(address);
    if (
      uid !== 0 &&
      as === 'resume' &&
      worker.settings.onStart === undefined &&
      worker.settings.onStop === undefined &&
      !cells.isLoaded(uid)
    ) {
      this.#feed(node, { kind: 'started', ...told });
      return;
    }
    const holder =
      worker.settings.name === undefined ? undefined : cells.named(worker.settings.name);
    if (holder !== undefined && holder.address !== address) {
      const taken = { name: worker.settings.name as string, address: holder.address };
      const reason = crash(new PerdureError('NAME_TAKEN', taken));
      this.#feed(node, { kind: 'startFailed', ...told, reason });
      return;
    }
    const cell = cells.byAddress(address) ?? this.#births.create(node, address, worker);
    cell.incarnation = incarnation;
    // one that cannot be read is tried again by the next process, as are those that nobody has named yet
    if (cell.status === 'quarantined' && node.state.operation?.kind !== 'serve') {
      this.#feed(node, { kind: 'started', ...told });
      return;
    }
    if (cell.status === 'quarantined') {
      this.#feed(node, {
        kind: 'startFailed',
        ...told,
        reason: { kind: 'quarantined', why: cell.why ?? 'it was quarantined' },
      });
      return;
    }
    if (cell.status === 'done' && !isRunAgain(node, as)) {
      cell.hold = 'none';
      this.#feed(node, { kind: 'ignored', ...told });
      return;
    }
    if (as === 'restart' && (cell.status === 'done' || cell.settings.restartFrom === 'initial'))
      this.#births.renew(cell);
    this.#workers.start(cell, cell.snapshot !== undefined, (outcome) => {
      this.#feed(node, { ...outcome, ...told });
    });
  }

  #end(cell: Cell): void {
    cell.status = 'done';
    this.#world.cells.changed(cell);
  }

  #stop(
    node: SupervisorNode,
    { child, incarnation, shutdownMs }: Extract<Command, { kind: 'stopChild' }>,
  ): void {
    const address = childAddress(node.address, child);
    const below = node.nodes.get(child);
    if (below !== undefined) {
      this.#feed(below, { kind: 'terminate', reason: shutdown });
      return;
    }
    const uid = this.#world.cells.uidAt(address);
    const cell = this.#world.cells.isLoaded(uid) ? this.#world.cells.byUid(uid) : undefined;
    if (cell === undefined) {
      this.#feed(node, { kind: 'stopped', child, incarnation, reason: shutdown });
      return;
    }
    this.#workers.stop(cell, shutdownMs, (reason) =>
      this.#feed(node, { kind: 'stopped', child, incarnation, reason }),
    );
  }

  #forget(node: SupervisorNode, child: string): void {
    const below = node.nodes.get(child);
    if (below !== undefined) {
      for (const id of [...below.state.children.keys()]) this.#forget(below, id);
      this.#nodes.remove(below);
      return;
    }
    node.inputs.delete(child);
    const cell = this.#world.cells.byAddress(childAddress(node.address, child));
    if (cell !== undefined) this.#world.lifecycle.erase(cell);
  }

  /** The status of a worker follows what its supervisor decided. */
  #reconcile(node: SupervisorNode, id: string): void {
    if (this.#isClosing) return;
    const child = node.state.children.get(id);
    if (child?.status !== 'undefined') return;
    const uid = this.#world.cells.uidAt(childAddress(node.address, id));
    if (uid === 0 || this.supervises(uid)) return;
    const cell = this.#world.cells.byUid(uid);
    if (cell === undefined) return;
    cell.hold = 'none';
    if (cell.status === 'done') {
      this.#world.lifecycle.settle(cell);
      this.#world.outside.ended(cell);
    } else if (cell.status === 'running') {
      cell.status = 'stopped';
      this.#workers.rest(cell);
      this.#world.cells.changed(cell);
      this.#world.outside.ended(cell);
    }
  }

  #ownStarted(node: SupervisorNode): void {
    if (node.parent === undefined) this.#options.onStarted();
    else
      this.#feed(node.parent, { kind: 'started', child: node.id, incarnation: node.incarnation });
  }

  #ownStartFailed(node: SupervisorNode, reason: StartFailure): void {
    if (node.parent === undefined) this.#options.onStartFailed(reason);
    else
      this.#feed(node.parent, {
        kind: 'startFailed',
        child: node.id,
        incarnation: node.incarnation,
        reason,
      });
  }

  #ownExited(node: SupervisorNode, { reason, cause }: Extract<Command, { kind: 'exited' }>): void {
    if (node.parent === undefined) {
      this.#options.onExited(reason, cause);
      return;
    }
    tellExit(this.#world, node.address, node.incarnation, reason);
    this.#feed(node.parent, {
      kind: 'exit',
      child: node.id,
      incarnation: node.incarnation,
      reason,
    });
  }
}

/** Whether a finished child is run again: a caller asks for it, or its supervisor does as OTP does. */
function isRunAgain(node: SupervisorNode, as: string): boolean {
  if (node.state.operation?.kind === 'serve') return true;
  return as === 'restart' && node.spec.settings.finished === 'rerun';
}
