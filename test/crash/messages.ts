/** What parent and child say to each other, and how a child is started. */
import type { Bag, Streams } from './chain.ts';
import type { PointName } from './crash-points.ts';

export const bugs = ['early-ack', 'early-effect', 'skip-marker'] as const;
export type Bug = (typeof bugs)[number];
export const durabilities = ['fsync', 'os'] as const;
export type Durability = (typeof durabilities)[number];

export interface ChildOptions {
  readonly directory: string;
  /** Counts the processes that ran on this directory. */
  readonly life: number;
  readonly durability: Durability;
  readonly bug: Bug | undefined;
  /** Where this life ends by itself; undefined: the parent kills it, or nobody. */
  readonly plan: { readonly point: PointName; readonly nth: number } | undefined;
}

/** The actors that the parent sends to. */
export const intakes = ['a', 'b'] as const;
export type Intake = (typeof intakes)[number];

/** What an emitting actor said about its item number `index`. */
export interface Heard {
  readonly actor: 'relay' | 'recorder';
  readonly index: number;
  readonly source: string;
  readonly n: number;
}

export interface OracleReply {
  readonly n: number;
  /** How many questions of this asker the oracle has had, this one included. */
  readonly count: number;
}

/** What an actor knows, as its last landed snapshot says. */
export interface ActorReport {
  readonly streams?: Streams;
  /** Streams of what came back: results, answers. */
  readonly returned?: Streams;
  readonly bags?: Readonly<Record<string, Bag>>;
  /** Over all that the actor took, in the order of its mailbox. */
  readonly chain?: string;
  /** Things that must be empty when all is done. */
  readonly open?: number;
  /** What the actor itself found wrong. */
  readonly faults?: number;
}

export interface Report {
  readonly actors: Readonly<Record<string, ActorReport>>;
  readonly deadLetters: number;
  readonly quarantined: number;
  readonly orphans: readonly string[];
}

export interface StoredEmission {
  readonly position: number;
  readonly heard: Heard;
}

export type ToChild =
  | { readonly kind: 'send'; readonly to: Intake; readonly n: number; readonly isApplied: boolean }
  | { readonly kind: 'ask'; readonly n: number }
  | { readonly kind: 'report' }
  | { readonly kind: 'emissions'; readonly actor: Heard['actor'] }
  | { readonly kind: 'stop' };

export type FromChild =
  | { readonly kind: 'opening' }
  | { readonly kind: 'up' }
  | {
      readonly kind: 'acknowledged';
      readonly to: Intake;
      readonly n: number;
      readonly position: number;
      /** With `isApplied`: whether the last landed snapshot has it. */
      readonly isInState: boolean;
    }
  | { readonly kind: 'refused'; readonly what: string; readonly code: string }
  | { readonly kind: 'answered'; readonly n: number; readonly reply: OracleReply }
  | { readonly kind: 'heard'; readonly heard: Heard }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'emissions'; readonly emissions: readonly StoredEmission[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
