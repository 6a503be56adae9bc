/** Restarts: the decision, the group, the retries. */
import { shutdown } from '../actors/exit-reason.ts';
import { planStarts, planStops, startNext, stopNext } from './agenda.ts';
import { backoffDelayMs } from './backoff.ts';
import {
  countFor,
  quarantine,
  setOperation,
  setPending,
  setRestarting,
  setStatus,
  tell,
  type Draft,
} from './draft.ts';
import { beginEnd } from './ending.ts';
import type { StartFailure } from './start-failure.ts';
import type { ChildState, Operation } from './state.ts';
import { groupOf } from './strategy.ts';

type Restart = Extract<Operation, { kind: 'restart' }>;

/**
 * A restart decision about a child that does not run (Erlang/OTP: `supervisor:restart/2`): one entry in
 * the window, however many children it restarts. One too many ends the supervisor, or the child
 * (`onExceeded`), and starts nothing.
 */
export function decideRestart(draft: Draft, child: ChildState): void {
  const { settings, now } = draft;
  const verdict = countFor(draft, child);
  if (verdict.kind === 'exceeded') {
    exceed(draft, child);
    return;
  }
  const hasRunLong =
    child.runningSinceMs !== undefined && now.atMs - child.runningSinceMs >= settings.periodMs;
  child.failures = hasRunLong ? 1 : child.failures + 1;
  const { backoff } = settings;
  const delayMs =
    backoff === false ? undefined : backoffDelayMs(backoff, child.failures, now.random);
  tell(draft, child, 'restart', delayMs);
  restartGroup(draft, child, delayMs);
}

function exceed(draft: Draft, child: ChildState): void {
  const { intensity, periodMs, onExceeded } = draft.settings;
  if (onExceeded === 'quarantine') {
    tell(draft, child, 'quarantine');
    quarantine(draft, child, `it needed more than ${intensity} restarts in ${periodMs} ms`);
    return;
  }
  tell(draft, child, 'escalate');
  setStatus(draft, child, 'undefined');
  const { id, reason } = child;
  beginEnd(draft, shutdown, { kind: 'intensity', child: id, reason, intensity, periodMs });
}

/** The retry that a child in state `restarting` was waiting for. */
export function retry(draft: Draft, child: ChildState): void {
  // A failed start that was not counted yet is a decision of its own, as in OTP.
  if (child.retry?.counted === true) restartGroup(draft, child, undefined);
  else decideRestart(draft, child);
}

/**
 * Stops the group in reverse start order, then starts it in start order. With a delay the group is
 * stopped at once, and started later.
 */
function restartGroup(draft: Draft, trigger: ChildState, delayMs: number | undefined): void {
  const { settings, state } = draft;
  setPending(draft, trigger, 'restart');
  const others = groupOf(settings.strategy, state.children.keys(), trigger.id).filter(
    (id) => id !== trigger.id,
  );
  for (const id of others) {
    const child = state.children.get(id);
    // Stopping one that waits for its retry cancels that retry.
    if (child?.status === 'restarting') setPending(draft, child, 'restart');
  }
  planStops(draft, others);
  setOperation(draft, { kind: 'restart', trigger: trigger.id, phase: 'stop', delayMs });
  continueRestart(draft, { kind: 'restart', trigger: trigger.id, phase: 'stop', delayMs });
}

export function continueRestart(draft: Draft, operation: Restart): void {
  if (operation.phase === 'stop') {
    if (!stopNext(draft)) return;
    if (operation.delayMs === undefined) planGroup(draft, operation);
    else {
      waitWith(draft, operation, operation.delayMs);
      return;
    }
  }
  if (startNext(draft)) setOperation(draft, undefined);
}

/** Every spec of the group is started, also of those that did not run before (OTP does so). */
function planGroup(draft: Draft, operation: Restart): void {
  const { settings, state } = draft;
  const group = groupOf(settings.strategy, state.children.keys(), operation.trigger);
  for (const id of group) {
    const child = state.children.get(id);
    if (child?.status === 'undefined') setPending(draft, child, 'restart');
  }
  planStarts(draft, group);
  setOperation(draft, { ...operation, phase: 'start' });
}

function waitWith(draft: Draft, operation: Restart, delayMs: number): void {
  const { settings, state, now } = draft;
  setOperation(draft, undefined);
  for (const id of groupOf(settings.strategy, state.children.keys(), operation.trigger)) {
    const child = state.children.get(id);
    // it may wait already, for a retry that this restart called off
    if (child === undefined || (child.status !== 'pending' && child.awaits === undefined)) continue;
    if (id === operation.trigger) {
      setRestarting(draft, child, { atMs: now.atMs + delayMs, counted: true });
    } else setWaiting(draft, child, operation.trigger);
  }
}

function setWaiting(draft: Draft, child: ChildState, trigger: string): void {
  setStatus(draft, child, 'undefined');
  child.awaits = trigger;
}

/**
 * A start failed during a restart. As in OTP, starting stops there: those before it stay up, those after
 * it stay down, and the retry is for this child, which may be another than the one that had ended.
 */
export function failRestart(draft: Draft, child: ChildState, reason: StartFailure): void {
  child.reason = reason;
  abandonStarts(draft, child);
  setOperation(draft, undefined);
  if (draft.settings.backoff === false) {
    setRestarting(draft, child, { atMs: draft.now.atMs, counted: false });
  } else decideRestart(draft, child);
}

/** What was still to be started stays down until the retry of the one that failed. */
export function abandonStarts(draft: Draft, failed: ChildState): void {
  const { state } = draft;
  for (const id of state.agenda) {
    const child = state.children.get(id);
    if (child?.status === 'pending') setWaiting(draft, child, failed.id);
  }
  state.agenda = [];
}
