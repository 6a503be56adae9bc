/** The promises of docs/guarantees.md as a simulated run sees them: how often each was put to the test, and what broke it. */
export const lawNames = ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'G8', 'G9', 'G10'] as const;
export type LawName = (typeof lawNames)[number];

export interface Violation {
  readonly law: LawName;
  readonly what: string;
}

const VIOLATIONS_KEPT = 20;

export class Laws {
  readonly counts = new Map<LawName, number>(lawNames.map((name) => [name, 0]));
  readonly violations: Violation[] = [];
  readonly #attemptsOf: (id: string) => number | undefined;
  readonly #mayPark: (id: string) => boolean;

  /**
   * @param attemptsOf - after how many attempts that message is given up; undefined: that depends
   * @param mayPark - whether that message may come to nothing
   */
  constructor(attemptsOf: (id: string) => number | undefined, mayPark: (id: string) => boolean) {
    this.#attemptsOf = attemptsOf;
    this.#mayPark = mayPark;
  }

  check(law: LawName, holds: boolean, what: () => string): void {
    this.counts.set(law, (this.counts.get(law) as number) + 1);
    if (!holds && this.violations.length < VIOLATIONS_KEPT)
      this.violations.push({ law, what: what() });
  }

  parked(id: string, attempts: number): void {
    this.check('G7', this.#mayPark(id), () => `${id} was parked, but fails too rarely`);
    const least = this.#attemptsOf(id) ?? attempts;
    this.check(
      'G7',
      attempts === least,
      () => `${id} was parked after ${attempts} attempts, not ${least}`,
    );
  }
}
