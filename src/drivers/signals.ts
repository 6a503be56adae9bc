/** What `stopOnSignals` needs of a system. */
interface Stoppable {
  stop(options?: { deadlineMs?: number; reason?: string }): Promise<void>;
  readonly closed: Promise<unknown>;
}

/** @public */
export interface StopOnSignalsOptions {
  /** @defaultValue `['SIGTERM', 'SIGINT']` */
  readonly signals?: readonly NodeJS.Signals[];
  /** Called first, for instance to close a server. A throw is told as a warning of the process. */
  readonly before?: () => void | PromiseLike<void>;
  /** @defaultValue 30_000 */
  readonly deadlineMs?: number;
}

/**
 * Stops the system when the process is asked to end. Opt-in: perdure touches nothing of `process` by itself,
 * and never exits it. Disposing takes the handlers away; so does the end of the system.
 *
 * @public
 */
export function stopOnSignals(system: Stoppable, options: StopOnSignalsOptions = {}): Disposable {
  const { signals = ['SIGTERM', 'SIGINT'], before, deadlineMs } = options;
  const onSignal = (signal: NodeJS.Signals): void => {
    void Promise.resolve()
      .then(before)
      .catch((error: unknown) =>
        process.emitWarning(`stopOnSignals: before() failed: ${String(error)}`),
      )
      .then(() =>
        system.stop({ reason: signal, ...(deadlineMs === undefined ? {} : { deadlineMs }) }),
      );
  };
  const dispose = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  void system.closed.then(dispose);
  return { [Symbol.dispose]: dispose };
}
