/** What the options of a step promise, as it is seen from outside. */
import type { StepArgs } from '../../src/index.ts';
import { deedOf } from './deeds.ts';
import type { Landed } from './landed.ts';
import type { Laws } from './laws.ts';
import { PATIENCE, resources } from './policies.ts';
import type { PolicyName, Program } from './program.ts';

export class StepLaws {
  readonly #program: Program;
  readonly #laws: Laws;
  readonly #landed: Landed;
  /** How often each began, acted, and failed by itself. */
  readonly #begun = new Map<string, number>();
  readonly #acted = new Map<string, number>();
  readonly #failed = new Map<string, number>();
  /** Those that share the resource in this process. */
  readonly #sharing = new Set<string>();
  /** What was begun may be forgotten. */
  #wasPowerLost = false;

  constructor(program: Program, laws: Laws, landed: Landed) {
    this.#program = program;
    this.#laws = laws;
    this.#landed = landed;
  }

  /** A process begins. */
  enter(): void {
    this.#sharing.clear();
  }

  losePower(): void {
    this.#wasPowerLost = true;
  }

  began(id: string, { signal }: Pick<StepArgs<unknown>, 'signal'>): void {
    const times = count(this.#begun, id);
    if (this.#is('reporting', id) && !this.#wasPowerLost)
      this.#laws.check('G4', times === 1, () => `${id} begins again, and was to be reported`);
    if (!this.#is('sharing', id)) return;
    this.#sharing.add(id);
    signal.addEventListener('abort', () => this.#sharing.delete(id));
    const { concurrency = 0 } = resources['api'] ?? {};
    this.#laws.check(
      'G9',
      this.#sharing.size <= concurrency,
      () => `${[...this.#sharing].join(', ')} use at once what ${concurrency} may`,
    );
    const uid = this.#landed.effectOf(id)?.uid;
    this.#laws.check(
      'G9',
      this.#wasPowerLost || times <= this.#landed.grantsOf(uid),
      () => `${id} begins ${times} times, and may ${this.#landed.grantsOf(uid)} times`,
    );
  }

  acted(id: string): void {
    this.#sharing.delete(id);
    const times = count(this.#acted, id);
    if (this.#is('verifying', id) && !this.#wasPowerLost)
      this.#laws.check('G4', times === 1, () => `${id} acts again, and anybody could have told`);
  }

  failed(id: string): void {
    this.#sharing.delete(id);
    count(this.#failed, id);
  }

  /** At the end of all. */
  settle(id: string): void {
    if (this.#wasPowerLost || !this.#landed.turns.has(`error:${id}`)) return;
    if (this.#landed.givenUp.has(`error:${id}`)) return; // processes died of it
    const failures = this.#failed.get(id) ?? 0;
    const told = (why: string) => (): string => `the step ${id} failed, ${why}`;
    if (this.#is('patient', id))
      this.#laws.check('G7', failures >= PATIENCE, told(`and only ${failures} of its attempts`));
    if (this.#is('reporting', id))
      this.#laws.check(
        'G4',
        failures > 0 || this.#landed.doubted.has(id),
        told('and no attempt at it was cut short'),
      );
    if (this.#is('verifying', id))
      this.#laws.check('G4', !this.#acted.has(id), told('and has acted: anybody could have told'));
  }

  #is(policy: PolicyName, id: string): boolean {
    const deed = deedOf(this.#program, id);
    return deed?.do === 'step' && deed.policy === policy;
  }
}

function count(times: Map<string, number>, id: string): number {
  const now = (times.get(id) ?? 0) + 1;
  times.set(id, now);
  return now;
}
