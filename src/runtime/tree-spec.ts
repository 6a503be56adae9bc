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
import type { RestartType } from '../supervisor/child-spec.ts';
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
import {
  type ActorSpec,
  actorSpec,
  type AnyChild,
  childSettingsOf,
  isSpec,
  poolOfActors,
  poolOfSpecs,
  type PoolSpec,
  poolSurroundings,
  type SupervisorSpec,
  supervisorSpec,
} from './spec-kinds.ts';
import { supervisionSettings } from './spec-settings.ts';
import type { UniqueIds } from './unique-ids.ts';

export { childSettingsOf } from './spec-kinds.ts';
export type { ActorSpec, AnyChild, PoolSpec, SupervisorSpec } from './spec-kinds.ts';

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
  return actorSpec(
    id,
    logic,
    readOptions(path, actorOptionsSchema, given === undefined ? {} : given),
  );
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
    refuseBadTemplate(of, `${path}.template`);
    const refusal = refuseBadChild(childSettingsOf(of), poolSurroundings, 'template');
    if (refusal !== undefined) throw invalid(`${path}.${refusal.path}`, refusal.why);
    return poolOfSpecs(id, of, readOptions(path, specPoolOptionsSchema, given));
  }
  refuseEffect(path, of);
  return poolOfActors(id, of, readOptions(path, poolOptionsSchema, given));
}

// `NoInfer`: where a supervisor without templates stands among children of any kind, `T` would become `any`
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
>(id: Id, given: SupervisorOptions<C, T, R>): SupervisorSpec<Id, C, NoInfer<T>> {
  const path = checkedPath('supervisor', id);
  const { children, templates, ...fields } = readOptions(path, supervisorOptionsSchema, given);
  const settings = supervisionSettings(fields);
  const specs = (name: string, of: readonly unknown[]): readonly AnyChild[] => {
    const found = of.map((child, at) => knownSpec(child, `${path}.${name}[${at}]`));
    const refusal = refuseBadSettings({ ...settings, children: found.map(childSettingsOf) });
    if (refusal === undefined) return found;
    throw invalid(`${path}.${refusal.path.replace('children', name)}`, refusal.why);
  };
  const below = {
    children: specs('children', children),
    templates: specs('templates', templates),
  };
  for (const [at, spec] of below.templates.entries())
    refuseBadTemplate(spec, `${path}.templates[${at}]`);
  return supervisorSpec(id, fields, below) as unknown as SupervisorSpec<Id, C, T>;
}

function knownSpec(child: unknown, path: string): AnyChild {
  if (isSpec(child)) return child;
  throw invalid(path, 'expected what actor(), template(), pool() or supervisor() returns');
}

/** An actor of its own has what no template can have. */
function refuseBadTemplate(spec: AnyChild, path: string): void {
  if (spec.kind !== 'actor') return;
  const { input, name } = spec.settings;
  if (input !== undefined)
    throw invalid(`${path}.input`, 'each child gets its own when it is made: use template()');
  if (name !== undefined)
    throw invalid(`${path}.name`, 'each child that is made of it would want it: use template()');
}

function checkedPath(constructor: string, id: string): string {
  const why = whyNoId(id);
  if (why !== undefined) throw invalid(`${constructor}(id)`, why);
  return `${constructor}('${id}')`;
}

function refuseEffect(path: string, logic: AnyActorLogic): void {
  if (isSpec(logic)) {
    throw invalid(
      `${path}.logic`,
      'what actor(), supervisor() or pool() returns has an id already: put it itself among the children or templates',
    );
  }
  const kind = logicKind(logic, { machine: path, path: 'the logic' });
  if (kind === 'machine' || kind === 'transition') return;
  throw invalid(
    `${path}.logic`,
    `a ${kind} cannot be an actor of its own; invoke it in a machine, or use fromTransition()`,
  );
}

function invalid(path: string, why: string): PerdureError {
  return new PerdureError('OPTION_INVALID', { path, why });
}
