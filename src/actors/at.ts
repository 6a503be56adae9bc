/** Refs by address, for use inside machines, where the tree is not known. */
import type { ActorRef, AnyActorLogic, EventObject, Snapshot } from 'xstate';
import { PerdureError } from '../base/errors.ts';
import { parseAddress, rootAddress } from './address.ts';
import type { EventsOf } from './ask.ts';
import { LightRef } from './light-ref.ts';
import { PoolTarget } from './special-refs.ts';

declare const poolLogic: unique symbol;

/** The address of a pool, knowing what lives in it. @public */
export interface PoolAddress<L extends AnyActorLogic> {
  readonly address: string;
  readonly [poolLogic]?: L;
}

/**
 * A ref to whoever lives at `address` when it is used. `T` is the machine there, or just its events where
 * two machines refer to each other.
 *
 * @example sendTo(at<typeof ledger>('/ledger'), { type: 'add', n: 1 })
 * @throws {@link PerdureError} ADDRESS_INVALID
 * @public
 */
export function at<T extends AnyActorLogic | EventObject>(
  address: string,
): ActorRef<Snapshot<unknown>, EventsOf<T>> {
  refuseRoot(address);
  return new LightRef(address) as unknown as ActorRef<Snapshot<unknown>, EventsOf<T>>;
}

/**
 * The pool at `address`, for `startChild` and `terminateChild`.
 *
 * @throws {@link PerdureError} ADDRESS_INVALID
 * @public
 */
export function poolAt<L extends AnyActorLogic>(address: string): PoolAddress<L> {
  refuseRoot(address);
  return new PoolTarget(address);
}

function refuseRoot(address: string): void {
  parseAddress(address);
  if (address !== rootAddress) return;
  throw new PerdureError('ADDRESS_INVALID', {
    address,
    why: 'the root is a supervisor and takes no messages',
  });
}
