/** What user code that may wait is: run for a step or promise, `onStart`/`onStop`, an action, a callback. */
export type UserCode = 'step' | 'hook' | 'action' | 'callback';

/**
 * Where user code that may wait runs: here, in the async context in which the system was created. Another
 * implementation may carry it to a thread.
 */
export interface Executor {
  /** Runs `fn`, now or soon; a throw becomes a rejection. */
  run<T>(kind: UserCode, fn: () => T | PromiseLike<T>): Promise<T>;
  /** Runs `fn` here and now, in the async context in which the system was created. */
  enter<T>(fn: () => T): T;
}
