/** A supervisor's own start, and its return after the process died. */
import { shutdown } from '../actors/exit-reason.ts';
import { planStarts, planStops, settleStopped, startNext, stopNext } from './agenda.ts';
import {
  answer,
  dismissQueue,
  emit,
  enqueue,
  setOperation,
  setPending,
  setRestarting,
  setStatus,
  type Draft,
} from './draft.ts';
import { beginEnd } from './ending.ts';
import { noteExit } from './exit.ts';
import type { ChildSettings } from './child-spec.ts';
import { abandonStarts } from './restart.ts';
import { callTheRoll } from './roster.ts';
import { refuseBadSettings } from './settings-refusal.ts';
import type { StartFailure } from './start-failure.ts';
import type { ChildState, Operation } from './state.ts';
import { groupOf } from './strategy.ts';
import { isPool } from './supervisor-settings.ts';

/**
 * Starts every child in order, with an empty window: the window belongs to one life (OTP). Settings that no
 * supervisor can have are refused before the first child is started, as OTP does.
 */
export function beginStart(
  draft: Draft,
  named: readonly ChildSettings[],
  how: 'start' | 'resume' = 'start',
): void {
  const { settings, state } = draft;
  dismissQueue(draft);
  const children = isPool(settings) ? settings.templates : named;
  const refusal = refuseBadSettings({ ...settings, children });
  if (refusal !== undefined) {
    emit(draft, { kind: 'startFailed', reason: { kind: 'refused', refusal } });
    return;
  }
  callTheRoll(draft, named, 'start');
  state.window = [];
  for (const child of state.children.values()) {
    child.failures = 0;
    child.window = [];
    if (child.status !== 'quarantined') setPending(draft, child, 'restart');
  }
  beginBoot(draft, how);
}

/**
 * Goes on where the process left off. Whatever operation was cut short is finished in the shortest way:
 * what it had decided stays decided, what it had still to start is started now.
 */
export function beginResume(draft: Draft, named: readonly ChildSettings[]): void {
  const { state } = draft;
  const cutShort = state.operation;
  // One that ended by itself is not resumed: it begins anew, as if its parent had restarted it.
  if (state.phase === 'new' || (state.phase === 'ended' && state.endCause !== undefined)) {
    beginStart(draft, named, state.phase === 'new' ? 'start' : 'resume');
    return;
  }
  const waiting = state.queue.filter((input) => input.kind === 'request');
  state.queue = [];
  settleCutShort(draft, cutShort);
  callTheRoll(draft, named, 'resume');
  for (const child of state.children.values()) resumeChild(draft, child);
  startForsaken(draft);
  for (const request of waiting) enqueue(draft, request);
  if (cutShort?.kind === 'end' && cutShort.cause !== undefined) {
    // It had given up, and whoever owns it does not know yet.
    emit(draft, { kind: 'started' });
    beginEnd(draft, cutShort.reason, cutShort.cause);
  } else beginBoot(draft, 'resume');
}

/** Has ended with the process. Whoever starts it finds it as if it had been stopped. */
export function leave(draft: Draft): void {
  const { state } = draft;
  if (state.phase === 'new' || state.phase === 'ended') return;
  const cutShort = state.operation;
  settleCutShort(draft, cutShort);
  for (const child of state.children.values()) {
    const { status } = child;
    if (status === 'running' || status === 'stopping' || status === 'starting')
      setPending(draft, child, 'resume');
  }
  setOperation(draft, undefined);
  state.phase = 'ended';
  state.endCause = cutShort?.kind === 'end' ? cutShort.cause : undefined;
  dismissQueue(draft);
}

function settleCutShort(draft: Draft, cutShort: Operation | undefined): void {
  const { settings, state } = draft;
  if (cutShort?.kind === 'serve') {
    const child = state.children.get(cutShort.child);
    const { id } = cutShort.caller;
    if (child?.status === 'stopping' || child === undefined) {
      if (child !== undefined) settleStopped(draft, child);
      answer(draft, id, { kind: 'done' });
    } else {
      // Granted: it is started below, like all others.
      const incarnation = child.incarnation + 1;
      answer(draft, id, { kind: 'child', id: child.id, incarnation, running: true });
    }
  }
  if (cutShort?.kind !== 'restart') return;
  for (const id of groupOf(settings.strategy, state.children.keys(), cutShort.trigger)) {
    const child = state.children.get(id);
    if (child?.status === 'running' || child?.status === 'stopping') {
      // With the process it was stopped. In the second half it was started again already.
      if (cutShort.phase === 'stop') settleStopped(draft, child);
    } else if (child?.status === 'undefined' && cutShort.phase === 'stop') {
      setPending(draft, child, 'restart');
    }
  }
}

function resumeChild(draft: Draft, child: ChildState): void {
  switch (child.status) {
    case 'running':
    case 'stopping':
      setPending(draft, child, 'resume');
      return;
    case 'starting':
      setStatus(draft, child, 'pending');
      // A supervisor knows itself how far its start had come.
      if (child.spec.type === 'supervisor') child.as = 'resume';
      return;
    case 'exited':
      // The decision about it was still to be made.
      noteExit(draft, child, child.reason ?? shutdown, child.faultKey);
      return;
    case 'restarting':
      setRestarting(draft, child, child.retry ?? { atMs: draft.now.atMs, counted: false });
      return;
    case 'pending':
    case 'undefined':
    case 'quarantined':
      return;
  }
}

/**
 * Those that wait for a sibling whose retry will not come, or will not bring them back: it is started now,
 * or the code no longer names it, or says another strategy. They were to run again, so they do.
 */
function startForsaken(draft: Draft): void {
  const { settings, state } = draft;
  for (const child of state.children.values()) {
    if (child.awaits === undefined) continue;
    const isDue = state.children.get(child.awaits)?.status === 'restarting';
    const group = isDue ? groupOf(settings.strategy, state.children.keys(), child.awaits) : [];
    if (!group.includes(child.id)) setPending(draft, child, 'restart');
  }
}

function beginBoot(draft: Draft, how: 'start' | 'resume'): void {
  const { state } = draft;
  state.phase = 'starting';
  state.endCause = undefined;
  setOperation(draft, { kind: 'boot', how });
  planStarts(draft, [...state.children.keys()]);
  continueBoot(draft);
}

export function continueBoot(draft: Draft): void {
  if (!startNext(draft)) return;
  setOperation(draft, undefined);
  draft.state.phase = 'running';
  emit(draft, { kind: 'started' });
}

/**
 * A start failed during the boot. In a supervisor's own start that is the end of it, as in OTP: no
 * retry, what was started is stopped again. After the death of the process, and for dynamic children
 * that are remembered, it is a failed restart: the supervisor comes up and retries.
 */
export function failBoot(
  draft: Draft,
  child: ChildState,
  reason: StartFailure,
  how: 'start' | 'resume',
): void {
  const { settings, state, now } = draft;
  child.reason = reason;
  if (how === 'start' && !child.dynamic) {
    setPending(draft, child, 'restart');
    const failure: StartFailure = { kind: 'failed_to_start_child', child: child.id, reason };
    setOperation(draft, { kind: 'rollBack', reason: failure });
    planStops(draft, [...state.children.keys()]);
    continueRollBack(draft, failure);
    return;
  }
  if (child.spec.restart === 'temporary') noteExit(draft, child, reason);
  else {
    setRestarting(draft, child, { atMs: now.atMs, counted: false });
    // Those after it were started after it, for a reason.
    if (settings.strategy !== 'one_for_one' && !isPool(settings)) abandonStarts(draft, child);
  }
  continueBoot(draft);
}

export function continueRollBack(draft: Draft, reason: StartFailure): void {
  if (!stopNext(draft)) return;
  setOperation(draft, undefined);
  // it never was up: its next start is a first one again
  draft.state.phase = 'new';
  dismissQueue(draft);
  emit(draft, { kind: 'startFailed', reason });
}
