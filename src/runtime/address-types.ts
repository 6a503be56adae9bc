/**
 * From the type of a tree to the logic at each of its addresses. The root's own id is no part of an
 * address. Children of pools have patterns: `/clerks/${string}`.
 */
import type { AnyActorLogic } from '../actors/host-types.ts';
import type { ActorSpec, AnyChild, PoolSpec, SupervisorSpec } from './tree-spec.ts';

/** Address → logic, for every actor below the root `R`. */
export type AddressMap<R> = R extends SupervisorSpec<string, infer C, infer _T> ? Addresses<C> : {};
/** Address → logic of the instances, for every pool below the root `R`. */
export type PoolMap<R> = R extends SupervisorSpec<string, infer C, infer _T> ? Pools<C> : {};
/** Address → what may be started there, for every supervisor below the root `R` and itself. */
export type SupervisorMap<R> =
  R extends SupervisorSpec<string, infer C, infer T>
    ? { readonly [K in '/']: T[number] } & Supervisors<C>
    : {};

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
  ? Merged<S extends unknown ? AddressesOf<S, P> : never>
  : {};
type AddressesOf<S, P extends string> =
  S extends ActorSpec<infer Id, infer L>
    ? { [K in Join<P, Id>]: L }
    : S extends PoolSpec<infer Id, infer T>
      ? InstancesOf<T, Join<P, Id>>
      : S extends SupervisorSpec<infer Id, infer C, infer _T>
        ? Addresses<C, Join<P, Id>>
        : {};
type InstancesOf<T, Base extends string> =
  IsAny<T> extends true
    ? { [K in `${Base}/${string}`]: InPool<T, Base> }
    : T extends SupervisorSpec<string, infer C, infer _T>
      ? Addresses<C, `${Base}/${string}`>
      : LogicOf<T> extends infer L extends AnyActorLogic
        ? { [K in `${Base}/${string}`]: InPool<L, Base> }
        : {};
type IsAny<T> = 0 extends 1 & T ? true : false;
/** The logic of the instances of a pool, if they are actors. */
type LogicOf<T> = T extends AnyActorLogic
  ? T
  : T extends ActorSpec<string, infer L>
    ? L
    : undefined;

type Pools<C, P extends string = ''> = C extends readonly (infer S)[]
  ? Merged<S extends unknown ? PoolsOf<S, P> : never>
  : {};
type PoolsOf<S, P extends string> =
  S extends PoolSpec<infer Id, infer T>
    ? LogicOf<T> extends infer L extends AnyActorLogic
      ? { [K in Join<P, Id>]: L }
      : {}
    : S extends SupervisorSpec<infer Id, infer C, infer _T>
      ? Pools<C, Join<P, Id>>
      : {};

type Supervisors<C, P extends string = ''> = C extends readonly (infer S)[]
  ? Merged<S extends unknown ? SupervisorsOf<S, P> : never>
  : {};
type SupervisorsOf<S, P extends string> =
  S extends PoolSpec<infer Id, infer T>
    ? {
        readonly [K in Join<P, Id>]: T extends AnyChild
          ? T
          : ActorSpec<Id, Extract<T, AnyActorLogic>>;
      }
    : S extends SupervisorSpec<infer Id, infer C, infer T>
      ? { readonly [K in Join<P, Id>]: T[number] } & Supervisors<C, Join<P, Id>>
      : {};

/** All of a union at once; of none, nothing. */
type Merged<U> = [U] extends [never] ? {} : UnionToIntersection<U>;
type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (
  i: infer I,
) => void
  ? I
  : never;
