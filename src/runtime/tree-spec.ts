/**
 * The tree as data: what `supervisor`, `actor` and `pool` return. Options are checked here, once, and every
 * spec carries complete settings; nothing is started.
 */
import type { AnyActorLogic } from '../actors/host-types.ts';
import { whyNoId } from '../actors/address.ts';
import { logicKind } from '../actors/logic-kind.ts';
import { PerdureError } from '../base/errors.ts';
import { readOptions } from '../base/option-reading.ts';
import {
  actorOptionsSchema,
  poolOptionsSchema,
  specPoolOptionsSchema,
  supervisorOptionsSchema,
  templateOptionsSchema,
} from '../base/tree-options.ts';
import type { ActorFields, PoolOwnFields } from '../base/tree-options.ts';
import type { ChildSettings, RestartType } from '../supervisor/child-spec.ts';
import { refuseBadChild, refuseBadSettings } from '../supervisor/settings-refusal.ts';
import type { AutoShutdown, Strategy } from '../supervisor/supervisor-settings.ts';
import type {
  ActorOptions,
  ArgsFor,
  ChildDefaults,
  ChildOptions,
  IntensityOptions,
  PlaceOptions,
  PoolOptions,
  PoolOwnOptions,
  RestartOptions,
} from './child-options.ts';
import { type Place, placeOf, supervisionSettings, workerSettings } from './spec-settings.ts';
import type { SupervisionSettings, WorkerFields, WorkerSettings } from './spec-settings.ts';
import type { UniqueIds } from './unique-ids.ts';

/** @public */
export interface ActorSpec<Id extends string, L extends AnyActorLogic> {
  readonly kind: 'actor';
  readonly id: Id;
  readonly logic: L;
  /** @internal */
  readonly settings: WorkerSettings;
  /** What the author said, before the supervisor's defaults. @internal */
  readonly fields: WorkerFields;
}

/** `T` is the logic of the instances, or the spec that each of them is made of. @public */
export interface PoolSpec<Id extends string, T> {
  readonly kind: 'pool';
  readonly id: Id;
  readonly childrenMax: number;
  /** What each instance is made of. @internal */
  readonly template: AnyChild;
  /** @internal */
  readonly settings: SupervisionSettings;
  /** @internal */
  readonly place: Place;
  /** Only a type. @internal */
  readonly of?: T;
}

/** @public */
export interface SupervisorSpec<
  Id extends string,
  C extends readonly AnyChild[],
  T extends readonly AnyChild[] = readonly [],
> {
  readonly kind: 'supervisor';
  readonly id: Id;
  readonly children: C;
  readonly templates: T;
  /** @internal */
  readonly settings: SupervisionSettings;
  /** @internal */
  readonly place: Place;
}

export type AnyChild =
  // biome-ignore lint/suspicious/noExplicitAny: specs of any logic
  ActorSpec<string, any> | PoolSpec<string, any> | SupervisorSpec<string, any, any>;

/** @public */
export interface SupervisorOptions<
  C extends readonly AnyChild[],
  T extends readonly AnyChild[] = readonly [],
  R extends RestartType = RestartType,
> extends IntensityOptions,
    ChildDefaults,
    PlaceOptions<R> {
  /** @defaultValue `'one_for_one'` */
  readonly strategy?: Strategy;
  /** @defaultValue `'never'` */
  readonly autoShutdown?: AutoShutdown;
  /** What a group restart does to a child that reached its final state. `rerun`: OTP's. @defaultValue `'keep'` */
  readonly finished?: 'keep' | 'rerun';
  /** In start order. */
  readonly children: C & UniqueIds<C>;
  /**
   * What `system.supervisor(address).startChild(id, { template })` may make while the system runs. Such a
   * child is durable: identity, input and state come from the store, everything else from here.
   */
  readonly templates?: T & UniqueIds<T>;
}

/**
 * One actor below a supervisor. `logic` is a machine or made by `fromTransition`.
 *
 * @throws {@link PerdureError} OPTION_INVALID with the path of the option
 * @public
 */
export function actor<
  const Id extends string,
  L extends AnyActorLogic,
  const R extends RestartType = 'permanent',
>(id: Id, logic: L, ...[given]: ArgsFor<ActorOptions<L, R>>): ActorSpec<Id, L> {
  const path = checkedPath('actor', id);
  refuseEffect(path, logic);
  return actorSpec(id, logic, readOptions(path, actorOptionsSchema, given ?? {}));
}

/**
 * What `startChild` makes actors of, for the `templates` of a supervisor: as {@link actor}, but for the input,
 * which each child is given when it is made.
 *
 * @throws {@link PerdureError} OPTION_INVALID with the path of the option
 * @public
 */
export function template<
  const Id extends string,
  L extends AnyActorLogic,
  const R extends RestartType = 'permanent',
>(id: Id, logic: L, given: ChildOptions<L> & RestartOptions<R> = {}): ActorSpec<Id, L> {
  const path = checkedPath('template', id);
  refuseEffect(path, logic);
  return actorSpec(id, logic, readOptions(path, templateOptionsSchema, given));
}

/**
 * Any number of like actors, made while the system runs.
 *
 * @throws {@link PerdureError} OPTION_INVALID with the path of the option
 * @public
 */
export function pool<const Id extends string, L extends AnyActorLogic>(
  id: Id,
  logic: L,
  given?: PoolOptions<L>,
): PoolSpec<Id, L>;
/**
 * Any number of like subtrees: each instance is made of `template`, a `supervisor()`, `pool()` or `actor()`
 * with options of its own.
 *
 * @throws {@link PerdureError} OPTION_INVALID with the path of the option
 * @public
 */
export function pool<const Id extends string, T extends AnyChild>(
  id: Id,
  template: T,
  given?: PoolOwnOptions,
): PoolSpec<Id, T>;
export function pool(
  id: string,
  of: AnyActorLogic | AnyChild,
  given: object = {},
): PoolSpec<string, unknown> {
  const path = checkedPath('pool', id);
  if (isSpec(of)) {
    const refusal = refuseBadChild(childSettingsOf(of), poolSurroundings, 'template');
    if (refusal !== undefined) throw invalid(`${path}.${refusal.path}`, refusal.why);
    return poolSpec(id, of, readOptions(path, specPoolOptionsSchema, given));
  }
  refuseEffect(path, of);
  const fields = readOptions(path, poolOptionsSchema, given);
  return poolSpec(id, actorSpec(id, of, fields), fields);
}

/**
 * A supervisor over `children`, started in their order and stopped in reverse.
 *
 * @throws {@link PerdureError} OPTION_INVALID with the path of the option
 * @public
 */
export function supervisor<
  const Id extends string,
  const C extends readonly AnyChild[],
  const T extends readonly AnyChild[] = readonly [],
  const R extends RestartType = 'permanent',
>(id: Id, given: SupervisorOptions<C, T, R>): SupervisorSpec<Id, C, T> {
  const path = checkedPath('supervisor', id);
  const fields = readOptions(path, supervisorOptionsSchema, given);
  const settings = supervisionSettings(fields);
  const specs = (name: 'children' | 'templates'): readonly AnyChild[] =>
    Object.freeze(fields[name].map((child, at) => under(child, fields, `${path}.${name}[${at}]`)));
  const children = specs('children');
  const templates = specs('templates');
  for (const [name, of] of Object.entries({ children, templates })) {
    const refusal = refuseBadSettings({ ...settings, children: of.map(childSettingsOf) });
    if (refusal === undefined) continue;
    throw invalid(`${path}.${refusal.path.replace('children', name)}`, refusal.why);
  }
  return Object.freeze({
    kind: 'supervisor',
    id,
    children: children as unknown as C,
    templates: templates as unknown as T,
    settings,
    place: placeOf(fields),
  });
}

/** What its supervisor has to know of a child. */
export function childSettingsOf(spec: AnyChild): ChildSettings {
  const { id } = spec;
  if (spec.kind !== 'actor') return { id, type: 'supervisor', ...spec.place };
  // without what its supervisor does not need and the store cannot keep: hooks, migrations, input
  const { restart, shutdownMs, significant } = spec.settings;
  return { id, type: 'worker', restart, shutdownMs, significant };
}

const poolSurroundings = { strategy: 'simple_one_for_one', autoShutdown: 'never' } as const;

function actorSpec<Id extends string, L extends AnyActorLogic>(
  id: Id,
  logic: L,
  fields: ActorFields | WorkerFields,
): ActorSpec<Id, L> {
  return Object.freeze({ kind: 'actor', id, logic, settings: workerSettings(id, fields), fields });
}

function poolSpec(
  id: string,
  template: AnyChild,
  fields: PoolOwnFields,
): PoolSpec<string, unknown> {
  const { childrenMax, self } = fields;
  const settings = supervisionSettings({ ...fields, ...poolSurroundings, finished: 'keep' });
  return Object.freeze({
    kind: 'pool',
    id,
    childrenMax,
    template,
    settings,
    place: placeOf(self),
  });
}

/** The child with what its supervisor sets for all, where it does not say itself. */
function under(child: unknown, defaults: ChildDefaults, path: string): AnyChild {
  if (!isSpec(child)) throw invalid(path, 'expected actor(), pool() or supervisor()');
  switch (child.kind) {
    case 'actor': {
      const settings = workerSettings(child.id, child.fields, defaults);
      return Object.freeze({ ...child, settings });
    }
    case 'pool':
      return Object.freeze({ ...child, template: under(child.template, defaults, path) });
    case 'supervisor':
      return child;
  }
}

function checkedPath(constructor: string, id: string): string {
  const why = whyNoId(id);
  if (why !== undefined) throw invalid(`${constructor}(id)`, why);
  return `${constructor}('${id}')`;
}

function refuseEffect(path: string, logic: AnyActorLogic): void {
  const kind = logicKind(logic, { machine: path, path: 'the logic' });
  if (kind === 'machine' || kind === 'transition') return;
  throw invalid(
    `${path}.logic`,
    `a ${kind} cannot be an actor of its own; invoke it in a machine, or use fromTransition()`,
  );
}

function isSpec(value: unknown): value is AnyChild {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  return value.kind === 'actor' || value.kind === 'pool' || value.kind === 'supervisor';
}

function invalid(path: string, why: string): PerdureError {
  return new PerdureError('OPTION_INVALID', { path, why });
}
