/** Watching others and being linked to them: OTP's monitors and links, as part of the turn's commit. */
import { sendTo } from 'xstate';
import type {
  ActionArgs,
  ActionFunction,
  AnyActorRef,
  EventObject,
  MachineContext,
  ParameterizedObject,
} from 'xstate';
import { PerdureError } from '../base/errors.ts';
import type { ExitReason } from './exit-reason.ts';
import { isActorRef } from './light-ref.ts';
import { bondRef } from './special-refs.ts';

type Params = ParameterizedObject['params'] | undefined;
type Expression<C extends MachineContext, X extends EventObject, E extends EventObject, P> = (
  args: ActionArgs<C, X, E>,
  params: P,
) => AnyActorRef | undefined;
type Target<C extends MachineContext, X extends EventObject, E extends EventObject, P> =
  | AnyActorRef
  | Expression<C, X, E, P>;
type Action<
  C extends MachineContext,
  X extends EventObject,
  E extends EventObject,
  P extends Params,
> = ActionFunction<C, X, E, P, never, never, never, never, never>;

/** What `watch` and `link` ask the runtime for; the event that is sent to {@link bondRef}. */
export interface BondRequest extends EventObject {
  readonly type: `perdure.${'watch' | 'unwatch' | 'link' | 'unlink'}`;
  readonly target: AnyActorRef | undefined;
}

/** Why one that was watched or linked is not there: as it ended, or `noproc`: nobody runs there. @public */
export type DownReason = ExitReason | { readonly kind: 'noproc' };

/** What a watcher hears, once for each watch. @public */
export interface DownEvent {
  readonly type: 'perdure.down';
  readonly address: string;
  readonly reason: DownReason;
}

/** What an actor with `trapExits` hears of one that it was linked to. @public */
export interface ExitEvent {
  readonly type: 'perdure.exit';
  readonly address: string;
  readonly reason: DownReason;
}

/**
 * Watches an actor: when its present incarnation ends, whatever the reason and whether or not it is restarted,
 * one event `perdure.down` comes, in the batch of that end. One that does not run, or never existed, gives it
 * at once, with `noproc`. Each call is a watch of its own (Erlang/OTP: `monitor/2`).
 *
 * A watch is durable, the end of the process is no end of an actor, and a watcher that is restarted from its
 * snapshot still watches; one that begins a new life does not.
 *
 * @throws {@link PerdureError} OPTION_INVALID
 * @public
 */
export function watch<
  C extends MachineContext,
  X extends EventObject,
  P extends Params,
  E extends EventObject,
>(target: Target<C, X, E, P>): Action<C, X, E, P> {
  return bond('perdure.watch', target);
}

/** Takes back every watch on this actor; a notice that has come already stays. @public */
export function unwatch<
  C extends MachineContext,
  X extends EventObject,
  P extends Params,
  E extends EventObject,
>(target: Target<C, X, E, P>): Action<C, X, E, P> {
  return bond('perdure.unwatch', target);
}

/**
 * Links two actors: when one ends, the other ends with the same reason, unless that is `normal`. With the option
 * `trapExits` it gets the event `perdure.exit` instead, for `normal` too. A link is used up by that; being
 * linked twice is being linked once (Erlang/OTP: `link/1`). Linking to one that does not run ends the linker
 * with ACTOR_NOT_FOUND, or gives it the event with `noproc`.
 *
 * @throws {@link PerdureError} OPTION_INVALID
 * @public
 */
export function link<
  C extends MachineContext,
  X extends EventObject,
  P extends Params,
  E extends EventObject,
>(target: Target<C, X, E, P>): Action<C, X, E, P> {
  return bond('perdure.link', target);
}

/** Takes a link back. @public */
export function unlink<
  C extends MachineContext,
  X extends EventObject,
  P extends Params,
  E extends EventObject,
>(target: Target<C, X, E, P>): Action<C, X, E, P> {
  return bond('perdure.unlink', target);
}

/** As a `sendTo` toward a ref that stands for the bond: XState evaluates the target in the turn. */
function bond<
  C extends MachineContext,
  X extends EventObject,
  P extends Params,
  E extends EventObject,
>(type: BondRequest['type'], target: Target<C, X, E, P>): Action<C, X, E, P> {
  const action = `${type.slice('perdure.'.length)}(target)`;
  const isFixed = isActorRef(target);
  // a ref may be callable as little as a function may have a session id
  if (!isFixed && typeof target !== 'function')
    throw noTarget(action, 'a ref or a function', target);
  const request = (args: never, params: never): BondRequest => {
    const found: unknown = isFixed ? target : target(args, params);
    if (found === undefined || isActorRef(found)) return { type, target: found };
    throw noTarget(action, 'a ref or undefined', found);
  };
  return sendTo(bondRef as never, request as never) as never;
}

function noTarget(action: string, wanted: string, found: unknown): PerdureError<'OPTION_INVALID'> {
  const why = `expected ${wanted}, such as at('/address'), not ${typeof found}`;
  return new PerdureError('OPTION_INVALID', { path: action, why });
}
