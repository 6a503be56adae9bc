/** What an embedder is told of a tree that ended, or never came up. */
import { PerdureError } from '../base/errors.ts';
import type { Command } from '../supervisor/command.ts';
import { describeFailure, type StartFailure } from '../supervisor/start-failure.ts';
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

export function startError(failure: StartFailure): PerdureError {
  const child = failure.kind === 'failed_to_start_child' ? failure.child : '';
  const cause = new Error(describeFailure(failure));
  return new PerdureError(
    'SUPERVISOR_START_FAILED',
    { address: '/', child, why: cause.message, failure },
    { cause },
  );
}
