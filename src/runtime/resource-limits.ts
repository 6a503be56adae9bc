/** What steps share, and how they ask for it: see `resources.ts`. */

/** @public */
export interface ResourceLimits {
  /** So many steps run at once. @defaultValue no limit */
  readonly concurrency?: number;
  /** So many begin in any `perMs` milliseconds of durable time. @defaultValue no limit */
  readonly rate?: { readonly max: number; readonly perMs: number };
}

/** By name. @public */
export type Resources = Readonly<Record<string, ResourceLimits>>;

/** Who lets steps begin. */
export interface ResourceGate {
  /** Whether it may begin now. If not, `start` is called when it may be worth asking again. */
  admits(name: string | undefined, uid: number, start: () => void): boolean;
  /** That attempt begins with the next batch. */
  take(name: string, uid: number, attempt: number): void;
  /** It runs: from now on that is what counts. */
  passOn(uid: number): void;
  /** It did not begin after all. */
  giveBack(uid: number): void;
  /** Nobody waits for it any more. */
  withdraw(uid: number): void;
  /** One of those that ran has ended. */
  freed(name: string): void;
}
