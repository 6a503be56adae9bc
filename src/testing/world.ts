/** What a simulated program finds outside of its process. */

/** Something that happened outside. */
export interface Note {
  readonly what: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** In ms since the simulated world began. */
  readonly atMs: number;
  /** Number of the process that did it, from 1. */
  readonly process: number;
}

/**
 * The outside as one process sees it. A process that died can do nothing there any more; what it did stays.
 *
 * @public
 */
export interface World {
  /** Wall time in ms since the epoch. */
  readonly nowMs: number;
  /** Everything that happened outside so far, by all processes. */
  readonly notes: readonly Note[];
  /** Acts outside: sends the mail, charges the card. It cannot be taken back, whatever becomes of the process. */
  note(what: string, facts?: Readonly<Record<string, unknown>>): void;
  /** A timer of the process, as `setTimeout` is: it dies with it. Returns how to withdraw it. */
  after(delayMs: number, fn: () => void): () => void;
  /** A promise of {@link World.after}, for steps that take their time. */
  sleep(delayMs: number): Promise<void>;
}

/** The world as whoever moves it sees it. @public */
export interface MovableWorld extends World {
  /** Lets time pass: whatever becomes due on the way is done at its time. Nothing waits for real. */
  advance(ms: number): Promise<void>;
  /** Resolves when nothing is left to do before time passes. */
  settled(): Promise<void>;
}
