/** What follows when a child ends by itself. */
import { crash, type ExitReason } from '../actors/exit-reason.ts';
import {
  enqueue,
  forget,
  quarantine,
  reasonInWords,
  setStatus,
  tell,
  type Draft,
} from './draft.ts';
import { shutDownAfter } from './ending.ts';
import { decideRestart } from './restart.ts';
import { afterExit } from './restart-type.ts';
import { describeFailure, isExitReason, type StartFailure } from './start-failure.ts';
import type { ChildState } from './state.ts';
import { isPool } from './supervisor-settings.ts';

/** Notes the end; the decision waits for its turn behind what already waits. */
export function noteExit(
  draft: Draft,
  child: ChildState,
  reason: StartFailure,
  faultKey?: string,
): void {
  setStatus(draft, child, 'exited');
  child.reason = reason;
  child.faultKey = faultKey;
  enqueue(draft, {
    kind: 'exit',
    child: child.id,
    incarnation: child.incarnation,
    reason: asExit(reason),
  });
}

/** Decides about a child whose end was noted (Erlang/OTP: `supervisor:do_restart/3`). */
export function decideExit(draft: Draft, child: ChildState): void {
  const reason = asExit(child.reason);
  if (reason.kind === 'quarantined') {
    tell(draft, child, 'quarantine');
    quarantine(draft, child, reasonInWords(child));
    return;
  }
  const after = afterExit(child.spec.restart, reason);
  if (after === 'restart') {
    decideRestart(draft, child);
    return;
  }
  child.runningSinceMs = undefined;
  tell(draft, child, after);
  if (after === 'forget') forget(draft, child, 'temporary');
  else if (isPool(draft.settings)) forget(draft, child, 'finished');
  else setStatus(draft, child, 'undefined');
  shutDownAfter(draft, child);
}

/** A failed start, seen as an end: abnormal, with the words of the failure. */
function asExit(reason: StartFailure | undefined): ExitReason {
  if (reason === undefined) return crash('it ended without a reason');
  return isExitReason(reason) ? reason : crash(describeFailure(reason));
}
