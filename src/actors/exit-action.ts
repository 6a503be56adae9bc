/** Ending oneself on purpose. */
import { sendTo } from 'xstate';
import type { ActionFunction, EventObject, MachineContext, ParameterizedObject } from 'xstate';
import { PerdureError } from '../base/errors.ts';
import { exitEvent, exitRef } from './special-refs.ts';

/**
 * Ends the actor after this turn, whose state is kept. `shutdown` and `normal` are OTP's words: both end a
 * `transient` actor for good, a `permanent` one is restarted. To crash, throw.
 *
 * @public
 */
export function exit<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends ParameterizedObject['params'] | undefined,
  TEvent extends EventObject,
>(
  reason: 'normal' | 'shutdown',
  detail?: unknown,
): ActionFunction<TContext, TExpressionEvent, TEvent, TParams, never, never, never, never, never> {
  if (reason !== 'normal' && reason !== 'shutdown') {
    throw new PerdureError('OPTION_INVALID', {
      path: 'exit(reason)',
      why: `expected 'normal' or 'shutdown', not '${String(reason)}'; to crash, throw`,
    });
  }
  const event: EventObject & { reason: string; detail: unknown } = {
    type: exitEvent,
    reason,
    detail,
  };
  return sendTo(exitRef, event) as never;
}
