/** OTP's API: every request and its answers. Served one at a time, only while nothing else is going on. */
import { planStarts, planStops, startNext, stopNext } from './agenda.ts';
import {
  answer,
  forget,
  quarantine,
  reasonInWords,
  refuse,
  setOperation,
  setPending,
  setStatus,
  type Draft,
} from './draft.ts';
import type { ChildKey, RequestInput } from './input.ts';
import { continueRestart } from './restart.ts';
import { refuseBadChild } from './settings-refusal.ts';
import type { StartFailure } from './start-failure.ts';
import { newChild, type ChildState, type Operation } from './state.ts';
import { isPool, templateOf } from './supervisor-settings.ts';
import { countChildren, viewChildren } from './child-view.ts';
import type { ChildSettings } from './child-spec.ts';

type Serving = Extract<Operation, { kind: 'serve' }>;

export function serve(draft: Draft, caller: RequestInput): void {
  const { settings, state } = draft;
  const { id, request } = caller;
  switch (request.kind) {
    case 'startChild':
      startChild(draft, caller, request.spec);
      return;
    case 'terminateChild':
      terminateChild(draft, caller, request.child);
      return;
    case 'restartChild':
      restartChild(draft, caller, request.child);
      return;
    case 'deleteChild':
      deleteChild(draft, caller, request.child);
      return;
    case 'resetChild':
      resetChild(draft, caller, request.child);
      return;
    case 'getChildSpec':
      getChildSpec(draft, caller, request.child);
      return;
    case 'whichChildren':
      answer(draft, id, { kind: 'children', children: viewChildren(state) });
      return;
    case 'countChildren':
      answer(draft, id, { kind: 'counts', counts: countChildren(settings, state) });
      return;
  }
}

/** Validation first, then the id, then the start. A new child goes to the end of the start order. */
function startChild(draft: Draft, caller: RequestInput, spec: ChildSettings): void {
  const { settings, state } = draft;
  const refusal = refuseBadChild(spec, settings);
  const known = state.children.get(spec.id);
  if (refusal !== undefined) refuse(draft, caller.id, refusal.fault);
  else if (known !== undefined) {
    refuse(draft, caller.id, isUp(known) ? 'already_started' : 'already_present');
  } else if (state.orphans.has(spec.id)) refuse(draft, caller.id, 'already_present');
  else {
    const child = newChild(spec, true, state.nextPosition);
    state.nextPosition += 1;
    state.children.set(child.id, child);
    startFor(draft, caller, child);
  }
}

/**
 * Also fine if it does not run: then a retry is withdrawn. Those that were stopped to wait for it are started now,
 * as if it had been terminated after it. Without a backoff only a failed start is waited for, and they stay down,
 * as in OTP. A quarantined one stays quarantined.
 */
function terminateChild(draft: Draft, caller: RequestInput, key: ChildKey): void {
  if (isPool(draft.settings) && key.by === 'id') {
    refuse(draft, caller.id, 'simple_one_for_one');
    return;
  }
  const child = find(draft, key);
  if (child === undefined) {
    refuse(draft, caller.id, 'not_found');
    return;
  }
  child.failures = 0;
  child.awaits = undefined;
  draft.touched.add(child.id);
  if (isUp(child)) {
    planStops(draft, [child.id]);
    setOperation(draft, { kind: 'serve', caller, child: child.id, wasQuarantined: false });
    continueTerminate(draft, caller);
    return;
  }
  const others = draft.settings.backoff === false ? [] : claimWaiting(draft, child);
  if (child.status === 'restarting') {
    if (isPool(draft.settings)) forget(draft, child, 'terminated');
    else setStatus(draft, child, 'undefined');
  }
  answer(draft, caller.id, { kind: 'done' });
  if (others.length === 0) return;
  planStarts(draft, others);
  startOthers(draft, child.id);
}

function continueTerminate(draft: Draft, caller: RequestInput): void {
  if (!stopNext(draft)) return;
  setOperation(draft, undefined);
  answer(draft, caller.id, { kind: 'done' });
}

/** Its spec stays whatever it is, also that of a temporary child or an instance. */
function resetChild(draft: Draft, caller: RequestInput, key: ChildKey): void {
  const child = find(draft, key);
  if (child === undefined) {
    refuse(draft, caller.id, 'not_found');
    return;
  }
  child.failures = 0;
  child.window = [];
  child.as = 'reset';
  if (!isUp(child)) {
    startFor(draft, caller, child, claimWaiting(draft, child));
    return;
  }
  draft.touched.add(child.id);
  planStops(draft, [child.id]);
  setOperation(draft, { kind: 'serve', caller, child: child.id, wasQuarantined: false });
  continueReset(draft, caller, child.id);
}

/** Those that wait for a retry that will not come: they are started instead. */
function claimWaiting(draft: Draft, trigger: ChildState): string[] {
  if (trigger.status !== 'restarting') return [];
  const claimed: string[] = [];
  for (const child of draft.state.children.values()) {
    if (child.awaits !== trigger.id) continue;
    // from now on they are due, also should the process die or the supervisor end
    setPending(draft, child, 'restart');
    claimed.push(child.id);
  }
  return claimed;
}

/** What was asked for is under way and one of its stops was answered. */
export function continueServing(draft: Draft, { caller, child }: Serving): void {
  if (caller.request.kind === 'resetChild') continueReset(draft, caller, child);
  else continueTerminate(draft, caller);
}

function continueReset(draft: Draft, caller: RequestInput, id: string): void {
  if (!stopNext(draft)) return;
  const child = draft.state.children.get(id);
  if (child !== undefined) startFor(draft, caller, child);
}

/** Of a pool only an instance in quarantine can be restarted; that is ours, OTP knows no quarantine. */
function restartChild(draft: Draft, caller: RequestInput, key: ChildKey): void {
  const child = findSettled(draft, caller, key);
  if (child === undefined) return;
  child.failures = 0;
  if (child.status === 'quarantined') child.window = [];
  startFor(draft, caller, child);
}

function deleteChild(draft: Draft, caller: RequestInput, key: ChildKey): void {
  const child = findSettled(draft, caller, key);
  if (child === undefined) return;
  forget(draft, child, 'deleted');
  answer(draft, caller.id, { kind: 'done' });
}

function getChildSpec(draft: Draft, caller: RequestInput, key: ChildKey): void {
  const { settings } = draft;
  const ofPool = isPool(settings) && key.by === 'id' ? templateOf(settings, key.id) : undefined;
  const spec = ofPool ?? find(draft, key)?.spec;
  if (spec === undefined) refuse(draft, caller.id, 'not_found');
  else answer(draft, caller.id, { kind: 'spec', spec });
}

/** `others` are started after it, if it starts; the caller does not wait for them. */
function startFor(
  draft: Draft,
  caller: RequestInput,
  child: ChildState,
  others: readonly string[] = [],
): void {
  const wasQuarantined = child.status === 'quarantined';
  setStatus(draft, child, 'pending');
  setOperation(draft, { kind: 'serve', caller, child: child.id, wasQuarantined });
  planStarts(draft, [child.id, ...others]);
  startNext(draft);
}

/** The start for a caller succeeded. */
export function answerStarted(draft: Draft, serving: Serving, child: ChildState): void {
  setOperation(draft, undefined);
  const { id, incarnation } = child;
  const running = child.status === 'running';
  answer(draft, serving.caller.id, { kind: 'child', id, incarnation, running });
  if (draft.state.agenda.length > 0) startOthers(draft, id);
}

/**
 * The start for a caller failed: a new child is not stored, another stays down; no retry. One that was to
 * begin anew is out of reach of whoever restarts what is down if it belongs to a pool: it is quarantined.
 */
export function answerFailed(
  draft: Draft,
  serving: Serving,
  child: ChildState,
  reason: StartFailure,
): void {
  setOperation(draft, undefined);
  giveUpOthers(draft);
  child.reason = reason;
  if (child.status === 'quarantined') {
    // What is stored of it cannot be read: it stays known, so that a person can look at it.
  } else if (serving.caller.request.kind === 'startChild') forget(draft, child, 'start_failed');
  else if (serving.caller.request.kind === 'resetChild' && mustStayVisible(draft, serving))
    quarantine(draft, child, reasonInWords(child));
  else setStatus(draft, child, serving.wasQuarantined ? 'quarantined' : 'undefined');
  answer(draft, serving.caller.id, { kind: 'startFailed', reason });
}

/** As the second half of a restart of its group: what fails now is retried. */
function startOthers(draft: Draft, trigger: string): void {
  const restart = { kind: 'restart', trigger, phase: 'start', delayMs: undefined } as const;
  setOperation(draft, restart);
  continueRestart(draft, restart);
}

/** They stay down, as when the retry they wait for is withdrawn. */
function giveUpOthers(draft: Draft): void {
  const { state } = draft;
  for (const id of state.agenda) {
    const child = state.children.get(id);
    if (child?.status === 'pending') setStatus(draft, child, 'undefined');
  }
  state.agenda = [];
}

function mustStayVisible({ settings }: Draft, { wasQuarantined }: Serving): boolean {
  return isPool(settings) || wasQuarantined;
}

/** Its process is there, as far as callers can know. */
function isUp(child: ChildState): boolean {
  return child.status === 'running' || child.status === 'exited';
}

function find({ settings, state }: Draft, key: ChildKey): ChildState | undefined {
  const isRight = isPool(settings) === (key.by === 'handle');
  return isRight ? state.children.get(key.id) : undefined;
}

/** The child if nothing of it runs or will run; else the caller is refused. */
function findSettled(draft: Draft, caller: RequestInput, key: ChildKey): ChildState | undefined {
  const child = find(draft, key);
  if (isPool(draft.settings) && child?.status !== 'quarantined') {
    refuse(draft, caller.id, 'simple_one_for_one');
  } else if (child === undefined) refuse(draft, caller.id, 'not_found');
  else if (isUp(child)) refuse(draft, caller.id, 'running');
  else if (child.status === 'restarting') refuse(draft, caller.id, 'restarting');
  else return child;
  return undefined;
}
