/** What parent and child say to each other, and how a child is started. */
import type { Bag, Stream } from '../crash/chain.ts';

export const bugs = ['leak-memory', 'leak-handles', 'grow-disk', 'slow-down'] as const;
export type Bug = (typeof bugs)[number];

export interface ChildOptions {
  readonly directory: string;
  /** Counts the processes that ran on this directory. */
  readonly life: number;
  readonly bug: Bug | undefined;
  /** When the run began, by the wall clock: a bug may grow across lives. */
  readonly sinceMs: number;
  readonly sampleMs: number;
  /** How often memory is collected, so that what is left can be seen. */
  readonly collectMs: number;
}

/** Something to be done, again after a kill if it was not acknowledged. */
export type Order = { readonly id: number; readonly session: number } & (
  | { readonly kind: 'start' }
  | { readonly kind: 'item'; readonly n: number; readonly isApplied: boolean }
  | { readonly kind: 'finish' }
);

/** Of the times within one sample, in milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What a process can tell of itself at one moment. Counts are since the moment before. */
export interface Gauges {
  /** Since it was up. */
  readonly ageMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Right after a collection; undefined if there was none since the last sample. */
  readonly collectedBytes: number | undefined;
  readonly externalBytes: number;
  /** What keeps the event loop alive, by kind. */
  readonly handles: Readonly<Record<string, number>>;
  /** undefined where the system does not tell. */
  readonly files: number | undefined;
  readonly accepted: Spread | undefined;
  readonly applied: Spread | undefined;
  readonly loopDelay: Spread;
  readonly messagesPerS: number;
  readonly restartsPerS: number;
  readonly deadLetters: number;
}

/** What the actors know in the end, as their last landed snapshots say. */
export interface Report {
  readonly closed: Bag;
  /** Items of sessions that closed. */
  readonly lost: number;
  readonly twice: number;
  /** Reports of sessions that are not what they must be: the first few. */
  readonly wrong: readonly string[];
  readonly cured: Bag;
  readonly answered: Stream | undefined;
  readonly deadLetters: number;
  readonly quarantined: number;
  readonly orphans: readonly string[];
}

export type ToChild = Order | { readonly kind: 'report' } | { readonly kind: 'stop' };

export type FromChild =
  | { readonly kind: 'opening' }
  | { readonly kind: 'up'; readonly recoveryMs: number }
  | { readonly kind: 'done'; readonly id: number; readonly isDuplicate: boolean }
  | { readonly kind: 'refused'; readonly id: number; readonly code: string }
  | { readonly kind: 'gauges'; readonly gauges: Gauges }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
