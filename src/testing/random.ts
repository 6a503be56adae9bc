import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const RESOLUTION = 2 ** 30;

/** Chance from a seed: the same seed makes the same choices, in every process and version of Node. */
export class Random {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A whole number from 0, below `count`. */
  below(count: number): number {
    return uniformInt(this.#generator, 0, count - 1);
  }

  /** A number in [0, 1). */
  share(): number {
    return this.below(RESOLUTION) / RESOLUTION;
  }

  /** True in this share of all cases. */
  chance(share: number): boolean {
    return this.share() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Another line of chance: what is drawn from one does not shift the other. */
  fork(): Random {
    return new Random(this.below(RESOLUTION));
  }
}
