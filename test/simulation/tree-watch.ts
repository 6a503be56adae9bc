/** Whether crashes are contained: what the tree does, held against what nobody may ever see. */
import type { SystemEvent } from '../../src/runtime/events.ts';
import { TreeWitness } from '../support/tree-witness.ts';
import type { Laws } from './laws.ts';
import type { Program } from './program.ts';
import type { Tree } from './tree.ts';

/** Between the start of an actor and a stop that nobody has heard of. */
const STOPPED_WITHIN_MS = 50;
const endsAll: ReadonlySet<string> = new Set(['escalate', 'shutdown']);

export class TreeWatch {
  readonly #witness: TreeWitness;
  readonly #laws: Laws;
  readonly #tree: Tree;
  readonly #nowMs: () => number;
  /** Supervised actors that were started and have not ended, and since when. */
  readonly #up = new Map<string, number>();
  #told = 0;

  constructor(program: Program, tree: Tree, laws: Laws, nowMs: () => number) {
    this.#laws = laws;
    this.#tree = tree;
    this.#nowMs = nowMs;
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
    this.#up.clear();
  }

  /** Whether an operator asked for the end of that one. */
  wasAsked(address: string): boolean {
    return this.#witness.asked.has(address);
  }

  /** An operator asked for that end. */
  asked(address: string): void {
    this.#witness.asked.add(address);
  }

  /** Whether that actor runs, as far as supervisors tell, or the one above it that has a supervisor. */
  isUp(address: string): boolean {
    for (const up of this.#up.keys())
      if (address === up || address.startsWith(`${up}/`)) return true;
    return false;
  }

  see(event: SystemEvent): void {
    // everything that was up is made anew
    if (event.type === 'supervisor.starting' && event.address === '/') this.begin();
    this.#witness.see(event);
    if (event.type === 'actor.started') this.#up.set(event.address, this.#nowMs());
    else if (event.type === 'actor.exited' || event.type === 'actor.stopped')
      this.#up.delete(event.address);
    else if (event.type === 'actor.quarantined') this.#up.delete(event.address);
    else if (event.type === 'supervisor.decided') this.#decided(event);
    const { broken } = this.#witness;
    this.#laws.check('G6', broken.length === this.#told, () => broken.at(-1) as string);
    this.#told = broken.length;
  }

  /** Whoever had just been started may be stopped again by that, before it came to anything. */
  #decided({ address, decision }: Extract<SystemEvent, { type: 'supervisor.decided' }>): void {
    const supervisor = this.#tree.supervisors.find((each) => each.address === address);
    const isWide = decision === 'restart' ? supervisor?.isGroup === true : endsAll.has(decision);
    if (!isWide) return;
    const below = address === '/' ? '/' : `${address}/`;
    for (const [up, sinceMs] of this.#up)
      if (up.startsWith(below) && this.#nowMs() - sinceMs < STOPPED_WITHIN_MS) this.#up.delete(up);
  }
}
