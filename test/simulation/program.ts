/** What one simulated run does: a tree, what callers and operators do to it, and what goes wrong. */
import type { Phase } from '../../src/testing/phase.ts';

/** Options of a step: see `policies.ts`. */
export const policyNames = [
  'patient',
  'hasty',
  'limited',
  'reporting',
  'verifying',
  'sharing',
] as const;
export type PolicyName = (typeof policyNames)[number];

/** What one message makes its receiver do, in one turn. */
export type Deed =
  | { readonly do: 'send'; readonly to: number; readonly deeds: readonly Deed[] }
  | {
      readonly do: 'later';
      readonly to: number;
      readonly ms: number;
      readonly deeds: readonly Deed[];
    }
  | { readonly do: 'helper'; readonly deeds: readonly Deed[] }
  | {
      readonly do: 'step';
      readonly ms: number;
      readonly failures: number;
      /** Its machine does not handle that it fails. */
      readonly isUnhandled?: boolean;
      /** @defaultValue no options at all */
      readonly policy?: PolicyName;
    }
  | {
      readonly do: 'ask';
      readonly to: number;
      /** It is a question to which nobody ever replies. */
      readonly isUnanswered?: boolean;
    }
  | { readonly do: 'flaky'; readonly failures: number }
  /** A named action, which takes so long. */
  | { readonly do: 'act'; readonly ms?: number }
  | { readonly do: 'cancel' | 'dismiss' | 'poison' | 'finish' | 'leave' };

export type OperatorCall = 'pause' | 'resume' | 'kill' | 'reset' | 'terminate';
export type SupervisorCall = 'terminateChild' | 'restartChild';

export type Op =
  | {
      readonly op: 'tell';
      readonly to: number;
      readonly deeds: readonly Deed[];
      /** Whoever sends it makes sure of it: under a key, until it is accepted. */
      readonly isKeyed: boolean;
      readonly until: 'durable' | 'applied';
    }
  | { readonly op: 'ask'; readonly to: number }
  | { readonly op: 'pass'; readonly ms: number }
  | { readonly op: 'shift'; readonly ms: number }
  | { readonly op: 'operator'; readonly call: OperatorCall; readonly at: number }
  | { readonly op: 'supervisor'; readonly call: SupervisorCall; readonly at: number }
  | { readonly op: 'start'; readonly pool: number }
  | { readonly op: 'letters'; readonly call: 'retry' | 'drop' }
  | { readonly op: 'stop' };

export interface WorkerShape {
  readonly kind: 'worker';
  readonly restart: 'permanent' | 'transient' | 'temporary';
  readonly hookMs: number | undefined;
}

export interface GroupShape {
  readonly kind: 'group';
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly workers: readonly WorkerShape[];
}

export interface PoolShape {
  readonly kind: 'pool';
  readonly worker: WorkerShape;
}

export type Shape = WorkerShape | GroupShape | PoolShape;

/** How one process dies. */
export interface Death {
  readonly phase: Phase;
  /** At which moment in that phase, from 1. */
  readonly moment: number;
  /** Of a write: how much of it is there. */
  readonly write: 'dies before' | 'dies torn' | 'dies after';
  /** What happens before the next process begins. */
  readonly next: 'nothing' | 'time passes' | 'a row is damaged' | 'the power is lost';
}

/** What a run may meet: each is switched on or off at random (swarm testing). */
export const features = [
  'timers',
  'steps',
  'unhandled failures',
  'step policies',
  'resources',
  'asks',
  'unanswered asks',
  'helpers',
  'actions',
  'flaky turns',
  'poison',
  'ends',
  'operators',
  'supervisor calls',
  'pools',
  'letters',
  'stops',
  'clock shifts',
  'full mailboxes',
  'few restarts',
  'backoff',
  'hooks',
  'restart types',
  'failed writes',
  'failed opens',
  'damage',
  'unsynced writes',
  'flight slot',
  'shuffled order',
  'one turn a batch',
] as const;
export type Feature = (typeof features)[number];

export interface Program {
  readonly features: readonly Feature[];
  readonly tree: readonly Shape[];
  readonly attemptsMax: number;
  readonly strategy: GroupShape['strategy'];
  readonly ops: readonly Op[];
  /** Turns of the event loop between operations, over and over. */
  readonly gaps: readonly number[];
  /** Of one process after another; the next one lives on. */
  readonly deaths: readonly Death[];
  /** Numbers of writes that fail, from 1 over the whole run, and whether they are there all the same. */
  readonly failedWrites: readonly { readonly write: number; readonly lands: boolean }[];
  /** Numbers of opens that fail, from 1. */
  readonly failedOpens: readonly number[];
  /** Of everything that is left to chance. */
  readonly seed: number;
}
