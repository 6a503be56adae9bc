/** Children of pools, started and ended by machines: messages to the pool, in the turn's commit. */
import { sendTo } from 'xstate';
import type {
  ActionArgs,
  ActionFunction,
  AnyActorLogic,
  AnyActorRef,
  EventObject,
  InputFrom,
  MachineContext,
  ParameterizedObject,
} from 'xstate';
import { PerdureError } from '../base/errors.ts';
import type { PoolAddress } from './at.ts';
import { isPerdureRef, startChildEvent, terminateChildEvent } from './special-refs.ts';

type Params = ParameterizedObject['params'] | undefined;
type Argument<C extends MachineContext, X extends EventObject, E extends EventObject, P, T> = (
  args: ActionArgs<C, X, E>,
  params: P,
) => T;

/** @public */
export type ChildStart<L extends AnyActorLogic> =
  undefined extends InputFrom<L>
    ? { readonly id: string; readonly input?: InputFrom<L> }
    : { readonly id: string; readonly input: InputFrom<L> };

/**
 * Starts a child under a pool, in the commit of this turn.
 *
 * @public
 */
export function startChild<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
  L extends AnyActorLogic,
>(
  pool: PoolAddress<L>,
  child: Argument<TContext, TExpressionEvent, TEvent, TParams, ChildStart<NoInfer<L>>>,
): ActionFunction<TContext, TExpressionEvent, TEvent, TParams, never, never, never, never, never> {
  const expression = child as unknown as Argument<
    MachineContext,
    EventObject,
    EventObject,
    Params,
    ChildStart<AnyActorLogic>
  >;
  if (typeof expression !== 'function') {
    throw new PerdureError('OPTION_INVALID', {
      path: 'startChild(pool, child)',
      why: 'expected a function that gives { id, input }',
    });
  }
  return toPool('startChild', pool, (args, params) => {
    const { id, input } = expression(args, params);
    return { type: startChildEvent, id, input };
  }) as never;
}

/**
 * Ends the child `id` of a pool, in the commit of this turn.
 *
 * @public
 */
export function terminateChild<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
  L extends AnyActorLogic,
>(
  pool: PoolAddress<L>,
  id: string | Argument<TContext, TExpressionEvent, TEvent, TParams, string>,
): ActionFunction<TContext, TExpressionEvent, TEvent, TParams, never, never, never, never, never> {
  const expression = id as unknown as
    | string
    | Argument<MachineContext, EventObject, EventObject, Params, string>;
  if (typeof expression !== 'string' && typeof expression !== 'function') {
    throw new PerdureError('OPTION_INVALID', {
      path: 'terminateChild(pool, id)',
      why: 'expected the id of a child, or a function that gives it',
    });
  }
  return toPool('terminateChild', pool, (args, params) => ({
    type: terminateChildEvent,
    id: typeof expression === 'string' ? expression : expression(args, params),
  })) as never;
}

function toPool(
  action: string,
  pool: unknown,
  event: Argument<MachineContext, EventObject, EventObject, Params, EventObject>,
): unknown {
  if (isPerdureRef(pool) && pool.kind === 'pool') return sendTo(pool as AnyActorRef, event);
  throw new PerdureError('OPTION_INVALID', {
    path: `${action}(pool)`,
    why: "expected poolAt('/address')",
  });
}
