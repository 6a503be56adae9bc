/** What callers are told: OTP's answers, as data. */
import type { ChildSettings, ChildType } from './child-spec.ts';
import type { SettingsFault } from './settings-refusal.ts';
import type { StartFailure } from './start-failure.ts';

/** One line of `whichChildren`. */
export interface ChildView {
  readonly id: string;
  readonly type: ChildType;
  readonly state: 'running' | 'undefined' | 'restarting' | 'quarantined';
  readonly incarnation: number;
}

/** `countChildren`: `active` run; `supervisors` and `workers` count all that are known. */
export interface ChildCounts {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/**
 * Why a request was refused, by OTP's words. `already_present`: known, but not running.
 * `simple_one_for_one`: not possible for a pool. `noproc`: the supervisor does not run (any more).
 */
export type RequestError =
  | 'not_found'
  | 'running'
  | 'restarting'
  | 'already_started'
  | 'already_present'
  | 'simple_one_for_one'
  | 'noproc'
  | SettingsFault;

export type Answer =
  /** terminateChild, deleteChild. */
  | { readonly kind: 'done' }
  /** startChild, restartChild. `running` false: its start said that there is nothing to run. */
  | {
      readonly kind: 'child';
      readonly id: string;
      readonly incarnation: number;
      readonly running: boolean;
    }
  | { readonly kind: 'spec'; readonly spec: ChildSettings }
  /** Latest started first. */
  | { readonly kind: 'children'; readonly children: readonly ChildView[] }
  | { readonly kind: 'counts'; readonly counts: ChildCounts }
  | { readonly kind: 'startFailed'; readonly reason: StartFailure }
  | { readonly kind: 'refused'; readonly error: RequestError };
