/** Why something could not be started. */
import { describe, type ErrorRecord, type ExitReason } from '../actors/exit-reason.ts';
import type { SettingsRefusal } from './settings-refusal.ts';

/**
 * Why a child or a whole supervisor could not be started. A supervisor's failure names the child and
 * nests that child's, as OTP's `{shutdown, {failed_to_start_child, Id, Reason}}`.
 */
export type StartFailure =
  | ExitReason
  | { readonly kind: 'refused'; readonly refusal: SettingsRefusal }
  | {
      readonly kind: 'failed_to_start_child';
      readonly child: string;
      readonly reason: StartFailure;
    };

/** Whether it is the reason of the child itself, not of something below it or of its settings. */
export function isExitReason(failure: StartFailure): failure is ExitReason {
  return failure.kind !== 'refused' && failure.kind !== 'failed_to_start_child';
}

/** What was thrown, if that is what it comes down to. */
export function thrownIn(failure: StartFailure): ErrorRecord | undefined {
  if (failure.kind === 'failed_to_start_child') return thrownIn(failure.reason);
  return failure.kind === 'crash' ? failure.error : undefined;
}

/** One line for people: the path of children, then what happened to the last one. */
export function describeFailure(failure: StartFailure): string {
  switch (failure.kind) {
    case 'failed_to_start_child':
      return `could not start '${failure.child}': ${describeFailure(failure.reason)}`;
    case 'refused':
      return `${failure.refusal.path}: ${failure.refusal.why}`;
    case 'normal':
    case 'shutdown':
    case 'crash':
    case 'killed':
    case 'quarantined':
      return describe(failure);
  }
}
