/** What of a tree's options is policy: everything that says how it runs, nothing that says what it is. */
import type { Backoff } from '../supervisor/backoff.ts';
import type { RestartType, ShutdownMs } from '../supervisor/child-spec.ts';
import type { AutoShutdown, Strategy } from '../supervisor/supervisor-settings.ts';

/** How something is one child of its supervisor. @public */
export interface PlacePolicy {
  readonly restart: RestartType;
  readonly significant: boolean;
  readonly shutdownMs: ShutdownMs;
}

/** How an actor runs. @public */
export interface RunPolicy {
  readonly attemptsMax: number;
  readonly restartFrom: 'snapshot' | 'initial';
  readonly mailboxMax: number;
  readonly startTimeoutMs: number;
  readonly history: boolean;
}

/** When a supervisor or a pool gives up, and what it does until then. @public */
export interface IntensityPolicy {
  readonly intensity: number;
  readonly periodMs: number;
  readonly backoff: false | Backoff;
  readonly intensityScope: 'supervisor' | 'child';
  readonly onExceeded: 'escalate' | 'quarantine';
  readonly childrenOnRestart: 'remember' | 'forget';
}

/** @public */
export interface ActorPolicy extends PlacePolicy, RunPolicy {}

/** The root has no place below another. @public */
export interface SupervisorPolicy
  extends IntensityPolicy,
    Pick<RunPolicy, 'attemptsMax' | 'restartFrom'>,
    Partial<PlacePolicy> {
  readonly strategy: Exclude<Strategy, 'simple_one_for_one'>;
  readonly autoShutdown: AutoShutdown;
  readonly finished: 'keep' | 'rerun';
}

/** Of a pool whose instances are subtrees, which have entries of their own. @public */
export interface SpecPoolPolicy extends IntensityPolicy {
  readonly childrenMax: number;
  readonly self: PlacePolicy;
}

/** Of a pool over a machine: of its instances too. @public */
export interface PoolPolicy extends SpecPoolPolicy, RunPolicy, Omit<PlacePolicy, 'significant'> {}

type Every = ActorPolicy & Required<SupervisorPolicy> & PoolPolicy;

/**
 * What is laid over the options of one actor, supervisor or pool. What is left out stays as the code has it;
 * that holds for each field of `backoff` and `self` too.
 *
 * @public
 */
export interface Policy extends Partial<Omit<Every, 'backoff' | 'self'>> {
  readonly backoff?: false | Partial<Backoff>;
  readonly self?: Partial<PlacePolicy>;
}

/**
 * Policies by address. `/desk/{tenant}` stands for all children of `/desk` that are made of its template
 * `tenant`, `/tenants/{tenant}` for all instances of the pool `/tenants` over `supervisor('tenant', …)`, and
 * addresses go on below them. Instances of a pool over a machine have the pool's own entry, as in `pool()`.
 *
 * @public
 */
export interface Policies {
  readonly [address: `/${string}`]: Policy;
}
