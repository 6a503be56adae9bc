/**
 * Answering a question. An answer is an `xstate.sendTo` toward the asker's ref, so it is part of the turn
 * and released with its batch.
 *
 * A `sendTo` whose target is `undefined` goes, silently, to the actor itself. So where there is nobody to
 * answer, the target is the sink, never `undefined`.
 */
import { sendTo } from 'xstate';
import type {
  ActionArgs,
  ActionFunction,
  AnyActorRef,
  EventObject,
  MachineContext,
  ParameterizedObject,
} from 'xstate';
import type { ReplyOf, ReplyRef } from './ask.ts';
import { isActorRef } from './light-ref.ts';
import { replyEvent, sinkRef } from './special-refs.ts';

type Params = ParameterizedObject['params'] | undefined;
type AnyArgs = ActionArgs<MachineContext, EventObject, EventObject>;
type Expression<T> = (args: AnyArgs, params: Params) => T;

/**
 * Answers the event that is being handled; part of the turn's commit. On an event without `replyTo` it
 * does nothing, and `value` is not evaluated.
 *
 * @public
 */
export function reply<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(
  value: (
    args: ActionArgs<TContext, TExpressionEvent, TEvent>,
    params: TParams,
  ) => ReplyOf<TExpressionEvent>,
): ActionFunction<TContext, TExpressionEvent, TEvent, TParams, never, never, never, never, never> {
  const target: Expression<unknown> = ({ event }) => (event as { replyTo?: unknown }).replyTo;
  return answer(target, value as unknown as Expression<unknown>) as never;
}

/**
 * Answers an earlier event whose `replyTo` was kept in context. An `undefined` target: nothing happens.
 *
 * @public
 */
export function replyTo<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
  R,
  const V extends R,
>(
  target: (
    args: ActionArgs<TContext, TExpressionEvent, TEvent>,
    params: TParams,
  ) => ReplyRef<R> | undefined,
  value: (args: ActionArgs<TContext, TExpressionEvent, TEvent>, params: TParams) => V,
): ActionFunction<TContext, TExpressionEvent, TEvent, TParams, never, never, never, never, never> {
  return answer(
    target as unknown as Expression<unknown>,
    value as unknown as Expression<unknown>,
  ) as never;
}

/** XState evaluates the event before the target; so both ask for the target, which is an expression. */
function answer(target: Expression<unknown>, value: Expression<unknown>): unknown {
  return sendTo(
    (args: AnyArgs, params: Params): AnyActorRef => {
      const asker = target(args, params);
      return isActorRef(asker) ? asker : sinkRef;
    },
    (args: AnyArgs, params: Params) => ({
      type: replyEvent,
      value: isActorRef(target(args, params)) ? value(args, params) : undefined,
    }),
  );
}
