/** One step in the making: the state as it changes, and what the shell will be told to do. */
import { shutdown } from '../actors/exit-reason.ts';
import type { Answer, RequestError } from './answer.ts';
import type { Command, Decision, ForgetCause } from './command.ts';
import type { Input, RequestInput } from './input.ts';
import { countRestart, type IntensityVerdict, type WindowEntry } from './restart-intensity.ts';
import { describeFailure } from './start-failure.ts';
import type { ChildState, ChildStatus, Operation, SupervisorState } from './state.ts';
import { isPool, type SupervisorSettings } from './supervisor-settings.ts';

/** The only things of the world that a decision may depend on. */
export interface Now {
  /** Durable time in ms. */
  readonly atMs: number;
  /** A number in [0, 1). */
  readonly random: number;
}

export interface Draft {
  readonly settings: SupervisorSettings;
  readonly state: SupervisorState;
  readonly now: Now;
  readonly commands: Command[];
  /** Children whose state changed, or that are gone. */
  readonly touched: Set<string>;
  /** Requests that wait from now on; undefined: that wait no more. */
  readonly waiting: Map<string, RequestInput | undefined>;
  /** What changed in place in the part that is not a child's. */
  hasTouchedOwn: boolean;
}

export function emit(draft: Draft, command: Command): void {
  draft.commands.push(command);
}

export function answer(draft: Draft, id: string, given: Answer): void {
  emit(draft, { kind: 'answer', id, answer: given });
}

export function refuse(draft: Draft, id: string, error: RequestError): void {
  answer(draft, id, { kind: 'refused', error });
}

export function setOperation(draft: Draft, operation: Operation | undefined): void {
  draft.state.operation = operation;
}

/** Changes the status; what belonged to the old one is gone. */
export function setStatus(draft: Draft, child: ChildState, status: ChildStatus): void {
  // a failed start may be put away at once, when some wait for its retry already
  const mayBeAwaited = child.status === 'restarting' || child.status === 'starting';
  if (mayBeAwaited && (status === 'undefined' || status === 'quarantined'))
    releaseWaiting(draft, child);
  child.awaits = undefined;
  child.status = status;
  child.retry = undefined;
  child.faultKey = undefined;
  draft.touched.add(child.id);
}

/** Nothing of it runs: its start is due, as a restart, unless it never was started with success. */
export function setPending(draft: Draft, child: ChildState, as: 'restart' | 'resume'): void {
  setStatus(draft, child, 'pending');
  child.runningSinceMs = undefined;
  if (child.as !== 'first' && child.as !== 'reset') child.as = as;
}

/** The retry comes back as `retryDue`, behind whatever already waits, as OTP's message to itself. */
export function setRestarting(
  draft: Draft,
  child: ChildState,
  retry: { readonly atMs: number; readonly counted: boolean },
): void {
  setStatus(draft, child, 'restarting');
  child.retry = retry;
  const { id, incarnation } = child;
  emit(draft, { kind: 'retryAt', child: id, incarnation, atMs: retry.atMs });
}

/** They wait for a retry that will not come: they stay as they are. */
function releaseWaiting(draft: Draft, trigger: ChildState): void {
  if (draft.settings.strategy === 'one_for_one' || isPool(draft.settings)) return;
  for (const child of draft.state.children.values()) {
    if (child.awaits !== trigger.id) continue;
    child.awaits = undefined;
    draft.touched.add(child.id);
  }
}

export function forget(draft: Draft, child: ChildState, why: ForgetCause): void {
  const { state } = draft;
  if (child.status === 'restarting') releaseWaiting(draft, child);
  state.children.delete(child.id);
  draft.touched.add(child.id);
  if (!child.dynamic && !state.dropped.includes(child.id)) {
    state.dropped.push(child.id);
    draft.hasTouchedOwn = true;
  }
  const { id, incarnation, reason } = child;
  emit(draft, { kind: 'forgetChild', child: id, incarnation, why, reason });
}

export function quarantine(draft: Draft, child: ChildState, why: string): void {
  setStatus(draft, child, 'quarantined');
  child.runningSinceMs = undefined;
  emit(draft, { kind: 'quarantineChild', child: child.id, incarnation: child.incarnation, why });
}

/** Its start succeeded without anything that runs. A temporary one, or an instance, is gone. */
export function settleIgnored(draft: Draft, child: ChildState): void {
  if (child.spec.restart === 'temporary' || isPool(draft.settings)) forget(draft, child, 'ignored');
  else setStatus(draft, child, 'undefined');
}

/** It will be looked at when the operation in hand is over. */
export function enqueue(draft: Draft, input: Input): void {
  draft.state.queue.push(input);
  if (input.kind === 'request') draft.waiting.set(input.id, input);
}

/** What waits longest, taken out of the queue. */
export function dequeue(draft: Draft): Input | undefined {
  const input = draft.state.queue.shift();
  if (input?.kind === 'request') draft.waiting.set(input.id, undefined);
  return input;
}

/** Empties the queue; whoever waited for an answer learns that there will be none. */
export function dismissQueue(draft: Draft): void {
  for (const input of draft.state.queue) {
    if (input.kind !== 'request') continue;
    draft.waiting.set(input.id, undefined);
    refuse(draft, input.id, 'noproc');
  }
  draft.state.queue = [];
}

/** Counts a restart in the window that counts for this child. */
export function countFor(draft: Draft, child: ChildState): IntensityVerdict {
  const { settings, state, now } = draft;
  const entry: WindowEntry = { atMs: now.atMs, child: child.id, faultKey: child.faultKey };
  const isOwn = settings.intensityScope === 'child';
  const verdict = countRestart(isOwn ? child.window : state.window, entry, settings);
  if (isOwn) child.window = verdict.window;
  else state.window = verdict.window;
  draft.touched.add(child.id);
  return verdict;
}

export function tell(
  draft: Draft,
  child: ChildState,
  decision: Decision['decision'],
  delayMs = 0,
): void {
  const window = draft.settings.intensityScope === 'child' ? child.window : draft.state.window;
  emit(draft, {
    kind: 'decided',
    child: child.id,
    incarnation: child.incarnation,
    reason: child.reason,
    decision,
    restarts: window.length,
    delayMs,
  });
}

/** Why it does not run, for whoever looks at it later. */
export function reasonInWords(child: ChildState): string {
  return describeFailure(child.reason ?? shutdown);
}
