/** What a supervisor knows of one child before it runs: OTP's child specification, complete and checked. */

/** Whether a child that ended is started again. The table is in `restart-type.ts`. @public */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/**
 * How a child is stopped by its supervisor: this long after it was asked it is killed; never; at once.
 *
 * @public
 */
export type ShutdownMs = number | 'infinity' | 'brutal_kill';

/** @public */
export type ChildType = 'worker' | 'supervisor';

/** One child, complete and checked. */
export interface ChildSettings {
  /** Unique among its siblings. The label, for an instance of a pool. */
  readonly id: string;
  readonly type: ChildType;
  readonly restart: RestartType;
  readonly shutdownMs: ShutdownMs;
  /** Its end may be the end of its supervisor: see `autoShutdown`. */
  readonly significant: boolean;
  /** What it was made of, if it was added while the system ran: one of its supervisor's templates. */
  readonly template?: string;
}
