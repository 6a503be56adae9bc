import { stopOnSignalsOptionsSchema } from '../base/call-options.ts';
import { PerdureError } from '../base/errors.ts';
import { readOptions } from '../base/option-reading.ts';

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
 * @throws {@link PerdureError} OPTION_INVALID
 * @public
 */
export function stopOnSignals(system: Stoppable, options: StopOnSignalsOptions = {}): Disposable {
  refuseUnstoppable(system);
  const {
    signals = ['SIGTERM', 'SIGINT'],
    before,
    deadlineMs,
  } = readOptions('stopOnSignals', stopOnSignalsOptionsSchema, options);
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

/** Whoever calls from JavaScript may give anything, such as a promise of a system. */
function refuseUnstoppable(given: unknown): void {
  const system = given as Partial<Stoppable> | null | undefined;
  const isStoppable =
    typeof system?.stop === 'function' && typeof system.closed?.then === 'function';
  if (isStoppable) return;
  const why = 'expected what createSystem() resolves with';
  throw new PerdureError('OPTION_INVALID', { path: 'stopOnSignals(system)', why });
}
