/**
 * One supervisor on the bench: an honest shell around `step` that answers every command, keeps what
 * would be on disk, and can lose the process. Everything it is told stands in `log`, in words.
 */
import { crash, normal, shutdown, type ExitReason } from '../../src/actors/exit-reason.ts';
import { invariant, present } from '../../src/base/assert.ts';
import type { Answer } from '../../src/supervisor/answer.ts';
import type { ChildSettings } from '../../src/supervisor/child-spec.ts';
import type { Command } from '../../src/supervisor/command.ts';
import type { Input, Request, RequestInput } from '../../src/supervisor/input.ts';
import type { StartFailure } from '../../src/supervisor/start-failure.ts';
import {
  newState,
  ownRecord,
  stateFromRecords,
  type ChildState,
  type OwnRecord,
  type SupervisorState,
} from '../../src/supervisor/state.ts';
import { step } from '../../src/supervisor/step.ts';
import type { SupervisorSettings } from '../../src/supervisor/supervisor-settings.ts';
import { answerInWords, commandInWords } from './supervisor-words.ts';

const otpSettings: SupervisorSettings = {
  address: '/',
  strategy: 'one_for_one',
  intensity: 3,
  periodMs: 10_000,
  intensityScope: 'supervisor',
  onExceeded: 'escalate',
  backoff: false,
  autoShutdown: 'never',
  childrenOnRestart: 'forget',
  templates: [],
};

export function settings(given: Partial<SupervisorSettings> = {}): SupervisorSettings {
  return { ...otpSettings, ...given };
}

export function child(id: string, given: Partial<ChildSettings> = {}): ChildSettings {
  return {
    id,
    type: 'worker',
    restart: 'permanent',
    shutdownMs: 5_000,
    significant: false,
    ...given,
  };
}

/** What the next starts of a child come to, instead of success. */
type Outcome = StartFailure | 'ignored';

export class SupervisorBench {
  readonly settings: SupervisorSettings;
  readonly named: readonly ChildSettings[];
  state: SupervisorState = newState();
  nowMs = 1_000;
  random = 0.5;
  /** Commands since `takeLog`. */
  private lines: string[] = [];
  /** What runs, starts or stops, by id: its incarnation. */
  readonly alive = new Map<string, number>();
  readonly answers = new Map<string, Answer[]>();
  /** Retries that were asked for, by `child#incarnation`. */
  readonly retries = new Map<string, { child: string; incarnation: number; atMs: number }>();
  /** Children whose starts or stops are not answered until `release`. */
  readonly held = new Set<string>();
  private readonly heldInputs: { child: string; input: Input }[] = [];
  private readonly outcomes = new Map<string, Outcome[]>();
  private messages: Input[] = [];
  private requests = 0;
  private disk: {
    own: OwnRecord;
    children: Map<string, ChildState>;
    requests: Map<string, RequestInput>;
  } = {
    own: ownRecord(newState()),
    children: new Map(),
    requests: new Map(),
  };

  constructor(given: Partial<SupervisorSettings>, named: readonly ChildSettings[]) {
    this.settings = settings(given);
    this.named = named;
  }

  start(): this {
    return this.give({ kind: 'start', children: this.named });
  }

  /** The process dies and comes back. */
  dieAndResume(named: readonly ChildSettings[] = this.named): this {
    this.die();
    return this.give({ kind: 'resume', children: named });
  }

  /** What was on its way is lost; what was written down is left. */
  die(): void {
    this.messages = [];
    this.heldInputs.length = 0;
    this.held.clear();
    this.alive.clear();
    this.retries.clear();
    const { own, children, requests } = structuredClone(this.disk);
    this.state = stateFromRecords(own, [...children.values()], [...requests.values()]);
  }

  crash(id: string, faultKey?: string): this {
    return this.exit(id, crash(new Error(`${id} broke`)), faultKey);
  }

  finish(id: string): this {
    return this.exit(id, normal);
  }

  exit(id: string, reason: ExitReason, faultKey?: string): this {
    this.exitLater(id, reason, faultKey);
    this.settle();
    return this;
  }

  /** It ends; the supervisor will hear of it. */
  exitLater(id: string, reason: ExitReason, faultKey?: string): void {
    const incarnation = present(this.alive.get(id), `${id} runs`);
    this.alive.delete(id);
    const fault = faultKey === undefined ? {} : { faultKey };
    this.post({ kind: 'exit', child: id, incarnation, reason, ...fault });
  }

  /** The next starts of the child come to this. */
  nextStarts(id: string, ...outcomes: readonly (Outcome | 'fail')[]): this {
    const failure = crash(new Error(`${id} cannot start`));
    this.outcomes.set(
      id,
      outcomes.map((outcome) => (outcome === 'fail' ? failure : outcome)),
    );
    return this;
  }

  /** Makes a request; its answer in words, or undefined while there is none. */
  ask(request: Request): string | undefined {
    const id = this.request(request);
    this.settle();
    return this.answerTo(id);
  }

  /** Puts a request into the queue. */
  request(request: Request): string {
    this.requests += 1;
    const id = `request-${this.requests}`;
    this.messages.push({ kind: 'request', id, request });
    return id;
  }

  answerTo(id: string): string | undefined {
    const given = this.answers.get(id)?.[0];
    return given === undefined ? undefined : answerInWords(given);
  }

  terminate(reason: ExitReason = shutdown): this {
    return this.give({ kind: 'terminate', reason });
  }

  /** Lets time pass; retries that fall due are given. */
  sleep(ms: number): this {
    this.nowMs += ms;
    for (const [key, { child: id, incarnation, atMs }] of this.retries) {
      if (atMs > this.nowMs) continue;
      this.retries.delete(key);
      this.messages.push({ kind: 'retryDue', child: id, incarnation });
    }
    this.settle();
    return this;
  }

  /** Gives what was held back, and holds nothing back any more. */
  release(...ids: readonly string[]): this {
    for (const id of ids) this.held.delete(id);
    return this.letThrough(...ids);
  }

  /** Gives what was held back so far. */
  letThrough(...ids: readonly string[]): this {
    const due = this.heldInputs.filter(({ child: id }) => ids.includes(id));
    for (const one of due) {
      this.heldInputs.splice(this.heldInputs.indexOf(one), 1);
      this.messages.push(one.input);
    }
    this.settle();
    return this;
  }

  statuses(): Record<string, string> {
    return Object.fromEntries(
      [...this.state.children.values()].map(({ id, status }) => [id, status]),
    );
  }

  takeLog(): string[] {
    const { lines } = this;
    this.lines = [];
    return lines;
  }

  give(input: Input): this {
    this.post(input);
    this.settle();
    return this;
  }

  /** It waits until the next `settle`. */
  post(input: Input): void {
    this.messages.push(input);
  }

  settle(messagesMax = Infinity): void {
    for (let taken = 0; taken < messagesMax; taken += 1) {
      const input = this.messages.shift();
      if (input === undefined) return;
      this.feed(input);
    }
  }

  private feed(input: Input): void {
    const { commands, changed } = step(this.settings, this.state, input, {
      atMs: this.nowMs,
      random: this.random,
    });
    // Late encoding must not see later changes: the shell encodes when a batch is closed.
    for (const [id, request] of changed.requests) {
      if (request === undefined) this.disk.requests.delete(id);
      else this.disk.requests.set(id, structuredClone(request));
    }
    if (changed.own) this.disk.own = structuredClone(ownRecord(this.state));
    for (const id of changed.children) {
      const known = this.state.children.get(id) ?? this.state.orphans.get(id);
      if (known === undefined) this.disk.children.delete(id);
      else this.disk.children.set(id, structuredClone(known));
    }
    this.onStep?.(commands, this.disk);
    for (const command of commands) this.carryOut(command);
  }

  /** For laws: called after each step. */
  onStep:
    | ((
        commands: readonly Command[],
        disk: {
          readonly own: OwnRecord;
          readonly children: ReadonlyMap<string, ChildState>;
          readonly requests: ReadonlyMap<string, RequestInput>;
        },
      ) => void)
    | undefined;

  private carryOut(command: Command): void {
    const line = commandInWords(command, this.nowMs);
    if (line !== undefined) this.lines.push(line);
    switch (command.kind) {
      case 'startChild':
        this.startChild(command.child, command.incarnation);
        return;
      case 'stopChild':
        // It may have failed to start: then that is on its way as the answer.
        if (this.alive.get(command.child) !== command.incarnation) return;
        this.alive.delete(command.child);
        this.reply(command.child, {
          kind: 'stopped',
          child: command.child,
          incarnation: command.incarnation,
          reason: shutdown,
        });
        return;
      case 'retryAt': {
        const { child: id, incarnation, atMs } = command;
        if (atMs <= this.nowMs) this.messages.push({ kind: 'retryDue', child: id, incarnation });
        else this.retries.set(`${id}#${incarnation}`, { child: id, incarnation, atMs });
        return;
      }
      case 'answer':
        this.answers.set(command.id, [...(this.answers.get(command.id) ?? []), command.answer]);
        return;
      case 'forgetChild':
      case 'quarantineChild':
        invariant(!this.alive.has(command.child), 'what is put away does not run');
        return;
      case 'started':
      case 'startFailed':
      case 'exited':
      case 'decided':
        return;
    }
  }

  private startChild(id: string, incarnation: number): void {
    invariant(!this.alive.has(id), 'nothing is started twice');
    const outcome = this.outcomes.get(id)?.shift();
    if (outcome === undefined) {
      this.alive.set(id, incarnation);
      this.reply(id, { kind: 'started', child: id, incarnation });
    } else if (outcome === 'ignored') this.reply(id, { kind: 'ignored', child: id, incarnation });
    else this.reply(id, { kind: 'startFailed', child: id, incarnation, reason: outcome });
  }

  private reply(id: string, input: Input): void {
    if (this.held.has(id)) this.heldInputs.push({ child: id, input });
    else this.messages.push(input);
  }
}
