/** How often each message failed: threw, or had a process die in its turn. */
import { keys } from '../../src/persistence/keyspace.ts';
import type { SimMedium } from '../../src/testing/sim-medium.ts';
import { attemptsOf, unhandledStep } from './deeds.ts';
import type { Program } from './program.ts';

export class Failures {
  readonly #program: Program;
  readonly #thrown = new Map<string, number>();
  readonly #deaths = new Map<string, number>();
  #epoch = 0;

  constructor(program: Program) {
    this.#program = program;
  }

  /** Whether it is kept which turn ran when a process died, and what ran beside it. */
  get mayKill(): boolean {
    return this.#program.features.includes('flight slot');
  }

  thrown(id: string): number {
    return this.#thrown.get(id) ?? 0;
  }

  threw(id: string): void {
    this.#thrown.set(id, this.thrown(id) + 1);
  }

  /** Before each process: which turn the one before died in, if that is known. */
  look({ slot }: SimMedium, mailAt: (key: string) => string | undefined): void {
    if (slot === undefined || slot.hasEnded || slot.left.epoch === this.#epoch) return;
    this.#epoch = slot.left.epoch;
    const { turn } = slot.left;
    const id = turn && mailAt(keys.message(turn.uid, turn.position));
    if (id !== undefined) this.#deaths.set(id, (this.#deaths.get(id) ?? 0) + 1);
  }

  of(id: string): number {
    return this.thrown(id) + (this.#deaths.get(id) ?? 0);
  }

  /** Of a step that fails with nobody to handle it. */
  unhandledStep(id: string): ReturnType<typeof unhandledStep> {
    return unhandledStep(this.#program, id);
  }

  /** After how many failures it is given up. */
  attemptsOf(id: string): { readonly least: number; readonly most: number } {
    const most = attemptsOf(this.#program, id);
    // deaths are counted against the bound of whoever made a helper
    return { least: most, most: this.mayKill ? this.#program.attemptsMax : most };
  }
}
