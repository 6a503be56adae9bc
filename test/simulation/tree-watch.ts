/** Whether crashes are contained: what the tree does, held against what nobody may ever see. */
import type { SystemEvent } from '../../src/runtime/events.ts';
import { TreeWitness } from '../support/tree-witness.ts';
import type { Laws } from './laws.ts';
import type { Program } from './program.ts';
import type { Tree } from './tree.ts';

export class TreeWatch {
  readonly #witness: TreeWitness;
  readonly #laws: Laws;
  #told = 0;

  constructor(program: Program, tree: Tree, laws: Laws, nowMs: () => number) {
    this.#laws = laws;
    // windows are measured in durable time, which a clock that jumps takes along
    const isFew =
      program.features.includes('few restarts') && !program.features.includes('clock shifts');
    this.#witness = new TreeWitness({
      orderAt: (address) =>
        tree.supervisors.find((supervisor) => supervisor.address === address)?.children,
      windowAt: () => (isFew ? { intensity: 2, periodMs: 1_000 } : undefined),
      nowMs,
    });
  }

  /** Another process begins. */
  begin(): void {
    this.#witness.begin(false);
  }

  /** An operator asked for that end. */
  asked(address: string): void {
    this.#witness.asked.add(address);
  }

  see(event: SystemEvent): void {
    // everything that was up is made anew
    if (event.type === 'supervisor.starting' && event.address === '/') this.begin();
    this.#witness.see(event);
    const { broken } = this.#witness;
    this.#laws.check('G6', broken.length === this.#told, () => broken.at(-1) as string);
    this.#told = broken.length;
  }
}
