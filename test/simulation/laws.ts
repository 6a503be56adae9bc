/** The promises of docs/guarantees.md as a simulated run sees them: how often each was put to the test, and what broke it. */
import type { Failures } from './failures.ts';

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
  readonly #failures: Failures;

  constructor(failures: Failures) {
    this.#failures = failures;
  }

  check(law: LawName, holds: boolean, what: () => string): void {
    this.counts.set(law, (this.counts.get(law) as number) + 1);
    if (!holds && this.violations.length < VIOLATIONS_KEPT)
      this.violations.push({ law, what: what() });
  }

  parked(id: string, attempts: number): void {
    // a failure of a step that was retried throws each time, and nobody counts
    const failures =
      this.#unhandled(id) === undefined ? this.#failures.of(id) : Number.POSITIVE_INFINITY;
    const { least, most } = this.#failures.attemptsOf(id);
    this.check(
      'G7',
      attempts <= failures,
      () => `${id} was parked after ${attempts} attempts, and failed ${failures} times`,
    );
    this.check(
      'G7',
      attempts >= least && attempts <= most,
      () => `${id} was parked after ${attempts} attempts, not ${least} to ${most}`,
    );
  }

  /** An effect or an action is a dead letter: only steps fail so often by themselves. */
  gaveUp(id: string, reason: string, attempts: number): void {
    const step = reason === 'effect' ? this.#unhandled(id) : undefined;
    const isSpent = step !== undefined && attempts >= step.attemptsMax && attempts <= step.failures;
    this.check(
      'G7',
      isSpent || this.#failures.mayKill,
      () => `${id} was given up (${reason}) after ${attempts} attempts`,
    );
  }

  /** The step whose failure that is, if nobody handles it. */
  #unhandled(id: string): ReturnType<Failures['unhandledStep']> {
    return id.startsWith('error:')
      ? this.#failures.unhandledStep(id.slice('error:'.length))
      : undefined;
  }
}
