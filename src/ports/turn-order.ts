/**
 * Who takes the next turn, and how long a slice lasts. Without one, first come is first served; a simulation
 * decides otherwise, within what the guarantees leave open.
 */
export interface TurnOrder {
  /** Turns in one batch at most, while another is being written. */
  readonly batchTurnsMax: number;
  /** Which of the `ready` actors in line is next: 0 is the one that waits longest. */
  next(ready: number): number;
  /** This actor takes a turn, with the message at this position; 0: its first. */
  begins(uid: number, position: number): void;
  /** Whether the slice, in which turns follow one another, ends after this turn. */
  endsSlice(): boolean;
}
