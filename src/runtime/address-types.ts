/**
 * From the type of a tree to the logic at each of its addresses. The root's own id is no part of an
 * address. What is below a pool has one pattern, `/clerks/${string}`: the parts of such an address are looked
 * up one by one, since patterns of patterns would match more than there is.
 */
import type { AnyActorLogic } from '../actors/host-types.ts';
import type { ActorSpec, AnyChild, PoolSpec, SupervisorSpec } from './tree-spec.ts';

/** Address → logic, for every actor below the root `R`. */
export type AddressMap<R> = R extends SupervisorSpec<string, infer C, infer _T> ? Addresses<C> : {};
/** Address → what the instances are made of, for every pool below the root `R`. */
export type PoolMap<R> = R extends SupervisorSpec<string, infer C, infer _T> ? Pools<C> : {};
/** Address → what may be started there, for every supervisor below the root `R` and itself. */
export type SupervisorMap<R> =
  R extends SupervisorSpec<string, infer C, infer T>
    ? { readonly [K in '/']: T[number] } & Supervisors<C>
    : {};

/** The logic at `P`; `never` where there is none. */
export type LogicAt<M, P extends keyof M> =
  M[P] extends BelowPool<infer T, infer Base>
    ? P extends `${Base}/${infer Path}`
      ? LogicBelow<T, Path>
      : never
    : M[P] extends AnyActorLogic
      ? M[P]
      : never;

/** What the instances of the pool at `P` are made of: logic, or the spec of a subtree; `never` where there is none. */
export type PooledAt<M, P extends keyof M> =
  M[P] extends BelowPool<infer T, infer Base>
    ? P extends `${Base}/${infer Path}`
      ? PooledBelow<T, Path>
      : never
    : M[P];

/** What may be started below the root of an instance that is a subtree. */
export type TemplatesOf<T> =
  T extends SupervisorSpec<string, infer _C, infer Templates>
    ? Templates[number]
    : T extends PoolSpec<infer Id, infer U>
      ? InstanceOf<U, Id>
      : never;

/** What may be started at `P`; `never`: nothing. */
export type TemplatesAt<M, P extends keyof M> = [M[P]] extends [never]
  ? never
  : M[P] extends BelowPool<infer T, infer Base>
    ? P extends `${Base}/${infer Path}`
      ? TemplatesBelow<T, Path>
      : never
    : M[P];

/**
 * `P` itself, or words that nothing fits where `P` matches a pattern but names no actor of the tree.
 * Distributes over `P`, so that the error for an unknown address lists the known ones.
 */
export type Addressed<M, P extends keyof M & string> = P extends unknown
  ? [LogicAt<M, P>] extends [never]
    ? `${P} is below an instance: use ref(address, machine)`
    : P
  : never;

/** The same for pools. */
export type AddressedPool<M, P extends keyof M & string> = P extends unknown
  ? [PooledAt<M, P>] extends [never]
    ? `${P} is no pool of the tree: use pool(address, machine)`
    : P
  : never;

type Join<P extends string, Id extends string> = `${P}/${Id}`;

/** All addresses below the pool at `Base`, whose instances are `T`: which there are is worked out one by one. */
interface BelowPool<T, Base extends string> {
  readonly pool: Base;
  readonly instance: T;
}

type Addresses<C, P extends string = ''> = C extends readonly (infer S)[]
  ? Merged<S extends unknown ? AddressesOf<S, P> : never>
  : {};
type AddressesOf<S, P extends string> =
  S extends ActorSpec<infer Id, infer L>
    ? { [K in Join<P, Id>]: L }
    : S extends PoolSpec<infer Id, infer T>
      ? AllBelow<T, Join<P, Id>>
      : S extends SupervisorSpec<infer Id, infer C, infer _T>
        ? Addresses<C, Join<P, Id>>
        : {};
type AllBelow<T, Base extends string> = { [K in `${Base}/${string}`]: BelowPool<T, Base> };

/** The logic at a path below a pool of `T`: the id of an instance, and what follows. */
type LogicBelow<T, Path extends string> =
  IsAny<T> extends true
    ? T
    : Path extends `${string}/${infer Rest}`
      ? T extends SupervisorSpec<string, infer C, infer _T>
        ? LogicIn<Addresses<C>, `/${Rest}`>
        : T extends PoolSpec<string, infer U>
          ? LogicBelow<U, Rest>
          : never
      : ActorLogicOf<T>;
type LogicIn<M, P> = P extends keyof M ? LogicAt<M, P> : never;
type ActorLogicOf<T> = LogicOf<T> extends infer L extends AnyActorLogic ? L : never;
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
    ? T extends Branch
      ? { [K in Join<P, Id>]: T } & AllBelow<T, Join<P, Id>>
      : LogicOf<T> extends infer L extends AnyActorLogic
        ? { [K in Join<P, Id>]: L }
        : {}
    : S extends SupervisorSpec<infer Id, infer C, infer _T>
      ? Pools<C, Join<P, Id>>
      : {};
type PooledBelow<T, Path extends string> = Path extends `${string}/${infer Rest}`
  ? T extends SupervisorSpec<string, infer C, infer _T>
    ? PooledIn<Pools<C>, `/${Rest}`>
    : T extends PoolSpec<string, infer U>
      ? PooledBelow<U, Rest>
      : never
  : T extends PoolSpec<string, infer U>
    ? U extends Branch
      ? U
      : ActorLogicOf<U>
    : never;
type PooledIn<M, P> = P extends keyof M ? PooledAt<M, P> : never;

/** What has addresses of its own below it. */
// biome-ignore lint/suspicious/noExplicitAny: specs of anything
type Branch = PoolSpec<string, any> | SupervisorSpec<string, any, any>;

type Supervisors<C, P extends string = ''> = C extends readonly (infer S)[]
  ? Merged<S extends unknown ? SupervisorsOf<S, P> : never>
  : {};
type SupervisorsOf<S, P extends string> =
  S extends PoolSpec<infer Id, infer T>
    ? { readonly [K in Join<P, Id>]: InstanceOf<T, Id> } & (T extends Branch
        ? AllBelow<T, Join<P, Id>>
        : {})
    : S extends SupervisorSpec<infer Id, infer C, infer T>
      ? { readonly [K in Join<P, Id>]: T[number] } & Supervisors<C, Join<P, Id>>
      : {};
type InstanceOf<T, Id extends string> = T extends AnyChild
  ? T
  : ActorSpec<Id, Extract<T, AnyActorLogic>>;
type TemplatesBelow<T, Path extends string> = Path extends `${string}/${infer Rest}`
  ? T extends SupervisorSpec<string, infer C, infer _T>
    ? TemplatesIn<Supervisors<C>, `/${Rest}`>
    : T extends PoolSpec<string, infer U>
      ? TemplatesBelow<U, Rest>
      : never
  : TemplatesOf<T>;
type TemplatesIn<M, P> = P extends keyof M ? TemplatesAt<M, P> : never;

/** All of a union at once; of none, nothing. */
type Merged<U> = [U] extends [never] ? {} : UnionToIntersection<U>;
type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (
  i: infer I,
) => void
  ? I
  : never;
