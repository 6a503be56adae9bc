/** Putting work aside that an actor cannot do, and going on. */
import { sendTo } from 'xstate';
import type {
  ActionArgs,
  ActionFunction,
  EventObject,
  MachineContext,
  ParameterizedObject,
} from 'xstate';
import { parkEvent, parkRef } from './special-refs.ts';

/** What is put aside, and why. @public */
export interface Parked<TEvent extends EventObject> {
  /** What the actor gets when a person retries the dead letter. */
  readonly event: TEvent;
  readonly error: unknown;
  /** @defaultValue 1 */
  readonly attempts?: number;
}

/** What {@link park} sends to {@link parkRef}. */
export interface ParkRequest extends EventObject, Parked<EventObject> {
  readonly type: typeof parkEvent;
}

/**
 * Puts an event of the actor itself among the dead letters, with its error: reason `parked`, as that of a message
 * that failed too often. It is part of the turn. `deadLetters.retry` sends the event to the actor. Where there is no
 * room for another dead letter, the turn waits (`actor.blocked`): nothing is lost.
 *
 * @public
 */
export function park<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends ParameterizedObject['params'] | undefined,
  TEvent extends EventObject,
>(
  what: (
    args: ActionArgs<TContext, TExpressionEvent, TEvent>,
    params: TParams,
  ) => Parked<NoInfer<TEvent>>,
): ActionFunction<TContext, TExpressionEvent, TEvent, TParams, never, never, never, never, never> {
  const request = (args: never, params: never): ParkRequest => {
    const { event, error, attempts = 1 } = what(args, params);
    return { type: parkEvent, event, error, attempts };
  };
  return sendTo(parkRef as never, request as never) as never;
}
