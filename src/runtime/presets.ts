/** Sets of options with a name: plain data, to be spread into `supervisor()`. */
import { limits } from '../base/limits.ts';
import type { ChildDefaults, IntensityOptions } from './child-options.ts';
import type { SupervisorOptions } from './tree-spec.ts';

type Preset = Omit<SupervisorOptions<[]>, 'children'>;

/**
 * - `durable`: the defaults.
 * - `otp`: as Erlang/OTP does it. Restarts at once and from the initial state, each crash counts, dynamic
 *   children are forgotten, what was done is done again in a group restart.
 * - `fleet`: many like agents of which one may fail for good without the others. Also for `pool()`.
 *
 * @example supervisor('desk', { ...presets.otp, children })
 * @public
 */
export const presets: {
  readonly durable: Preset;
  readonly otp: Preset;
  readonly fleet: IntensityOptions & ChildDefaults;
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
