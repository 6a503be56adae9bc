/**
 * What the parent knows of the work, from the steps it hears begin. It says when a kill is due, and
 * judges each kill by where the next life of the daemon picks up: only a kill that left a mail half
 * done counts. One that fell exactly between two mails of all agents is made again.
 */
import { agentNames, agentOf } from './desk.ts';
import type { PlannedKill } from './kill-plan.ts';
import type { Began } from './run-files.ts';
import type { Phase } from './triage.ts';

export interface Kill {
  /** How many mails had reached their last step. */
  readonly afterItems: number;
  /** The last step that was heard of. */
  readonly last: Began | undefined;
  /** The first step of each agent in the next life: where the store said it was. */
  readonly found: readonly Found[];
}

export interface Found extends Began {
  readonly agent: string;
  /** The mail had been begun before the kill. */
  readonly isAgain: boolean;
}

export function fellInFlight({ found }: Kill): boolean {
  return found.some(({ isAgain }) => isAgain);
}

export class Watch {
  readonly #plan: readonly PlannedKill[];
  readonly #kills: (Kill & { readonly found: Found[] })[] = [];
  readonly #heard: Record<Phase, Set<number>> = {
    read: new Set(),
    classify: new Set(),
    record: new Set(),
  };
  #last: Began | undefined;

  /** `recorded`: the mails of an earlier run in the same directory. */
  constructor(plan: readonly PlannedKill[], recorded: Iterable<number> = []) {
    this.#plan = plan;
    this.#heard.record = new Set(recorded);
  }

  get kills(): readonly Kill[] {
    return this.#kills;
  }

  /** Mails that have reached their last step. */
  get recorded(): number {
    return this.#heard.record.size;
  }

  /** Takes note of a step that begins; returns the kill that is due with it, if any. */
  hear(began: Began): PlannedKill | undefined {
    const agent = agentOf(began.item);
    const found = this.#kills.at(-1)?.found;
    if (found !== undefined && found.every((each) => each.agent !== agent)) {
      found.push({ ...began, agent, isAgain: this.#wasBegun(began.item) });
    }
    this.#heard[began.phase].add(began.item);
    this.#last = began;
    return this.#due(began);
  }

  /** The daemon is dead, and everything it said before has been heard. */
  noteKill(): void {
    this.#kills.push({ afterItems: this.recorded, last: this.#last, found: [] });
  }

  #due({ phase }: Began): PlannedKill | undefined {
    const latest = this.#kills.at(-1);
    const isJudged =
      latest === undefined || fellInFlight(latest) || latest.found.length === agentNames.length;
    const next = this.#plan[this.#kills.filter(fellInFlight).length];
    const isDue = isJudged && next?.phase === phase && this.recorded >= next.afterItems;
    return isDue ? next : undefined;
  }

  #wasBegun(item: number): boolean {
    return Object.values(this.#heard).some((items) => items.has(item));
  }
}
