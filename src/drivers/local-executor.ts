import { AsyncResource } from 'node:async_hooks';
import type { Executor, UserCode } from '../ports/executor.ts';

/** Runs user code in this thread, in the async context in which the executor was made. */
export function localExecutor(): Executor {
  const context = new AsyncResource('perdure.executor');
  return {
    run: <T>(_kind: UserCode, fn: () => T | PromiseLike<T>): Promise<T> =>
      context.runInAsyncScope(async () => await fn()),
    enter: <T>(fn: () => T): T => context.runInAsyncScope(fn),
  };
}
