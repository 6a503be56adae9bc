/** Time and the two ways to be called back. Simulated in tests. */
export interface Clock {
  /** Wall time in ms since the epoch; may jump in both directions. */
  wallMs(): number;
  /** Elapsed ms since some start; never goes back. */
  monotonicMs(): number;
  /**
   * Calls `fn` once, not before `delayMs` have passed: of elapsed time, or on the wall for waits of more than a
   * minute, so that the hours count in which the machine slept. Returns how to withdraw it. Any delay is fine.
   */
  after(delayMs: number, fn: () => void): () => void;
  /** Calls `fn` once, soon, after I/O callbacks had their chance. */
  soon(fn: () => void): void;
  /** Keeps the process alive until the returned function is called. */
  hold(): () => void;
}
