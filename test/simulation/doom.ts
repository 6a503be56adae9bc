/** What goes wrong in a run, as its program says. */
import type { UserCode } from '../../src/ports/executor.ts';
import type { Fate, Mortal, WriteEnd } from '../../src/testing/fate.ts';
import type { Phase } from '../../src/testing/phase.ts';
import type { Death, Program } from './program.ts';

export class Doom implements Fate {
  /** Of the process that runs; undefined: it lives on. */
  death: Death | undefined = undefined;
  readonly #program: Program;
  readonly #onDeath: (phase: Phase) => void;
  #left = 0;
  #opens = 0;

  constructor(program: Program, onDeath: (phase: Phase) => void) {
    this.#program = program;
    this.#onDeath = onDeath;
  }

  begin(death: Death | undefined): void {
    this.death = death;
    this.#left = death?.moment ?? 0;
  }

  dies({ phase }: Mortal): boolean {
    if (this.death === undefined || phase !== this.death.phase) return false;
    this.#left -= 1;
    if (this.#left > 0) return false;
    this.#die(phase);
    return true;
  }

  writes(process: Mortal, number: number): WriteEnd {
    if (this.death?.phase === 'batch' && process.phase !== 'recovery') {
      this.#left -= 2;
      if (this.#left <= 0) {
        const { write } = this.death;
        this.#die('batch');
        return write;
      }
    }
    const failure = this.#program.failedWrites.find(({ write }) => write === number);
    if (failure === undefined) return 'lands';
    return failure.lands ? 'lands unheard' : 'is lost';
  }

  opens(): Error | undefined {
    this.#opens += 1;
    return this.#program.failedOpens.includes(this.#opens)
      ? new Error('the simulated medium does not open')
      : undefined;
  }

  fails(_kind: UserCode): undefined {
    return undefined;
  }

  #die(phase: Phase): void {
    this.death = undefined;
    this.#onDeath(phase);
  }
}
