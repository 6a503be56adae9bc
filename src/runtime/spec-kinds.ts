/**
 * The specs that a tree is made of, and how each is put together of checked options. A spec keeps what its
 * author said (`fields`) beside what that amounts to where it stands (`settings`), so that policies can be
 * laid over the one and the other be worked out again.
 */
import type { AnyActorLogic } from '../actors/host-types.ts';
import type {
  ActorFields,
  PoolFields,
  PoolOwnFields,
  SupervisorOwnFields,
} from '../base/tree-options.ts';
import type { ChildSettings } from '../supervisor/child-spec.ts';
import type { ChildDefaults } from './child-options.ts';
import { type Place, placeOf, supervisionSettings, workerSettings } from './spec-settings.ts';
import type { SupervisionSettings, WorkerFields, WorkerSettings } from './spec-settings.ts';

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
  /** Whether it was made of a machine, whose options are then among its own. @internal */
  readonly isOfMachine: boolean;
  /** @internal */
  readonly settings: SupervisionSettings;
  /** @internal */
  readonly place: Place;
  /** What the author said. @internal */
  readonly fields: PoolOwnFields | PoolFields;
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
  /** What the author said. @internal */
  readonly fields: SupervisorOwnFields;
}

export type AnyChild =
  // biome-ignore lint/suspicious/noExplicitAny: specs of any logic
  ActorSpec<string, any> | PoolSpec<string, any> | SupervisorSpec<string, any, any>;

export function isSpec(value: unknown): value is AnyChild {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  return value.kind === 'actor' || value.kind === 'pool' || value.kind === 'supervisor';
}

export function actorSpec<Id extends string, L extends AnyActorLogic>(
  id: Id,
  logic: L,
  fields: ActorFields | WorkerFields,
): ActorSpec<Id, L> {
  return Object.freeze({ kind: 'actor', id, logic, settings: workerSettings(id, fields), fields });
}

/** What a pool is to its instances: they are significant to nobody. */
export const poolSurroundings = {
  strategy: 'simple_one_for_one',
  autoShutdown: 'never',
} as const;

/** Every instance is made of `template`, which keeps its own options. */
export function poolOfSpecs(
  id: string,
  template: AnyChild,
  fields: PoolOwnFields,
): PoolSpec<string, unknown> {
  return poolSpec({ id, template, fields, isOfMachine: false });
}

/** Every instance is an actor of this logic. */
export function poolOfActors(
  id: string,
  logic: AnyActorLogic,
  fields: PoolFields,
): PoolSpec<string, unknown> {
  return poolSpec({ id, template: actorSpec(id, logic, fields), fields, isOfMachine: true });
}

function poolSpec(
  parts: Pick<PoolSpec<string, unknown>, 'id' | 'template' | 'fields' | 'isOfMachine'>,
): PoolSpec<string, unknown> {
  const { childrenMax, self } = parts.fields;
  const settings = supervisionSettings({ ...parts.fields, ...poolSurroundings, finished: 'keep' });
  return Object.freeze({ kind: 'pool', ...parts, childrenMax, settings, place: placeOf(self) });
}

export function supervisorSpec(
  id: string,
  fields: SupervisorOwnFields,
  below: { readonly children: readonly AnyChild[]; readonly templates: readonly AnyChild[] },
): SupervisorSpec<string, readonly AnyChild[], readonly AnyChild[]> {
  const specs = (of: readonly AnyChild[]): readonly AnyChild[] =>
    Object.freeze(of.map((child) => under(child, fields)));
  return Object.freeze({
    kind: 'supervisor',
    id,
    children: specs(below.children),
    templates: specs(below.templates),
    settings: supervisionSettings(fields),
    place: placeOf(fields),
    fields,
  });
}

/** The child with what its supervisor sets for all, where it does not say itself. */
function under(child: AnyChild, defaults: ChildDefaults): AnyChild {
  switch (child.kind) {
    case 'actor': {
      const settings = workerSettings(child.id, child.fields, defaults);
      return Object.freeze({ ...child, settings });
    }
    case 'pool':
      return Object.freeze({ ...child, template: under(child.template, defaults) });
    case 'supervisor':
      return child;
  }
}

/** What its supervisor has to know of a child. */
export function childSettingsOf(spec: AnyChild): ChildSettings {
  const { id } = spec;
  if (spec.kind !== 'actor') return { id, type: 'supervisor', ...spec.place };
  // without what its supervisor does not need and the store cannot keep: hooks, migrations, input
  const { restart, shutdownMs, significant } = spec.settings;
  return { id, type: 'worker', restart, shutdownMs, significant };
}
