/** What an embedder is told of a tree that ended, or never came up. */
import { PerdureError } from '../base/errors.ts';
import type { Command } from '../supervisor/command.ts';
import { describeFailure, type StartFailure, thrownIn } from '../supervisor/start-failure.ts';
import type { Closed } from './system-types.ts';

export type EndCause = Extract<Command, { kind: 'exited' }>['cause'];

/** A tree that ends because its significant children have done their work ends well. */
export function closedBy(cause: EndCause): Closed {
  if (cause?.kind !== 'intensity') return { reason: 'stopped', exitCode: 0 };
  const { child, intensity, periodMs } = cause;
  const error = new PerdureError('SUPERVISOR_GAVE_UP', {
    address: '/',
    child,
    intensity,
    periodMs,
  });
  return { reason: 'root_ended', error, exitCode: 70 };
}

/** A child that did not come up, or the first one below the root that did not. */
export function startError(
  address: string,
  child: string,
  failure: StartFailure,
): PerdureError<'SUPERVISOR_START_FAILED'> {
  const why = describeFailure(failure);
  const facts = { address, child, why, failure };
  return new PerdureError('SUPERVISOR_START_FAILED', facts, { cause: causeOf(failure, why) });
}

/** What the user's code threw, as far as it was kept: it is their line that has to be found, not ours. */
function causeOf(failure: StartFailure, why: string): Error {
  const thrown = thrownIn(failure);
  if (thrown === undefined) return new Error(why);
  const { name, message, stack, code } = thrown;
  const error = Object.assign(new Error(message), code === undefined ? {} : { code });
  for (const [key, value] of Object.entries({ name, stack }))
    if (value !== undefined) Object.defineProperty(error, key, { value, configurable: true });
  return error;
}

export function rootStartError(failure: StartFailure): PerdureError<'SUPERVISOR_START_FAILED'> {
  const child = failure.kind === 'failed_to_start_child' ? failure.child : '';
  return startError('/', child, failure);
}
