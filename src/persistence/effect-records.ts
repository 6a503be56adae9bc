/**
 * Rows of what an actor does in the world: children that are effects, and named actions. Arrays like all
 * records; see `records.ts`.
 */
import type { EventObject } from '../actors/host-types.ts';

export type EffectKind = 'step' | 'promise' | 'ask' | 'callback' | 'observable';

/** A child that is no actor of its own: it acts on the world, or waits for it. */
export interface EffectRecord {
  readonly uid: number;
  readonly owner: number;
  readonly kind: EffectKind;
  readonly id: string;
  readonly src: string;
  readonly input: unknown;
  /** The same for all attempts: store id, epoch, batch and index of the intent. */
  readonly key: string;
  /** Attempts begun so far. */
  readonly attempts: number;
  /** Those that failed by themselves, and were not cut short by the end of the process or of the actor. */
  readonly failures: number;
  /** Its result waits in the owner's mailbox. */
  readonly settled: boolean;
  /** Durable time before which it must not be started (again). */
  readonly notBeforeMs: number;
  /** When an unanswered ask, or a step that is not done, fails; 0: never. */
  readonly deadlineMs: number;
  readonly systemId: string | undefined;
  readonly syncSnapshot: boolean;
  /** Epoch in which the attempt that runs was begun, if that is written; 0: none runs. */
  readonly runsIn: number;
  /** Ends of the process in a row, with nothing else to blame, while it ran. */
  readonly suspicion: number;
  /** An attempt began, and nobody knows what came of it. Of steps that do not simply run again. */
  readonly inDoubt: boolean;
  /** It has no attempts left, whether or not its owner handles what it ends with. */
  readonly isFinal: boolean;
}

const IN_DOUBT = 1;
const FINAL = 2;

export function packEffect(effect: EffectRecord): unknown[] {
  const row = [
    effect.kind,
    effect.id,
    effect.src,
    effect.input,
    effect.key,
    effect.attempts,
    effect.settled,
    effect.notBeforeMs,
    effect.deadlineMs,
    effect.systemId,
    effect.syncSnapshot,
  ];
  const { runsIn, suspicion } = effect;
  const flags = (effect.inDoubt ? IN_DOUBT : 0) + (effect.isFinal ? FINAL : 0);
  const { failures } = effect;
  if (flags > 0 || failures > 0) return [...row, runsIn, suspicion, flags, failures];
  return runsIn === 0 && suspicion === 0 ? row : [...row, runsIn, suspicion];
}

export function unpackEffect(owner: number, uid: number, row: readonly unknown[]): EffectRecord {
  const flags = (row[13] as number | undefined) ?? 0;
  return {
    owner,
    uid,
    kind: row[0] as EffectKind,
    id: row[1] as string,
    src: row[2] as string,
    input: row[3],
    key: row[4] as string,
    attempts: row[5] as number,
    settled: row[6] as boolean,
    notBeforeMs: row[7] as number,
    deadlineMs: row[8] as number,
    systemId: row[9] as string | undefined,
    syncSnapshot: row[10] as boolean,
    runsIn: (row[11] as number | undefined) ?? 0,
    suspicion: (row[12] as number | undefined) ?? 0,
    inDoubt: (flags & IN_DOUBT) > 0,
    isFinal: (flags & FINAL) > 0,
    failures: (row[14] as number | undefined) ?? 0,
  };
}

/** A named action that runs after its turn landed. */
export interface ActionRecord {
  readonly number: number;
  readonly owner: number;
  readonly type: string;
  readonly params: unknown;
  readonly event: EventObject;
  /** The context at the action's place among the actions of its turn. */
  readonly context: unknown;
  readonly key: string;
  readonly attempts: number;
  /** The actor that asked for it, if that was taken away since and the owner has its actions now. */
  readonly self: unknown;
  /** How the owner's logic leads to that actor's: the `src` of each child on the way. */
  readonly via: readonly string[] | undefined;
  /** How the tree in code leads to the owner's spec, if the owner was taken away with nobody to have its actions. */
  readonly place: readonly string[] | undefined;
  /** As of an {@link EffectRecord}. */
  readonly runsIn: number;
  readonly suspicion: number;
}

export function packAction(action: ActionRecord): unknown[] {
  const { type, params, event, context, key, attempts, self, via, runsIn, suspicion } = action;
  const row = [type, params, event, context, key, attempts];
  if (action.place !== undefined) return [...row, self, via, runsIn, suspicion, action.place];
  if (runsIn > 0 || suspicion > 0) return [...row, self, via, runsIn, suspicion];
  return via === undefined ? row : [...row, self, via];
}

export function unpackAction(owner: number, number: number, row: readonly unknown[]): ActionRecord {
  return {
    owner,
    number,
    type: row[0] as string,
    params: row[1],
    event: row[2] as EventObject,
    context: row[3],
    key: row[4] as string,
    attempts: row[5] as number,
    self: row[6],
    via: row[7] as readonly string[] | undefined,
    runsIn: (row[8] as number | undefined) ?? 0,
    suspicion: (row[9] as number | undefined) ?? 0,
    place: row[10] as readonly string[] | undefined,
  };
}
