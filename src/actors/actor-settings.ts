import { limits } from '../base/limits.ts';

/** State value and context of a machine, as a migration sees them. @public */
export interface MigratedState {
  readonly value: unknown;
  readonly context: unknown;
}

/** Brings the state written by one version to the next. @public */
export type Migration = (state: MigratedState) => MigratedState;

/** What `onStart` gets. @public */
export interface StartHookArgs {
  readonly address: string;
  readonly input: unknown;
  readonly incarnation: number;
  /** Whether there was a snapshot to go on from. */
  readonly restored: boolean;
  /** Aborted when `startTimeoutMs` is over or the start is abandoned. */
  readonly signal: AbortSignal;
}

/** What `onStop` gets. @public */
export interface StopHookArgs {
  readonly address: string;
  readonly reason: string;
  /** Aborted when `shutdownMs` is over. */
  readonly signal: AbortSignal;
}

/** How one actor runs: complete and checked. */
export interface ActorSettings {
  readonly attemptsMax: number;
  readonly mailboxMax: number;
  readonly history: boolean;
  readonly version: number;
  /** By the version they start from. */
  readonly migrate: Readonly<Record<number, Migration>>;
  readonly restartFrom: 'snapshot' | 'initial';
  /** Whether the end of one that it is linked to is an event, not its own end. */
  readonly trapExits: boolean;
  readonly startTimeoutMs: number;
  /** How long its end may take. */
  readonly shutdownMs: number | 'infinity' | 'brutal_kill';
  readonly onStart: ((args: StartHookArgs) => unknown) | undefined;
  readonly onStop: ((args: StopHookArgs) => unknown) | undefined;
}

/** Of actors that were spawned or invoked by a machine. */
export const spawnedActorSettings: ActorSettings = Object.freeze({
  attemptsMax: 1,
  mailboxMax: limits.mailboxMax,
  history: false,
  version: 1,
  migrate: Object.freeze({}),
  restartFrom: 'snapshot',
  trapExits: false,
  startTimeoutMs: limits.startTimeoutMs,
  shutdownMs: limits.shutdownMs,
  onStart: undefined,
  onStop: undefined,
});
