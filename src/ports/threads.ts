/** Where code runs that would hold up this thread, or never ends. */
export interface Threads {
  /** Rejects if there is no such module to be read. */
  find(module: string): Promise<void>;
  /**
   * Calls the default export of the module, named by its URL, in a thread that does nothing else meanwhile.
   * When `signal` is aborted, the thread is ended wherever it is, and the promise rejects.
   */
  run(module: string, call: unknown, signal: AbortSignal): Promise<unknown>;
  /** Ends all threads. */
  close(): Promise<void>;
}
