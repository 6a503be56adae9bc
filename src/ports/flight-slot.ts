/**
 * The flight slot: which turn runs, kept beside the rows of a store where it outlives the process. It is
 * written without a sync: it tells how a process died, not how the machine lost its power.
 */
import type { TurnWatch, WatchOptions } from './turn-watch.ts';

/** One turn of one actor. */
export interface RunningTurn {
  readonly uid: number;
  /** Of the message that is handled; 0: the first turn. */
  readonly position: number;
}

/** What a holder of the store left that did not end in order. */
export interface LeftBehind {
  /** Of the holder that wrote the slot last; 0: nobody knows. */
  readonly epoch: number;
  /** When that one began, in durable time. */
  readonly startedMs: number;
  /** The turn in which it died; undefined: it ran none. */
  readonly turn: RunningTurn | undefined;
}

/** Any call may throw if the medium fails. */
export interface FlightSlot {
  /** Fixed at open. undefined: the last holder ended in order, or there was none. */
  readonly left: LeftBehind | undefined;
  /**
   * Makes the slot that of this epoch; what was left is forgotten. `current` is asked when the process exits
   * in the middle of something, and what it names is left behind.
   */
  take(startedMs: number, current: () => RunningTurn | undefined): void;
  /** This turn begins. */
  fill(uid: number, position: number): void;
  /** No turn runs. */
  empty(): void;
  /** The holder ends in order. Keeps what was left if that was not taken over. */
  finish(): void;
  /** Has turns watched that may last too long to be told by this thread. Needs `take` first. */
  watch?(options: WatchOptions): TurnWatch;
}
