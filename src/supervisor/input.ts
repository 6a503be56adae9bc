/** Everything a supervisor is told and asked. */
import type { ExitReason } from '../actors/exit-reason.ts';
import type { ChildSettings } from './child-spec.ts';
import type { StartFailure } from './start-failure.ts';

/**
 * `id`: by the name in the spec. `handle`: a certain running thing, OTP's pid; the only way to name an
 * instance of a pool, and no way to name a child of any other supervisor.
 */
export interface ChildKey {
  readonly id: string;
  readonly by: 'id' | 'handle';
}

/** OTP's API, and `resetChild`, which is ours. The answers are in `answer.ts`. */
export type Request =
  | { readonly kind: 'startChild'; readonly spec: ChildSettings }
  | { readonly kind: 'terminateChild'; readonly child: ChildKey }
  | { readonly kind: 'restartChild'; readonly child: ChildKey }
  | { readonly kind: 'deleteChild'; readonly child: ChildKey }
  /** Stops it if it runs, and starts it from the beginning, whatever it is and wherever it stands. */
  | { readonly kind: 'resetChild'; readonly child: ChildKey }
  | { readonly kind: 'getChildSpec'; readonly child: ChildKey }
  | { readonly kind: 'whichChildren' }
  | { readonly kind: 'countChildren' };

export interface RequestInput {
  readonly kind: 'request';
  /** Comes back with the answer. */
  readonly id: string;
  readonly request: Request;
}

interface About {
  readonly child: string;
  /** The one that was started. Anything about another one is ignored. */
  readonly incarnation: number;
}

export type Input =
  /**
   * Its own start, or start after it ended: every child, in order. `children` are those of the code
   * (none for a pool).
   */
  | { readonly kind: 'start'; readonly children: readonly ChildSettings[] }
  /**
   * The process died (or the system was stopped) and is back: what ran runs again, in order, what did
   * not run does not; the window stays; a start that fails is a failed restart, not the end.
   */
  | { readonly kind: 'resume'; readonly children: readonly ChildSettings[] }
  /** The process ended while it ran, and it is not to run in this one: nothing of it does. */
  | { readonly kind: 'leave' }
  /** A child ended by itself. */
  | (About & { readonly kind: 'exit'; readonly reason: ExitReason; readonly faultKey?: string })
  | (About & { readonly kind: 'started' })
  | (About & { readonly kind: 'startFailed'; readonly reason: StartFailure })
  /** Its start said that there is nothing to run: success without a running child. */
  | (About & { readonly kind: 'ignored' })
  /** It ended because it was told to; the reason is for the record only. */
  | (About & { readonly kind: 'stopped'; readonly reason: ExitReason })
  | (About & { readonly kind: 'retryDue' })
  /** Whoever owns the supervisor stops it. Does not wait for the operation in hand. */
  | { readonly kind: 'terminate'; readonly reason: ExitReason }
  | RequestInput;
