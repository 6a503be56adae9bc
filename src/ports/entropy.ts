/** Randomness, so that a seed can replace it. */
export interface Entropy {
  /** A new id, unique beyond this process. */
  id(): string;
  /** A number in [0, 1). */
  random(): number;
}
