/** The tree as it runs, as plain data: what the code says, with defaults filled in and policies laid over. */
import { rootAddress } from '../actors/address.ts';
import { childPlace, templatePlace } from './policy-address.ts';
import type {
  ActorPolicy,
  IntensityPolicy,
  PlacePolicy,
  PoolPolicy,
  SpecPoolPolicy,
  SupervisorPolicy,
} from './policy-types.ts';
import type { ActorSpec, AnyChild, PoolSpec, SupervisorSpec } from './spec-kinds.ts';
import type { Place, SupervisionSettings, WorkerSettings } from './spec-settings.ts';
import { limits } from '../base/limits.ts';

/** What is said of everything in a tree. @public */
export interface NodeDescription {
  /** As in {@link Policies}: templates and what is below them have braces, `/desk/{tenant}/reader`. */
  readonly address: string;
  readonly id: string;
}

/** What runs in an actor. @public */
export interface LogicDescription {
  /** The machine's id. */
  readonly machine: string;
  readonly version: number;
  /** Versions that there is a `migrate` step from. */
  readonly migratesFrom: readonly number[];
  readonly trapExits: boolean;
  readonly hasOnStart: boolean;
  readonly hasOnStop: boolean;
}

/** @public */
export interface ActorDescription extends NodeDescription, LogicDescription {
  readonly kind: 'actor';
  /** The durable name. */
  readonly name: string | null;
  readonly policy: ActorPolicy;
}

/** A pool whose instances are actors. @public */
export interface PoolDescription extends NodeDescription, LogicDescription {
  readonly kind: 'pool';
  readonly policy: PoolPolicy;
}

/** A pool whose instances are subtrees. @public */
export interface SpecPoolDescription extends NodeDescription {
  readonly kind: 'pool';
  readonly policy: SpecPoolPolicy;
  /** What each instance is made of. */
  readonly template: AnyDescription;
}

/** @public */
export interface SupervisorDescription extends NodeDescription {
  readonly kind: 'supervisor';
  /** Its `attemptsMax` and `restartFrom` are for children that say nothing of their own. */
  readonly policy: SupervisorPolicy;
  /** In start order. */
  readonly children: readonly AnyDescription[];
  readonly templates: readonly AnyDescription[];
}

/** @public */
export type AnyDescription =
  | ActorDescription
  | PoolDescription
  | SpecPoolDescription
  | SupervisorDescription;

/**
 * The effective configuration of a tree from its root on, as plain JSON: no state, no inputs. Each `policy`
 * is complete, and an entry of {@link Policies} as it stands.
 *
 * @public
 */
export type TreeDescription = SupervisorDescription;

// biome-ignore-start lint/suspicious/noExplicitAny: specs of any logic and children
type AnyActor = ActorSpec<string, any>;
type AnySupervisor = SupervisorSpec<string, any, any>;
// biome-ignore-end lint/suspicious/noExplicitAny: specs of any logic and children
type MachineOf = (actor: AnyActor) => string;

/** @param machineOf - the id of what runs in an actor */
export function describeTree(root: AnySupervisor, machineOf: MachineOf): TreeDescription {
  const {
    restart: _restart,
    significant: _significant,
    shutdownMs: _shutdownMs,
    ...policy
  } = supervisorPolicy(root);
  return { ...describeSupervisor(root, rootAddress, machineOf), policy };
}

function describe(spec: AnyChild, address: string, machineOf: MachineOf): AnyDescription {
  switch (spec.kind) {
    case 'actor':
      return describeActor(spec, address, machineOf);
    case 'pool':
      return describePool(spec, address, machineOf);
    case 'supervisor':
      return describeSupervisor(spec, address, machineOf);
  }
}

function describeSupervisor(
  spec: AnySupervisor,
  address: string,
  machineOf: MachineOf,
): SupervisorDescription {
  const children = spec.children as readonly AnyChild[];
  const templates = spec.templates as readonly AnyChild[];
  return {
    kind: 'supervisor',
    address,
    id: spec.id,
    policy: supervisorPolicy(spec),
    children: children.map((each) => describe(each, childPlace(address, each), machineOf)),
    templates: templates.map((each) => describe(each, templatePlace(address, each), machineOf)),
  };
}

function describeActor(spec: AnyActor, address: string, machineOf: MachineOf): ActorDescription {
  const { settings } = spec;
  return {
    kind: 'actor',
    address,
    id: spec.id,
    name: settings.name ?? null,
    ...logicOf(spec, machineOf),
    policy: { ...placePolicy(settings), ...runPolicy(settings) },
  };
}

function describePool(
  spec: PoolSpec<string, unknown>,
  address: string,
  machineOf: MachineOf,
): PoolDescription | SpecPoolDescription {
  const { id, template, settings, childrenMax } = spec;
  const policy = { ...intensityPolicy(settings), childrenMax, self: placePolicy(spec.place) };
  if (!spec.isOfMachine || template.kind !== 'actor') {
    const at = templatePlace(address, template);
    return { kind: 'pool', address, id, policy, template: describe(template, at, machineOf) };
  }
  const { significant: _significant, ...place } = placePolicy(template.settings);
  const instances = { ...place, ...runPolicy(template.settings) };
  return {
    kind: 'pool',
    address,
    id,
    ...logicOf(template, machineOf),
    policy: { ...policy, ...instances },
  };
}

function logicOf(spec: AnyActor, machineOf: MachineOf): LogicDescription {
  const { version, migrate, trapExits, onStart, onStop } = spec.settings;
  return {
    machine: machineOf(spec),
    version,
    migratesFrom: Object.keys(migrate).map(Number),
    trapExits,
    hasOnStart: onStart !== undefined,
    hasOnStop: onStop !== undefined,
  };
}

function supervisorPolicy({ settings, place, fields }: AnySupervisor): Required<SupervisorPolicy> {
  const { strategy, autoShutdown, finished } = settings;
  return {
    ...placePolicy(place),
    strategy: strategy as SupervisorPolicy['strategy'],
    autoShutdown,
    finished,
    ...intensityPolicy(settings),
    attemptsMax: fields.attemptsMax ?? limits.attemptsMax,
    restartFrom: fields.restartFrom ?? 'snapshot',
  };
}

function placePolicy({ restart, significant, shutdownMs }: Place): PlacePolicy {
  return { restart, significant, shutdownMs };
}

function runPolicy(settings: WorkerSettings): Omit<ActorPolicy, keyof PlacePolicy> {
  const { attemptsMax, restartFrom, mailboxMax, startTimeoutMs, history } = settings;
  return { attemptsMax, restartFrom, mailboxMax, startTimeoutMs, history };
}

function intensityPolicy(settings: SupervisionSettings): IntensityPolicy {
  const { intensity, periodMs, backoff, intensityScope, onExceeded, childrenOnRestart } = settings;
  return {
    intensity,
    periodMs,
    backoff: backoff === false ? false : { ...backoff },
    intensityScope,
    onExceeded,
    childrenOnRestart,
  };
}
