/** A supervisor's own end: everything is stopped in reverse start order, then it exits. */
import { shutdown, type ExitReason } from '../actors/exit-reason.ts';
import { planStops, stopNext } from './agenda.ts';
import { dismissQueue, emit, refuse, setOperation, type Draft } from './draft.ts';
import { isDown, type ChildState, type EndCause } from './state.ts';

/**
 * Ends the supervisor, whatever it is doing: a start or stop that is under way is awaited or withdrawn,
 * what was planned is dropped, whoever waits for an answer is told `noproc`.
 */
export function beginEnd(draft: Draft, reason: ExitReason, cause?: EndCause): void {
  const { state } = draft;
  if (state.operation?.kind === 'serve') refuse(draft, state.operation.caller.id, 'noproc');
  setOperation(draft, { kind: 'end', reason, cause });
  state.phase = 'ending';
  planStops(draft, [...state.children.keys()]);
  for (const child of state.children.values()) {
    if (child.status === 'stopping') state.inFlight += 1;
  }
  continueEnd(draft, reason, cause);
}

export function continueEnd(draft: Draft, reason: ExitReason, cause: EndCause | undefined): void {
  if (!stopNext(draft)) return;
  const { state } = draft;
  setOperation(draft, undefined);
  state.phase = 'ended';
  state.endCause = cause;
  dismissQueue(draft);
  emit(draft, { kind: 'exited', reason, cause });
}

/**
 * Ends the supervisor with `shutdown` if the end of this child, which is not restarted, asks for it
 * (Erlang/OTP: `supervisor:do_auto_shutdown/2`). Those in state undefined do not count as left.
 */
export function shutDownAfter(draft: Draft, ended: ChildState): void {
  const { settings, state } = draft;
  if (!ended.spec.significant || settings.autoShutdown === 'never') return;
  if (settings.autoShutdown === 'all_significant') {
    for (const child of state.children.values()) {
      if (child.spec.significant && !isDown(child)) return;
    }
  }
  emit(draft, {
    kind: 'decided',
    child: ended.id,
    incarnation: ended.incarnation,
    reason: ended.reason,
    decision: 'shutdown',
    restarts: state.window.length,
    delayMs: 0,
  });
  beginEnd(draft, shutdown, { kind: 'auto_shutdown', child: ended.id });
}
