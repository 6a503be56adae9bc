/** What a user may say of an actor or a pool in the tree. Checked against `base/tree-options.ts`. */
import type { AnyActorLogic, InputFrom } from '../actors/host-types.ts';
import type { Migration, StartHookArgs, StopHookArgs } from '../actors/actor-settings.ts';
import type { Backoff } from '../supervisor/backoff.ts';
import type { RestartType, ShutdownMs } from '../supervisor/child-spec.ts';

/** What a child may leave to its supervisor, which may set it for all its children. @public */
export interface ChildDefaults {
  /** Turns that may fail at one message before it is parked as a dead letter. @defaultValue 3 */
  readonly attemptsMax?: number;
  /** What a restart goes on from. `initial`: OTP's way, the state is dropped. @defaultValue `'snapshot'` */
  readonly restartFrom?: 'snapshot' | 'initial';
}

/** How one actor, or each instance of a pool, runs. @public */
export interface ChildOptions<L extends AnyActorLogic = AnyActorLogic> extends ChildDefaults {
  /** How long stopping may take before the actor is killed. @defaultValue 5_000 */
  readonly shutdownMs?: ShutdownMs;
  /** Messages from outside that may wait. @defaultValue 10_000 */
  readonly mailboxMax?: number;
  /** How long `onStart` may take. @defaultValue 30_000 */
  readonly startTimeoutMs?: number;
  /** Whether the end of an actor that it is linked to is an event `perdure.exit`. @defaultValue false */
  readonly trapExits?: boolean;
  /** Whether each turn writes a history row, which replay needs. @defaultValue false */
  readonly history?: boolean;
  /** Version of the machine, whole and counted from 1. @defaultValue 1 */
  readonly version?: number;
  /** Steps from older versions to `version`, by the version they start from. */
  readonly migrate?: Readonly<Record<number, Migration>>;
  /**
   * Called in each incarnation before its first turn. A throw or a rejection: the start failed.
   * `'ignore'`: nothing runs, and that is fine.
   */
  readonly onStart?: (
    args: Omit<StartHookArgs, 'input'> & { readonly input: InputFrom<L> },
  ) => void | 'ignore' | PromiseLike<void | 'ignore'>;
  /**
   * Called when the actor stops, after its effects ended. Also when a write failed, with the reason
   * `store_failed`: then its steps run on, and `onStart` is called next.
   */
  readonly onStop?: (args: StopHookArgs) => void | PromiseLike<void>;
}

/** @public */
export interface RestartOptions<R extends RestartType> {
  /** @defaultValue `'permanent'` */
  readonly restart?: R;
  /** Its end may end its supervisor: see `autoShutdown`. A permanent child cannot be significant. */
  readonly significant?: R extends 'permanent' ? false : boolean;
}

/** @public */
export type InputOption<L extends AnyActorLogic> =
  undefined extends InputFrom<L>
    ? { readonly input?: InputFrom<L> }
    : { readonly input: InputFrom<L> };

/** @public */
export type ActorOptions<L extends AnyActorLogic, R extends RestartType> = ChildOptions<L> &
  RestartOptions<R> &
  InputOption<L> & {
    /** The durable name, by which XState's `system.get()` finds it. */
    readonly name?: string;
  };

/** The options, which may be left out if nothing in them is required. */
export type ArgsFor<O> = {} extends O ? [options?: O] : [options: O];

/** When a supervisor gives up. @public */
export interface IntensityOptions {
  /** Restarts within `periodMs` that are fine; the next one is fatal. @defaultValue 10 */
  readonly intensity?: number;
  /** @defaultValue 60_000 */
  readonly periodMs?: number;
  /** Waits between restarts; `false`: none, as in OTP. @defaultValue 100 ms doubling to 30 s, jittered */
  readonly backoff?: Partial<Backoff> | false;
  /** Whether one window counts for all children, as in OTP, or each has its own. @defaultValue `'supervisor'` */
  readonly intensityScope?: 'supervisor' | 'child';
  /** @defaultValue `'escalate'`, as in OTP */
  readonly onExceeded?: 'escalate' | 'quarantine';
  /** Whether dynamic children survive a restart of their supervisor. @defaultValue `'remember'` */
  readonly childrenOnRestart?: 'remember' | 'forget';
}

/** How a supervisor or a pool is one child of another supervisor. The root has none of these. @public */
export interface PlaceOptions<R extends RestartType = RestartType> extends RestartOptions<R> {
  /** How long all below it may take to stop before they are killed. @defaultValue `'infinity'` */
  readonly shutdownMs?: ShutdownMs;
}

/** A permanent place, which is the default, or one that may be significant. @public */
export type AnyPlaceOptions =
  | PlaceOptions<'permanent'>
  | (PlaceOptions<'transient' | 'temporary'> & { readonly restart: 'transient' | 'temporary' });

/** What a pool is beside its instances. @public */
export interface PoolOwnOptions extends IntensityOptions {
  /** Instances that may be at one time. @defaultValue 100_000 */
  readonly childrenMax?: number;
  /** The pool itself, as a child of its supervisor. */
  readonly self?: AnyPlaceOptions;
  /** A pool has no group restart: it takes no preset that says this. */
  readonly finished?: never;
}

/** @public */
export type PoolOptions<L extends AnyActorLogic> = ChildOptions<L> &
  PoolOwnOptions & {
    /** Of each instance. @defaultValue `'permanent'` */
    readonly restart?: RestartType;
  };
