/**
 * The supervisor: a state machine that only decides.
 *
 * Its rules are those of `supervisor` in Erlang/OTP. One thing at a time: while it starts or stops
 * children, everything else waits in its queue, which makes the order of events well defined.
 */
import { invariant } from '../base/assert.ts';
import type { ExitReason } from '../actors/exit-reason.ts';
import {
  beginResume,
  beginStart,
  continueBoot,
  continueRollBack,
  failBoot,
  leave,
} from './boot.ts';
import type { Command } from './command.ts';
import {
  dequeue,
  enqueue,
  emit,
  quarantine,
  refuse,
  setStatus,
  settleIgnored,
  tell,
  type Draft,
  type Now,
} from './draft.ts';
import { beginEnd, continueEnd } from './ending.ts';
import { decideExit, noteExit } from './exit.ts';
import type { Input, RequestInput } from './input.ts';
import { continueRestart, failRestart, retry } from './restart.ts';
import { answerFailed, answerStarted, continueServing, serve } from './serve.ts';
import { settleStopped } from './agenda.ts';
import type { StartFailure } from './start-failure.ts';
import type { ChildState, SupervisorState } from './state.ts';
import type { SupervisorSettings } from './supervisor-settings.ts';

export interface StepResult {
  /** The state given, changed. */
  readonly state: SupervisorState;
  /** To be carried out in this order. */
  readonly commands: readonly Command[];
  /** What has to be written down. */
  readonly changed: {
    /** Whether anything but children changed. */
    readonly own: boolean;
    /** Ids of children that changed; those not in `state.children` (nor its orphans) are gone. */
    readonly children: ReadonlySet<string>;
    /** Requests that wait from now on, by id; undefined: that wait no more. */
    readonly requests: ReadonlyMap<string, RequestInput | undefined>;
  };
}

/**
 * Takes one input. Total: any input is fine in any state, what makes no sense is ignored. Depends on
 * nothing but its arguments and calls nobody, so the shell may feed the results of commands back at
 * once. `state` is changed in place and belongs to `step`: whoever wants the old one clones it before.
 */
export function step(
  settings: SupervisorSettings,
  state: SupervisorState,
  input: Input,
  now: Now,
): StepResult {
  const draft: Draft = {
    settings,
    state,
    now,
    commands: [],
    touched: new Set(),
    waiting: new Map(),
    hasTouchedOwn: false,
  };
  const { phase, window, operation, endCause, nextPosition } = state;
  take(draft, input);
  drain(draft);
  const own =
    draft.hasTouchedOwn ||
    phase !== state.phase ||
    window !== state.window ||
    operation !== state.operation ||
    endCause !== state.endCause ||
    nextPosition !== state.nextPosition;
  return {
    state,
    commands: draft.commands,
    changed: { own, children: draft.touched, requests: draft.waiting },
  };
}

function take(draft: Draft, input: Input): void {
  const { state } = draft;
  switch (input.kind) {
    case 'start':
      beginStart(draft, input.children);
      return;
    case 'resume':
      beginResume(draft, input.children);
      return;
    case 'leave':
      leave(draft);
      return;
    case 'terminate':
      if (state.phase === 'new') endUnstarted(draft, input.reason);
      else if (state.phase !== 'ended' && state.phase !== 'ending') beginEnd(draft, input.reason);
      return;
    case 'request':
      if (isIdle(draft)) serve(draft, input);
      else if (mayWait(draft)) enqueue(draft, input);
      else refuse(draft, input.id, 'noproc');
      return;
    case 'exit':
    case 'stopped':
    case 'started':
    case 'startFailed':
    case 'ignored':
    case 'retryDue': {
      const child = state.children.get(input.child);
      // An older incarnation, or a child that is gone: nobody waits for this any more.
      if (child?.incarnation === input.incarnation) hear(draft, child, input);
      return;
    }
  }
}

type News = Extract<Input, { incarnation: number }>;

function hear(draft: Draft, child: ChildState, news: News): void {
  switch (child.status) {
    case 'starting':
      if (draft.state.phase === 'ending') hearOfLateStart(draft, child, news);
      else hearOfStart(draft, child, news);
      return;
    case 'stopping':
      if (news.kind === 'started' || news.kind === 'retryDue') return;
      draft.state.inFlight -= 1;
      if (news.kind !== 'ignored') child.reason = news.reason;
      settleStopped(draft, child);
      proceed(draft);
      return;
    case 'running':
      if (news.kind === 'exit') noteExit(draft, child, news.reason, news.faultKey);
      else if (news.kind === 'stopped') noteExit(draft, child, news.reason);
      return;
    case 'restarting':
      if (news.kind !== 'retryDue') return;
      if (isIdle(draft)) retry(draft, child);
      else if (mayWait(draft)) enqueue(draft, news);
      return;
    case 'pending':
    case 'exited':
    case 'undefined':
    case 'quarantined':
      return;
  }
}

function hearOfStart(draft: Draft, child: ChildState, news: News): void {
  switch (news.kind) {
    case 'started':
      setStatus(draft, child, 'running');
      child.runningSinceMs = draft.now.atMs;
      child.as = 'restart';
      child.reason = undefined;
      hasStarted(draft, child);
      return;
    case 'ignored':
      settleIgnored(draft, child);
      hasStarted(draft, child);
      return;
    case 'startFailed':
    // It never came up.
    case 'exit':
    case 'stopped':
      draft.state.inFlight -= 1;
      hasFailed(draft, child, news.reason);
      return;
    case 'retryDue':
      return;
  }
}

/** It was starting when its supervisor began to end, and has not been told to stop yet. */
function hearOfLateStart(draft: Draft, child: ChildState, news: News): void {
  if (news.kind === 'retryDue') return;
  if (news.kind === 'started') setStatus(draft, child, 'running');
  else settleStopped(draft, child);
}

function hasStarted(draft: Draft, child: ChildState): void {
  draft.state.inFlight -= 1;
  const { operation } = draft.state;
  if (operation?.kind === 'serve') answerStarted(draft, operation, child);
  else proceed(draft);
}

function hasFailed(draft: Draft, child: ChildState, reason: StartFailure): void {
  const { operation } = draft.state;
  // A child that must not run is no failed start: nothing is retried, the others go on.
  const isUnfit = reason.kind === 'quarantined';
  if (isUnfit) {
    child.reason = reason;
    tell(draft, child, 'quarantine');
    quarantine(draft, child, reason.why);
  }
  switch (operation?.kind) {
    case 'boot':
      if (isUnfit) proceed(draft);
      else failBoot(draft, child, reason, operation.how);
      return;
    case 'restart':
      if (isUnfit) proceed(draft);
      else if (child.spec.restart === 'temporary') {
        noteExit(draft, child, reason);
        proceed(draft);
      } else failRestart(draft, child, reason);
      return;
    case 'serve':
      answerFailed(draft, operation, child, reason);
      return;
    case 'rollBack':
    case 'end':
    case undefined:
      invariant(false, 'a child is starting only in an operation that starts children');
  }
}

/** A start or a stop has been answered: the operation goes on. */
function proceed(draft: Draft): void {
  const { operation } = draft.state;
  switch (operation?.kind) {
    case 'boot':
      continueBoot(draft);
      return;
    case 'rollBack':
      continueRollBack(draft, operation.reason);
      return;
    case 'restart':
      continueRestart(draft, operation);
      return;
    case 'serve':
      continueServing(draft, operation);
      return;
    case 'end':
      continueEnd(draft, operation.reason, operation.cause);
      return;
    case undefined:
      return;
  }
}

/** What waited is taken in order, until something begins that takes time. */
function drain(draft: Draft): void {
  while (isIdle(draft)) {
    const input = dequeue(draft);
    if (input === undefined) return;
    if (input.kind === 'request') serve(draft, input);
    else if (input.kind === 'exit' || input.kind === 'retryDue') {
      const child = draft.state.children.get(input.child);
      if (child?.incarnation !== input.incarnation) continue;
      // Stopped or given up meanwhile: then its status tells.
      if (input.kind === 'exit' && child.status === 'exited') decideExit(draft, child);
      if (input.kind === 'retryDue' && child.status === 'restarting') retry(draft, child);
    }
  }
}

/** Whether there will be a time for what waits. */
function mayWait({ state }: Draft): boolean {
  return state.phase === 'starting' || state.phase === 'running';
}

function isIdle({ state }: Draft): boolean {
  return state.phase === 'running' && state.operation === undefined;
}

function endUnstarted(draft: Draft, reason: ExitReason): void {
  draft.state.phase = 'ended';
  emit(draft, { kind: 'exited', reason, cause: undefined });
}
