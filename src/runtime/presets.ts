/** Sets of options with a name: plain data, to be spread into `supervisor()`. */
import { limits } from '../base/limits.ts';
import type { Backoff } from '../supervisor/backoff.ts';
import type { IntensityPolicy, RunPolicy, SupervisorPolicy } from './policy-types.ts';

type ForChildren = Pick<RunPolicy, 'attemptsMax' | 'restartFrom'>;

/**
 * - `durable`: the defaults.
 * - `otp`: as Erlang/OTP does it. Restarts at once and from the initial state, each crash counts, dynamic
 *   children are forgotten, what was done is done again in a group restart.
 * - `fleet`: many like agents of which one may fail for good without the others. Also for `pool()`, which the
 *   other two do not fit: a pool has no group restart and so takes no `finished`.
 *
 * @example supervisor('desk', { ...presets.otp, children })
 * @public
 */
export const presets: {
  readonly durable: IntensityPolicy &
    ForChildren & { readonly backoff: Backoff; readonly finished: 'keep' };
  readonly otp: ForChildren &
    Pick<IntensityPolicy, 'childrenOnRestart'> & {
      readonly backoff: false;
      readonly finished: SupervisorPolicy['finished'];
    };
  readonly fleet: Pick<IntensityPolicy, 'intensityScope' | 'onExceeded'>;
} = Object.freeze({
  durable: Object.freeze({
    intensity: limits.intensity,
    periodMs: limits.periodMs,
    backoff: Object.freeze({
      minMs: limits.backoffMinMs,
      maxMs: limits.backoffMaxMs,
      factor: limits.backoffFactor,
      jitter: 'full',
    }),
    intensityScope: 'supervisor',
    onExceeded: 'escalate',
    childrenOnRestart: 'remember',
    finished: 'keep',
    attemptsMax: limits.attemptsMax,
    restartFrom: 'snapshot',
  }),
  otp: Object.freeze({
    backoff: false,
    childrenOnRestart: 'forget',
    finished: 'rerun',
    attemptsMax: 1,
    restartFrom: 'initial',
  }),
  fleet: Object.freeze({ intensityScope: 'child', onExceeded: 'quarantine' }),
});
