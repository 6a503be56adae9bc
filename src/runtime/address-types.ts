/**
 * From the type of a tree to the logic at each of its addresses. The root's own id is no part of an
 * address. Children of pools have patterns: `/clerks/${string}`.
 */
import type { AnyActorLogic } from '../actors/host-types.ts';
import type { ActorSpec, PoolSpec, SupervisorSpec } from './tree-spec.ts';

/** Address → logic, for every actor below the root `R`. */
export type AddressMap<R> = R extends SupervisorSpec<string, infer C> ? Addresses<C> : {};
/** Address → logic of the instances, for every pool below the root `R`. */
export type PoolMap<R> = R extends SupervisorSpec<string, infer C> ? Pools<C> : {};

/** The logic at `P`; `never` where there is none: a path below an instance of a pool. */
export type LogicAt<M, P extends keyof M> =
  M[P] extends InPool<infer L, infer Base>
    ? P extends `${Base}/${string}/${string}`
      ? never
      : L extends AnyActorLogic
        ? L
        : never
    : M[P] extends AnyActorLogic
      ? M[P]
      : never;

/**
 * `P` itself, or words that nothing fits where `P` matches a pattern but names no actor of the tree.
 * Distributes over `P`, so that the error for an unknown address lists the known ones.
 */
export type Addressed<M, P extends keyof M & string> = P extends unknown
  ? [LogicAt<M, P>] extends [never]
    ? `${P} is below an instance: use ref(address, machine)`
    : P
  : never;

type Join<P extends string, Id extends string> = `${P}/${Id}`;

interface InPool<L, Base extends string> {
  readonly pool: Base;
  readonly logic: L;
}

type Addresses<C, P extends string = ''> = C extends readonly (infer S)[]
  ? UnionToIntersection<S extends unknown ? AddressesOf<S, P> : never>
  : {};
type AddressesOf<S, P extends string> =
  S extends ActorSpec<infer Id, infer L>
    ? { [K in Join<P, Id>]: L }
    : S extends PoolSpec<infer Id, infer L>
      ? { [K in `${Join<P, Id>}/${string}`]: InPool<L, Join<P, Id>> }
      : S extends SupervisorSpec<infer Id, infer C>
        ? Addresses<C, Join<P, Id>>
        : {};

type Pools<C, P extends string = ''> = C extends readonly (infer S)[]
  ? UnionToIntersection<S extends unknown ? PoolsOf<S, P> : never>
  : {};
type PoolsOf<S, P extends string> =
  S extends PoolSpec<infer Id, infer L>
    ? { [K in Join<P, Id>]: L }
    : S extends SupervisorSpec<infer Id, infer C>
      ? Pools<C, Join<P, Id>>
      : {};

type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (
  i: infer I,
) => void
  ? I
  : never;
