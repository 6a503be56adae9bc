/**
 * A small shell around `step`: fake workers whose starts, stops and ends follow the script, simulated
 * time, one queue of messages. Plays the OTP vectors against the pure room alone.
 */
import { crash, killed, shutdown, type ExitReason } from '../../src/actors/exit-reason.ts';
import { invariant, present } from '../../src/base/assert.ts';
import type { Answer } from '../../src/supervisor/answer.ts';
import type { Command } from '../../src/supervisor/command.ts';
import type { Input } from '../../src/supervisor/input.ts';
import type { StartFailure } from '../../src/supervisor/start-failure.ts';
import { newState, type SupervisorState } from '../../src/supervisor/state.ts';
import { step } from '../../src/supervisor/step.ts';
import type { SupervisorSettings } from '../../src/supervisor/supervisor-settings.ts';
import type { SupervisorNode, WorkerNode } from './simulated-nodes.ts';
import { SimulatedTime } from './simulated-time.ts';
import {
  childSettings,
  exitReasonFor,
  reasonWord,
  requestOf,
  resultOf,
  settingsOf,
} from './vector-words.ts';
import type {
  AnsweredCall,
  Arming,
  Driver,
  How,
  PlainEvent,
  Result,
  SupervisorView,
  VectorCall,
  VectorChild,
  VectorSupervisor,
} from './otp-vectors.ts';

/** Spoils the state before each step, to see that the referee objects. */
export type Sabotage = (
  state: SupervisorState,
  settings: SupervisorSettings,
  nowMs: number,
) => void;

export class SimulatedTree implements Driver {
  private readonly spec: VectorSupervisor;
  private readonly sabotage: Sabotage | undefined;
  private root: SupervisorNode | undefined;
  private readonly time = new SimulatedTime();
  private callNumber = 0;
  private readonly armed = new Map<string, { arming: Arming; left: number; hasCalled: boolean }>();
  private readonly starts = new Map<string, number>();
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  private events: PlainEvent[] = [];
  private calls: { call: VectorCall; result: Result }[] = [];
  private rootStart: Result = { ok: true };

  constructor(spec: VectorSupervisor, sabotage?: Sabotage) {
    this.spec = spec;
    this.sabotage = sabotage;
  }

  async start(): Promise<Result> {
    this.rootStart = { ok: true };
    this.startSupervisor(undefined, this.spec, this.spec.id, 1);
    this.time.settle();
    return this.rootStart;
  }

  async stop(): Promise<Result> {
    if (this.root !== undefined) this.give(this.root, { kind: 'terminate', reason: shutdown });
    this.time.settle();
    return { ok: true };
  }

  async exit(path: string, how: How): Promise<void> {
    const node = this.find(path);
    invariant(node?.kind === 'worker', `${path} is a running worker`);
    this.gone(node, exitReasonFor(how));
    this.time.settle();
  }

  async failNextStarts(arming: Arming): Promise<void> {
    this.armed.set(arming.path, { arming, left: arming.count, hasCalled: false });
  }

  async call(call: VectorCall): Promise<Result> {
    let result: Result | undefined;
    this.request(call, (answered) => {
      result = answered;
    });
    this.time.settle();
    return present(result, 'every call is answered');
  }

  async sleep(ms: number): Promise<void> {
    this.time.advance(ms);
  }

  takeCalls(): readonly AnsweredCall[] {
    const calls = this.calls.map(({ call, result }) => ({ ...call, result }));
    this.calls = [];
    return calls;
  }

  takeEvents(): readonly PlainEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }

  async view(): Promise<readonly SupervisorView[]> {
    const views: SupervisorView[] = [];
    const look = (node: SupervisorNode): void => {
      const children = resultOf(this.ask(node, 'whichChildren'));
      const counts = resultOf(this.ask(node, 'countChildren'));
      invariant(children.ok && counts.ok, 'a running supervisor answers');
      views.push({
        path: node.path,
        children: present(children.children, 'it was asked for'),
        counts: present(counts.counts, 'it was asked for'),
        restarts: node.state.window.length,
      });
      for (const id of node.state.children.keys()) {
        const child = node.nodes.get(id);
        if (child?.kind === 'supervisor') look(child);
      }
    };
    if (this.root !== undefined) look(this.root);
    return views;
  }

  async close(): Promise<void> {
    invariant(this.time.isAtRest(), 'nothing is left to be done');
  }

  // ---------- messages ----------

  private give(node: SupervisorNode, input: Input): void {
    this.time.post(() => this.feed(node, input));
  }

  private feed(node: SupervisorNode, input: Input): void {
    this.sabotage?.(node.state, node.settings, this.time.nowMs);
    const { commands } = step(node.settings, node.state, input, {
      atMs: this.time.nowMs,
      random: 0.5,
    });
    for (const command of commands) this.carryOut(node, command);
  }

  private carryOut(node: SupervisorNode, command: Command): void {
    switch (command.kind) {
      case 'startChild':
        this.startChild(node, command.child, command.incarnation);
        return;
      case 'stopChild':
        this.stopChild(node, command.child, command.incarnation);
        return;
      case 'retryAt': {
        const { child, incarnation, atMs } = command;
        this.time.at(atMs, () => this.feed(node, { kind: 'retryDue', child, incarnation }));
        return;
      }
      case 'answer':
        this.waiting.get(command.id)?.(command.answer);
        this.waiting.delete(command.id);
        return;
      case 'decided':
        if (command.decision === 'escalate') {
          this.events.push({ ev: 'give_up', path: node.path, type: 'supervisor' });
        }
        return;
      case 'started':
        node.n = this.countStart(node.path);
        this.events.push({ ev: 'start', path: node.path, type: 'supervisor', n: node.n });
        this.report(node, { kind: 'started' });
        return;
      case 'startFailed':
        this.failSupervisor(node, command.reason);
        return;
      case 'exited':
        this.gone(node, command.reason);
        return;
      case 'forgetChild':
        node.added.delete(command.child);
        return;
      case 'quarantineChild':
        return;
    }
  }

  // ---------- starting ----------

  private startChild(parent: SupervisorNode, id: string, incarnation: number): void {
    const spec = present(this.specOf(parent, id), 'what is started has a spec');
    const path = `${parent.path}/${id}`;
    if (spec.type === 'supervisor') {
      this.startSupervisor(parent, spec, path, incarnation);
      return;
    }
    const arm = this.armed.get(path);
    if (arm !== undefined && arm.left > 0) {
      arm.left -= 1;
      this.callDuring(parent, arm);
      const ignored = arm.arming.mode === 'ignore';
      this.events.push({ ev: ignored ? 'start_ignored' : 'start_failed', path, type: 'worker' });
      const about = { child: id, incarnation };
      const reason = crash(new Error('start_error'));
      this.give(
        parent,
        ignored ? { kind: 'ignored', ...about } : { kind: 'startFailed', ...about, reason },
      );
      return;
    }
    const n = this.countStart(path);
    parent.nodes.set(id, { kind: 'worker', path, id, spec, parent, incarnation, n });
    this.events.push({ ev: 'start', path, type: 'worker', n });
    this.give(parent, { kind: 'started', child: id, incarnation });
  }

  private callDuring(
    parent: SupervisorNode,
    arm: { readonly arming: Arming; hasCalled: boolean },
  ): void {
    if (arm.hasCalled) return;
    arm.hasCalled = true;
    if (parent.state.phase !== 'running') return;
    for (const call of arm.arming.calls) {
      const entry: { call: VectorCall; result: Result } = {
        call,
        result: { ok: false, error: 'unanswered' },
      };
      this.calls.push(entry);
      this.request(call, (result) => {
        entry.result = result;
      });
    }
  }

  private startSupervisor(
    parent: SupervisorNode | undefined,
    spec: VectorSupervisor,
    path: string,
    incarnation: number,
  ): void {
    const id = path.slice(path.lastIndexOf('/') + 1);
    const settings = settingsOf(spec, path);
    const node: SupervisorNode = {
      kind: 'supervisor',
      path,
      id,
      spec,
      settings,
      parent,
      state: newState(),
      nodes: new Map(),
      added: new Map(),
      incarnation,
      n: 0,
    };
    if (parent === undefined) this.root = node;
    else parent.nodes.set(id, node);
    this.events.push({ ev: 'starting', path, type: 'supervisor' });
    const isPool = spec.strategy === 'simple_one_for_one';
    const children = isPool ? [] : spec.children.map(childSettings);
    this.give(node, { kind: 'start', children });
  }

  private failSupervisor(node: SupervisorNode, reason: StartFailure): void {
    this.events.push({ ev: 'start_failed', path: node.path, type: 'supervisor' });
    this.remove(node);
    if (node.parent === undefined) {
      this.rootStart = resultOf({ kind: 'startFailed', reason });
    } else this.report(node, { kind: 'startFailed', reason });
  }

  private specOf(parent: SupervisorNode, id: string): VectorChild | undefined {
    const known = parent.spec.children.find((child) => child.id === id);
    return parent.added.get(id) ?? known;
  }

  // ---------- ending ----------

  private stopChild(parent: SupervisorNode, id: string, incarnation: number): void {
    const node = parent.nodes.get(id);
    invariant(node !== undefined && node.incarnation === incarnation, 'what is stopped runs');
    if (node.kind === 'supervisor') {
      this.give(node, { kind: 'terminate', reason: shutdown });
      return;
    }
    const { onStop, shutdown: limit } = node.spec;
    if (limit === 'brutal_kill' || onStop === 'hang') this.gone(node, killed);
    else this.gone(node, onStop === 'throw' ? crash(new Error('cleanup')) : shutdown);
  }

  private gone(node: WorkerNode | SupervisorNode, reason: ExitReason): void {
    this.remove(node);
    const { path, n } = node;
    this.events.push({ ev: 'stop', path, type: node.kind, n, reason: reasonWord(reason) });
    this.report(node, { kind: 'exit', reason });
  }

  private remove(node: WorkerNode | SupervisorNode): void {
    if (node.parent === undefined) this.root = undefined;
    else node.parent.nodes.delete(node.id);
  }

  private report(
    node: WorkerNode | SupervisorNode,
    news:
      | { readonly kind: 'started' }
      | { readonly kind: 'startFailed'; readonly reason: StartFailure }
      | { readonly kind: 'exit'; readonly reason: ExitReason },
  ): void {
    const { parent, id, incarnation } = node;
    if (parent !== undefined) this.give(parent, { ...news, child: id, incarnation });
  }

  // ---------- calls ----------

  private request(call: VectorCall, answered: (result: Result) => void): void {
    const node = this.find(call.sup);
    if (node?.kind !== 'supervisor') {
      answered({ ok: false, error: 'noproc' });
      return;
    }
    const id = this.nextCallId();
    const request = requestOf(call, node.settings);
    if (request.kind === 'startChild' && !node.state.children.has(request.spec.id)) {
      const template = node.spec.children[0];
      const spec = call.child ?? template;
      if (spec !== undefined) node.added.set(request.spec.id, spec);
    }
    this.waiting.set(id, (answer) => answered(resultOf(answer)));
    this.give(node, { kind: 'request', id, request });
  }

  private ask(node: SupervisorNode, kind: 'whichChildren' | 'countChildren'): Answer {
    let given: Answer | undefined;
    const id = this.nextCallId();
    this.waiting.set(id, (answer) => {
      given = answer;
    });
    this.feed(node, { kind: 'request', id, request: { kind } });
    return present(given, 'a supervisor at rest answers at once');
  }

  private nextCallId(): string {
    this.callNumber += 1;
    return `call-${this.callNumber}`;
  }

  private find(path: string): WorkerNode | SupervisorNode | undefined {
    const [, ...ids] = path.split('/');
    let node: WorkerNode | SupervisorNode | undefined = this.root;
    for (const id of ids) {
      if (node?.kind !== 'supervisor') return undefined;
      node = node.nodes.get(id);
    }
    return node;
  }

  private countStart(path: string): number {
    const n = (this.starts.get(path) ?? 0) + 1;
    this.starts.set(path, n);
    return n;
  }
}
