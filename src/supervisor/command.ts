/** Everything a supervisor asks of the shell, to be carried out in the order given. */
import type { ExitReason } from '../actors/exit-reason.ts';
import type { Answer } from './answer.ts';
import type { ShutdownMs } from './child-spec.ts';
import type { StartFailure } from './start-failure.ts';
import type { EndCause, StartKind } from './state.ts';

/**
 * Why a child is no longer known: `temporary` (ended or stopped, never restarted), `finished` (an
 * instance of a pool that ended and is not restarted), `terminated` (an instance of a pool, by a
 * caller), `deleted` (by a caller), `ignored` and `start_failed` (never came into being),
 * `supervisor_restarted` (`childrenOnRestart: 'forget'`).
 */
export type ForgetCause =
  | 'temporary'
  | 'finished'
  | 'terminated'
  | 'deleted'
  | 'ignored'
  | 'start_failed'
  | 'supervisor_restarted';

/** What was decided about a child, for the log and for events. */
export interface Decision {
  readonly kind: 'decided';
  readonly child: string;
  readonly incarnation: number;
  readonly reason: StartFailure | undefined;
  /** `keep`: not restarted, spec kept. `escalate`: gives up. `shutdown`: auto-shutdown. */
  readonly decision: 'restart' | 'forget' | 'keep' | 'escalate' | 'quarantine' | 'shutdown';
  /** Restarts in the window that counts for this child, this one included if it was counted. */
  readonly restarts: number;
  /** `restart`: how long the start waits. */
  readonly delayMs: number;
}

interface About {
  readonly child: string;
  readonly incarnation: number;
}

export type Command =
  /** Answer with `started`, `startFailed` or `ignored`. */
  | (About & { readonly kind: 'startChild'; readonly as: StartKind })
  /** Answer with `stopped`; `exit`, `startFailed`, `ignored` do as well (it may be starting). */
  | (About & { readonly kind: 'stopChild'; readonly shutdownMs: ShutdownMs })
  /** Give `retryDue` at that time or later, behind whatever already waits; also if it is now. */
  | (About & { readonly kind: 'retryAt'; readonly atMs: number })
  | { readonly kind: 'answer'; readonly id: string; readonly answer: Answer }
  /**
   * Nothing of it runs, nothing about it is awaited, and it will never be named again. `reason`: of its last
   * end, if it ended since it was last started.
   */
  | (About & {
      readonly kind: 'forgetChild';
      readonly why: ForgetCause;
      readonly reason: StartFailure | undefined;
    })
  /** It does not run and must not, by a decision here: too many restarts. */
  | (About & { readonly kind: 'quarantineChild'; readonly why: string })
  /** Its own start or resume is complete. */
  | { readonly kind: 'started' }
  /** Its own start failed; what it had started is stopped again. */
  | { readonly kind: 'startFailed'; readonly reason: StartFailure }
  /** It has ended; nothing of it runs. With a cause: by itself. */
  | { readonly kind: 'exited'; readonly reason: ExitReason; readonly cause: EndCause | undefined }
  | Decision;
