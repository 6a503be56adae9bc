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
  supervisorOptionsSchema,
} from '../base/tree-options.ts';
import type { ActorFields, PoolFields } from '../base/tree-options.ts';
import type { ChildSettings, RestartType } from '../supervisor/child-spec.ts';
import { refuseBadSettings } from '../supervisor/settings-refusal.ts';
import type { AutoShutdown, Strategy } from '../supervisor/supervisor-settings.ts';
import type {
  ActorOptions,
  ArgsFor,
  ChildDefaults,
  IntensityOptions,
  PoolOptions,
} from './child-options.ts';
import { supervisionSettings, workerSettings } from './spec-settings.ts';
import type { SupervisionSettings, WorkerSettings } from './spec-settings.ts';
import type { UniqueIds } from './unique-ids.ts';

/** @public */
export interface ActorSpec<Id extends string, L extends AnyActorLogic> {
  readonly kind: 'actor';
  readonly id: Id;
  readonly logic: L;
  /** @internal */
  readonly settings: WorkerSettings;
  /** What the author said, before the supervisor's defaults. @internal */
  readonly fields: ActorFields;
}

/** @public */
export interface PoolSpec<Id extends string, L extends AnyActorLogic> {
  readonly kind: 'pool';
  readonly id: Id;
  readonly logic: L;
  readonly childrenMax: number;
  /** @internal */
  readonly settings: SupervisionSettings;
  /** Of each instance. @internal */
  readonly template: WorkerSettings;
  /** What the author said, before the supervisor's defaults. @internal */
  readonly fields: PoolFields;
}

/** @public */
export interface SupervisorSpec<Id extends string, C extends readonly AnyChild[]> {
  readonly kind: 'supervisor';
  readonly id: Id;
  readonly children: C;
  /** @internal */
  readonly settings: SupervisionSettings;
}

// biome-ignore lint/suspicious/noExplicitAny: specs of any logic
export type AnyChild = ActorSpec<string, any> | PoolSpec<string, any> | SupervisorSpec<string, any>;

/** @public */
export interface SupervisorOptions<C extends readonly AnyChild[]>
  extends IntensityOptions,
    ChildDefaults {
  /** @defaultValue `'one_for_one'` */
  readonly strategy?: Strategy;
  /** @defaultValue `'never'` */
  readonly autoShutdown?: AutoShutdown;
  /** What a group restart does to a child that reached its final state. `rerun`: OTP's. @defaultValue `'keep'` */
  readonly finished?: 'keep' | 'rerun';
  /** In start order. */
  readonly children: C & UniqueIds<C>;
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
  const fields = readOptions(path, actorOptionsSchema, given ?? {});
  return Object.freeze({ kind: 'actor', id, logic, settings: workerSettings(id, fields), fields });
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
): PoolSpec<Id, L> {
  const path = checkedPath('pool', id);
  refuseEffect(path, logic);
  const fields = readOptions(path, poolOptionsSchema, given ?? {});
  return Object.freeze({
    kind: 'pool',
    id,
    logic,
    childrenMax: fields.childrenMax,
    settings: supervisionSettings({
      ...fields,
      strategy: 'simple_one_for_one',
      autoShutdown: 'never',
      finished: 'keep',
    }),
    template: workerSettings(id, fields),
    fields,
  });
}

/**
 * A supervisor over `children`, started in their order and stopped in reverse.
 *
 * @throws {@link PerdureError} OPTION_INVALID with the path of the option
 * @public
 */
export function supervisor<const Id extends string, const C extends readonly AnyChild[]>(
  id: Id,
  given: SupervisorOptions<C>,
): SupervisorSpec<Id, C> {
  const path = checkedPath('supervisor', id);
  const fields = readOptions(path, supervisorOptionsSchema, given);
  const children = fields.children.map((child, index) => {
    if (!isSpec(child)) {
      throw invalid(`${path}.children[${index}]`, 'expected actor(), pool() or supervisor()');
    }
    return under(child, fields);
  });
  const settings = supervisionSettings(fields);
  const refusal = refuseBadSettings({ ...settings, children: children.map(childSettingsOf) });
  if (refusal !== undefined) throw invalid(`${path}.${refusal.path}`, refusal.why);
  return Object.freeze({
    kind: 'supervisor',
    id,
    children: Object.freeze(children) as unknown as C,
    settings,
  });
}

/** What its supervisor has to know of a child. */
export function childSettingsOf(spec: AnyChild): ChildSettings {
  if (spec.kind === 'actor') return bareSettings(spec.settings);
  const id = spec.id;
  return {
    id,
    type: 'supervisor',
    restart: 'permanent',
    shutdownMs: 'infinity',
    significant: false,
  };
}

/** Without what its supervisor does not need and the store cannot keep: hooks, migrations, input. */
export function bareSettings(settings: ChildSettings): ChildSettings {
  const { id, type, restart, shutdownMs, significant } = settings;
  return { id, type, restart, shutdownMs, significant };
}

/** The child with what its supervisor sets for all, where it does not say itself. */
function under(child: AnyChild, defaults: ChildDefaults): AnyChild {
  switch (child.kind) {
    case 'actor':
      return Object.freeze({
        ...child,
        settings: workerSettings(child.id, child.fields, defaults),
      });
    case 'pool':
      return Object.freeze({
        ...child,
        template: workerSettings(child.id, child.fields, defaults),
      });
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
