/**
 * The shell around the supervisors of the tree: feeds `step` one input at a time, writes down what it
 * changed in the batch of the decision, and carries out its commands.
 */
import { childAddress, idOf } from '../actors/address.ts';
import { type ExitReason, killed, shutdown } from '../actors/exit-reason.ts';
import type { EventObject } from '../actors/host-types.ts';
import type { RegisteredLogic } from '../actors/registration.ts';
import { invariant } from '../base/assert.ts';
import type { Command } from '../supervisor/command.ts';
import type { Input } from '../supervisor/input.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import type { ChildStatus } from '../supervisor/state.ts';
import { step } from '../supervisor/step.ts';
import type { Cell } from './cell.ts';
import type { Definition } from './cells.ts';
import type {
  StoredSupervisor,
  SupervisingSpec,
  SupervisorNode,
  WorkerSpec,
} from './supervisor-node.ts';
import { SupervisorNodes } from './supervisor-nodes.ts';
import { Births } from './births.ts';
import { workerAt } from './place-in-code.ts';
import { SupervisedChildren } from './supervised-children.ts';
import { SupervisorRequests } from './supervisor-requests.ts';
import {
  tellDecision,
  tellEnded,
  tellExit,
  tellStarted,
  tellStarting,
  tellSupervisorStartFailed,
} from './supervision-news.ts';
import { Workers } from './workers.ts';
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
  readonly #children: SupervisedChildren;
  readonly requests: SupervisorRequests;
  /** The system is stopping: what happens to the tree now is not its history. */
  isClosing = false;

  constructor(world: World, options: TreeOptions) {
    this.#world = world;
    this.#options = options;
    this.#nodes = new SupervisorNodes(world, options.stored);
    this.#births = new Births(world, options.logicOf);
    this.#workers = new Workers(world, options.begin);
    const feed = (node: SupervisorNode, input: Input): void => this.#feed(node, input);
    this.#children = new SupervisedChildren(world, {
      nodes: this.#nodes,
      workers: this.#workers,
      births: this.#births,
      feed,
    });
    this.requests = new SupervisorRequests(world, feed);
  }

  supervises(uid: number): boolean {
    return this.#nodes.get(uid) !== undefined;
  }

  /** Starts the tree, or goes on with it if the store knows it. */
  boot(): void {
    const root = this.#nodes.ensure('/', '', this.#options.root, undefined);
    this.#nodes.ensureBelow(root);
    tellStarting(this.#world, '/', root.incarnation);
    root.hasBegun = true;
    const kind = root.state.phase === 'new' ? 'start' : 'resume';
    this.#feed(root, { kind, children: root.named() });
  }

  /**
   * Ends the tree as the end of the process would: the store keeps it as it is. No turn is taken from now
   * on, because what came of it would be no part of what the supervisors have stored.
   */
  close(reason: string): void {
    this.isClosing = true;
    this.#world.dispatcher.freeze();
    const root = this.#nodes.at('/');
    if (root !== undefined)
      this.#feed(root, { kind: 'terminate', reason: { kind: 'shutdown', detail: reason } });
  }

  /** Resolves when actors that ended by themselves have released what they held outside. */
  released(): Promise<void> {
    return this.#workers.quiet();
  }

  /** The world ends under what is on its way: hooks are told, and whoever asked from outside. */
  dismiss(why: Error): void {
    this.#workers.dismiss();
    this.requests.dismiss(why);
  }

  /** After {@link dismiss}: what its actors hold outside is released. */
  release(reason: string): Promise<void> {
    return this.#workers.stopHooks.runAll(
      reason,
      (supervisor) => this.#nodes.get(supervisor)?.spec.kind === 'pool',
    );
  }

  /** What is still to be released is given up. */
  abandon(): void {
    this.#workers.stopHooks.abandon();
  }

  exited(cell: Cell, reason: ExitReason, faultKey?: string): void {
    const node = this.#nodes.get(cell.parent);
    invariant(node !== undefined, 'an actor below a supervisor has its node');
    if (this.#workers.afterStart(cell, () => this.exited(cell, reason, faultKey))) return;
    const child = idOf(cell.address);
    const incarnation = node.incarnationOf(child);
    cell.hold = 'restarting';
    tellExit(this.#world, cell.address, incarnation, reason);
    this.#world.bonds.exited(cell, reason);
    if (reason.kind === 'normal' && cell.snapshot?.status === 'done') {
      this.#world.outside.finished(cell);
      // in the batch of the exit, so that no crash comes between the end of one life and the next
      if (node.state.children.get(child)?.spec.restart === 'permanent') this.#births.renew(cell);
      else this.#end(cell);
    }
    this.#workers.ended(cell, reason);
    this.#feed(node, {
      kind: 'exit',
      child,
      incarnation,
      reason,
      ...(faultKey === undefined ? {} : { faultKey }),
    });
  }

  /** Destroys an actor, or a supervisor with all below it. false: nothing of it runs. */
  kill(address: string): boolean {
    const node = this.#nodes.at(address);
    if (node !== undefined) {
      if (node.state.phase === 'ended' || node.state.phase === 'new') return false;
      this.#children.kill(node);
      return true;
    }
    const cell = this.#world.cells.byAddress(address);
    if (cell === undefined || cell.status !== 'running' || cell.hold === 'restarting') return false;
    if (cell.hold !== 'stopping') {
      this.#world.lifecycle.end(cell, killed);
      return true;
    }
    // it may also rest, below something that does not run
    if (statusIn(this.#nodes.get(cell.parent), address) !== 'stopping') return false;
    this.#workers.cutShort(cell);
    return true;
  }

  end(cell: Cell, reason: ExitReason): void {
    if (cell.status !== 'running' || cell.hold === 'restarting' || cell.hold === 'stopping') return;
    if (!this.#workers.endStart(cell, reason)) this.exited(cell, reason);
  }

  /** An actor that a machine spawned begins anew; those of supervisors are asked for it. */
  resetSpawned(cell: Cell): void {
    // who watched what it was; one in quarantine has been told of already
    if (cell.status === 'running') this.#world.bonds.exited(cell, shutdown);
    this.#births.reset(cell);
    this.#world.dispatcher.ready(cell);
  }

  poolRequest(from: Cell, address: string, event: EventObject): void {
    this.requests.fromActor(from, this.#nodes.at(address), address, event);
  }

  nodeAt(address: string): SupervisorNode | undefined {
    return this.#nodes.at(address);
  }

  isDown(supervisor: number): boolean {
    return this.#nodes.get(supervisor)?.isDown ?? false;
  }

  /** Whether the child at this address may take turns now, as its supervisor sees it. */
  isUp(supervisor: number, address: string): boolean {
    const node = this.#nodes.get(supervisor);
    return node?.hasBegun === true && statusIn(node, address) === 'running';
  }

  /** What the code says of the child at this address. */
  definitionOf(supervisor: number, address: string): Definition | undefined {
    const node = this.#nodes.get(supervisor);
    const id = idOf(address);
    const worker = node?.workerOf(id);
    if (node === undefined || worker === undefined) return undefined;
    return { ...this.#describedBy(worker), place: node.placeOf(id) };
  }

  #describedBy(worker: WorkerSpec): Definition {
    return { logic: this.#options.logicOf(worker), settings: worker.settings };
  }

  logicAt(place: readonly string[]): Definition | undefined {
    const worker = workerAt(this.#options.root, place);
    return worker === undefined ? undefined : this.#describedBy(worker);
  }

  quarantined(): string[] {
    return this.#nodes.quarantined();
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
      const { time, ports, committer, counters } = this.#world;
      const now = { atMs: time.nowMs(), random: ports.entropy.random() };
      const { commands, changed } = step(node.settings, node.state, next, now);
      if (!this.isClosing) node.write(committer.pending, counters, changed);
      for (const command of commands) this.#carryOut(node, command);
      if (!this.isClosing) for (const id of changed.children) this.#children.reconcile(node, id);
    }
    node.isBusy = false;
    this.#world.dispatcher.wake();
  }

  #carryOut(node: SupervisorNode, command: Command): void {
    switch (command.kind) {
      case 'startChild':
        this.#children.start(node, command);
        return;
      case 'stopChild':
        this.#children.stop(node, command);
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
        this.requests.answered(node, command.id, command.answer, this.isClosing);
        return;
      case 'forgetChild':
        // the end of the process is no end of its actors: temporary ones come back too
        if (!this.isClosing) this.#children.forget(node, command.child, command.reason);
        return;
      case 'quarantineChild': {
        const cell = this.#world.cells.byAddress(childAddress(node.address, command.child));
        if (cell === undefined) return;
        if (cell.status !== 'quarantined') this.#world.lifecycle.quarantine(cell, command.why);
        this.#workers.halt(cell);
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

  #end(cell: Cell): void {
    cell.status = 'done';
    this.#world.cells.changed(cell);
  }

  #ownStarted(node: SupervisorNode): void {
    tellStarted(this.#world, node.address, node.incarnation);
    if (node.parent === undefined) this.#options.onStarted();
    else
      this.#feed(node.parent, { kind: 'started', child: node.id, incarnation: node.incarnation });
  }

  #ownStartFailed(node: SupervisorNode, reason: StartFailure): void {
    tellSupervisorStartFailed(this.#world, node.address, node.incarnation, reason);
    if (node.parent === undefined) this.#options.onStartFailed(reason);
    else
      this.#feed(node.parent, {
        kind: 'startFailed',
        child: node.id,
        incarnation: node.incarnation,
        reason,
      });
  }

  #ownExited(node: SupervisorNode, command: Extract<Command, { kind: 'exited' }>): void {
    const reason = node.isKilled ? killed : command.reason;
    node.withdrawLimit();
    tellEnded(this.#world, node.address, node.incarnation, reason);
    if (node.parent === undefined) {
      this.#options.onExited(reason, command.cause);
      return;
    }
    this.#feed(node.parent, {
      kind: 'exit',
      child: node.id,
      incarnation: node.incarnation,
      reason,
    });
  }
}

function statusIn(node: SupervisorNode | undefined, address: string): ChildStatus | undefined {
  return node?.state.children.get(idOf(address))?.status;
}
