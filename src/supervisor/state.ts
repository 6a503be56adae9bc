/**
 * What a supervisor knows of itself and its children: plain data, written down with every decision.
 *
 * `step` owns a state and changes it in place, so that one exit among a hundred thousand children costs
 * what one exit among three costs. Nobody else may change it; whoever needs an old one clones it.
 */
import type { ExitReason } from '../actors/exit-reason.ts';
import type { ChildSettings } from './child-spec.ts';
import type { Input, RequestInput } from './input.ts';
import type { WindowEntry } from './restart-intensity.ts';
import type { StartFailure } from './start-failure.ts';

/**
 * - `pending`: is to run; its start is due in the operation in hand, or when its supervisor runs again.
 * - `starting`, `stopping`: the shell was told, its answer is awaited.
 * - `running`: it was started and has not ended.
 * - `exited`: it has ended while the supervisor was busy; the decision about it waits in the queue.
 * - `undefined`: known, nothing runs, nothing is planned (OTP's word).
 * - `restarting`: nothing runs, a retry is due at `retry.atMs`.
 * - `quarantined`: nothing runs until a person says so.
 */
export type ChildStatus =
  | 'pending'
  | 'starting'
  | 'running'
  | 'exited'
  | 'stopping'
  | 'undefined'
  | 'restarting'
  | 'quarantined';

/**
 * How a start is meant. `first`: the child was never started with success. `restart`: it ended, and is
 * to begin as its spec says. `resume`: it did not end, the process did (or its whole system was stopped).
 * `reset`: an operator wants it to begin anew; that stays due until it is started.
 */
export type StartKind = 'first' | 'restart' | 'resume' | 'reset';

export interface ChildState {
  readonly id: string;
  spec: ChildSettings;
  /** Added by `startChild`, not by the code of its supervisor. */
  dynamic: boolean;
  /** The code no longer names it: see `SupervisorState.orphans`. */
  isOrphan: boolean;
  /** The start order among its siblings. Has gaps. */
  position: number;
  status: ChildStatus;
  /** Starts so far: goes up by one at each, successful or not. */
  incarnation: number;
  /** How its next start is meant. */
  as: StartKind;
  /** Restarts in a row; back to 0 when it has run for a whole `periodMs`. */
  failures: number;
  runningSinceMs: number | undefined;
  /** `restarting`: when it is due, and whether this restart was already counted in the window. */
  retry: { readonly atMs: number; readonly counted: boolean } | undefined;
  /** `undefined`: the sibling with whose retry it is started again. */
  awaits: string | undefined;
  /** Why it last ended, or could not be started. */
  reason: StartFailure | undefined;
  /** `exited`: what was at fault. */
  faultKey: string | undefined;
  /** With `intensityScope: 'child'`. */
  window: readonly WindowEntry[];
}

/** Why a supervisor ends by itself. */
export type EndCause =
  | {
      readonly kind: 'intensity';
      readonly child: string;
      readonly reason: StartFailure | undefined;
      readonly intensity: number;
      readonly periodMs: number;
    }
  | { readonly kind: 'auto_shutdown'; readonly child: string };

/** The one thing a supervisor is busy with. Everything else waits in its queue. */
export type Operation =
  /** Starts what is `pending`: its own start, or its return after the process died. */
  | { readonly kind: 'boot'; readonly how: 'start' | 'resume' }
  /** Its own start failed: stops what was started. */
  | { readonly kind: 'rollBack'; readonly reason: StartFailure }
  /** A restart decision was made for `trigger`: stops its group, then starts it or waits. */
  | {
      readonly kind: 'restart';
      readonly trigger: string;
      readonly phase: 'stop' | 'start';
      readonly delayMs: number | undefined;
    }
  /** Starts or stops one child for a caller. */
  | {
      readonly kind: 'serve';
      readonly caller: RequestInput;
      readonly child: string;
      readonly wasQuarantined: boolean;
    }
  /** Its own end: stops everything. */
  | { readonly kind: 'end'; readonly reason: ExitReason; readonly cause: EndCause | undefined };

export type SupervisorPhase = 'new' | 'starting' | 'running' | 'ending' | 'ended';

export interface SupervisorState {
  phase: SupervisorPhase;
  /** By id, in start order. */
  children: Map<string, ChildState>;
  /** Children that the code no longer names: kept, not started, until it names them again. */
  orphans: Map<string, ChildState>;
  /** Ids of static children that are gone (temporary, deleted): a resume does not bring them back. */
  dropped: string[];
  nextPosition: number;
  /** With `intensityScope: 'supervisor'`. Oldest first. */
  window: readonly WindowEntry[];
  operation: Operation | undefined;
  /** `ended`: why, unless it was asked to. */
  endCause: EndCause | undefined;
  /** What arrived while an operation was in hand, oldest first. */
  queue: Input[];
  /** What the operation in hand has yet to start or stop (last one next). Rebuilt by `resume`. */
  agenda: string[];
  /** Starts or stops whose answer is awaited. */
  inFlight: number;
}

/** Nothing of it runs, and nothing is planned for it. */
export function isDown({ status, awaits }: ChildState): boolean {
  return status === 'quarantined' || (status === 'undefined' && awaits === undefined);
}

/** A supervisor that was never started. */
export function newState(): SupervisorState {
  return {
    phase: 'new',
    children: new Map(),
    orphans: new Map(),
    dropped: [],
    nextPosition: 1,
    window: [],
    operation: undefined,
    endCause: undefined,
    queue: [],
    agenda: [],
    inFlight: 0,
  };
}

/** A child before its first start. */
export function newChild(spec: ChildSettings, dynamic: boolean, position: number): ChildState {
  return {
    id: spec.id,
    spec,
    dynamic,
    isOrphan: false,
    position,
    status: 'pending',
    incarnation: 0,
    as: 'first',
    failures: 0,
    runningSinceMs: undefined,
    retry: undefined,
    awaits: undefined,
    reason: undefined,
    faultKey: undefined,
    window: [],
  };
}

/** What is written down of a supervisor beside its children and the requests that wait. */
export type OwnRecord = Omit<
  SupervisorState,
  'children' | 'orphans' | 'queue' | 'agenda' | 'inFlight'
>;

/**
 * The part of the state that is not a child's. With one record per child (`children` and `orphans`) and one
 * per request that waits it is all that has to be written down: of what else waits `resume` knows from the
 * children. The records share memory with the state: encode them before the next step.
 */
export function ownRecord(state: SupervisorState): OwnRecord {
  const { phase, dropped, nextPosition, window, operation, endCause } = state;
  return { phase, dropped, nextPosition, window, operation, endCause };
}

/** The state as it was written down, ready for `resume` or `start`. `requests`: those that wait, in order. */
export function stateFromRecords(
  own: OwnRecord,
  children: readonly ChildState[],
  requests: readonly RequestInput[],
): SupervisorState {
  const state: SupervisorState = { ...newState(), ...own, queue: [...requests] };
  for (const child of children.toSorted((a, b) => a.position - b.position)) {
    (child.isOrphan ? state.orphans : state.children).set(child.id, child);
  }
  return state;
}
