/** Times that were measured within one sample. */
import type { Spread } from './messages.ts';

/** The smallest value that at least this share of `sorted` is not above. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export class Times {
  #ms: number[] = [];

  add(ms: number): void {
    this.#ms.push(ms);
  }

  /** Of what came since the last call; undefined if nothing came. */
  take(): Spread | undefined {
    const sorted = this.#ms.sort((a, b) => a - b);
    this.#ms = [];
    if (sorted.length === 0) return undefined;
    return {
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      max: quantile(sorted, 1),
    };
  }
}
