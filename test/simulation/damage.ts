/** Wrong bytes in a row while no process runs, and what may come of them. */
import type { Random } from '../../src/testing/random.ts';
import type { SimMedium } from '../../src/testing/sim-medium.ts';
import type { Laws } from './laws.ts';

/** Kinds of rows; a message that cannot be read may end as a dead letter that tells nobody which it was. */
const kinds = ['b', 's', 'e', 't', 'q', 'o', 'd', 'v', 'w', 'a', 'r', 'k', 'y'];

export class Damage {
  readonly #medium: SimMedium;
  readonly #random: Random;
  readonly #laws: Laws;
  #key: string | undefined = undefined;
  #wasMet = false;
  /** A remembered key was put back as it had been: what became of its message meanwhile is not in it. */
  hasStaleKeys = false;

  constructor(medium: SimMedium, random: Random, laws: Laws) {
    this.#medium = medium;
    this.#random = random;
    this.#laws = laws;
  }

  get isThere(): boolean {
    return this.#key !== undefined;
  }

  /** The next process begins. */
  begin(): void {
    if (this.#wasMet) this.undo();
  }

  do(): void {
    const kind = this.#random.pick(kinds);
    const rows = this.#medium.rows.keysIn(`${kind}!`, `${kind}"`);
    if (rows.length === 0) return;
    this.#key = this.#random.pick(rows);
    this.hasStaleKeys ||= kind === 'r';
    this.#medium.damage(this.#key, this.#random.below(4_096));
  }

  /** The row is put back, as from a copy. */
  undo(): void {
    this.#medium.repair();
    this.#key = undefined;
    this.#wasMet = false;
  }

  /** A store that does not open says why. */
  refused(error: Error): void {
    const { code = '' } = error as { code?: string };
    this.#laws.check(
      'G8',
      code === 'STORE_CORRUPT' || code === 'VALUE_CORRUPT',
      () => `with ${this.#key} damaged the start failed with ${code} ${error.message}`,
    );
  }

  /** A process has the store open with the wrong bytes in it: they are there until it ends. */
  opened(): void {
    this.#wasMet = true;
    this.#laws.check('G8', true, () => '');
  }
}
