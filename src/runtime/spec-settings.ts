/** From checked options to complete settings. Pure; what the tree is made of besides ids and logic. */
import type { ActorSettings, Migration } from '../actors/actor-settings.ts';
import { limits } from '../base/limits.ts';
import type { ActorFields, PlaceFields, PoolFields } from '../base/tree-options.ts';
import type { ChildSettings } from '../supervisor/child-spec.ts';
import type { SupervisorSettings } from '../supervisor/supervisor-settings.ts';
import type { ChildDefaults } from './child-options.ts';

/** Complete settings of an actor, or of each instance of a pool. */
export interface WorkerSettings extends ActorSettings, ChildSettings {
  readonly type: 'worker';
  readonly name: string | undefined;
  readonly input: unknown;
}

/** Complete settings of a supervisor or a pool, but for its address. */
export interface SupervisionSettings extends Omit<SupervisorSettings, 'address' | 'templates'> {
  readonly finished: 'keep' | 'rerun';
}

/** How a supervisor or a pool is one child of another supervisor. */
export type Place = Omit<ChildSettings, 'id' | 'type' | 'template'>;

export function placeOf({ restart, shutdownMs, significant }: PlaceFields): Place {
  return Object.freeze({ restart, shutdownMs, significant });
}

/** Options of one worker, checked. */
export type WorkerFields = ActorFields | PoolFields;

/** @param defaults - what the supervisor says for all its children, where this one does not say itself */
export function workerSettings(
  id: string,
  fields: WorkerFields,
  defaults: ChildDefaults = {},
): WorkerSettings {
  return Object.freeze({
    id,
    type: 'worker',
    restart: fields.restart,
    shutdownMs: fields.shutdownMs,
    significant: 'significant' in fields && fields.significant,
    attemptsMax: fields.attemptsMax ?? defaults.attemptsMax ?? limits.attemptsMax,
    mailboxMax: fields.mailboxMax,
    history: fields.history,
    version: fields.version,
    migrate: fields.migrate as Readonly<Record<number, Migration>>,
    restartFrom: fields.restartFrom ?? defaults.restartFrom ?? 'snapshot',
    trapExits: fields.trapExits,
    startTimeoutMs: fields.startTimeoutMs,
    onStart: fields.onStart as ActorSettings['onStart'],
    onStop: fields.onStop as ActorSettings['onStop'],
    name: 'name' in fields ? fields.name : undefined,
    input: 'input' in fields ? fields.input : undefined,
  });
}

export function supervisionSettings(fields: SupervisionSettings): SupervisionSettings {
  const { strategy, intensity, periodMs, intensityScope, onExceeded } = fields;
  const { autoShutdown, childrenOnRestart, finished } = fields;
  return Object.freeze({
    strategy,
    intensity,
    periodMs,
    intensityScope,
    onExceeded,
    backoff: fields.backoff === false ? false : Object.freeze(fields.backoff),
    autoShutdown,
    childrenOnRestart,
    finished,
  });
}
