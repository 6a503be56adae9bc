/**
 * Where user code that may wait runs (steps, hooks, named actions): here, in the async context in which
 * the system was created. Another implementation may carry it to a thread.
 */
export interface Executor {
  /** Runs `fn`; a throw becomes a rejection. */
  run<T>(fn: () => T | PromiseLike<T>): Promise<T>;
  /** Runs `fn` here and now, in the async context in which the system was created. */
  enter<T>(fn: () => T): T;
}
