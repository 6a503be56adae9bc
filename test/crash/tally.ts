/** Counts kills by name and durability, and knows when there were enough. */
import { type KillName, killNames } from './crash-points.ts';
import type { Durability } from './messages.ts';
import type { Options } from './options.ts';

export class Tally {
  readonly #options: Options;
  readonly #untilMs: number;
  readonly #counts = new Map<string, number>();
  total = 0;

  constructor(options: Options, nowMs: number) {
    this.#options = options;
    this.#untilMs = nowMs + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  }

  count(durability: Durability, name: KillName): void {
    this.total += 1;
    const place = `${durability} ${name}`;
    this.#counts.set(place, (this.#counts.get(place) ?? 0) + 1);
  }

  of(name: KillName, durability?: Durability): number {
    const modes = durability === undefined ? this.#options.durabilities : [durability];
    return modes.reduce((sum, mode) => sum + (this.#counts.get(`${mode} ${name}`) ?? 0), 0);
  }

  /** Enough kills and each name among them, or no time left. */
  isOver(nowMs: number): boolean {
    if (nowMs >= this.#untilMs) return true;
    if (this.total < this.#options.kills) return false;
    return this.#options.bug !== undefined || killNames.every((name) => this.of(name) > 0);
  }

  table(): string {
    const { durabilities } = this.#options;
    const row = (name: string, cells: readonly (string | number)[]): string =>
      `${name.padEnd(24)}${cells.map((cell) => String(cell).padStart(7)).join('')}`;
    return [
      row('killed at', [...durabilities, 'total']),
      ...killNames.map((name) =>
        row(name, [...durabilities.map((mode) => this.of(name, mode)), this.of(name)]),
      ),
      row('all', [
        ...durabilities.map((mode) =>
          killNames.reduce((sum, name) => sum + this.of(name, mode), 0),
        ),
        this.total,
      ]),
    ].join('\n');
  }
}
