/**
 * Effects that ran when a process died of nobody knows what. Who was there often enough runs alone among
 * them, so that the next death tells who it was; all others wait for that.
 */
import type { SuspectedEffects, World } from './world.ts';

type Kind = 'effect' | 'action';

/** From so many deaths on it runs alone; one death does not tell which of several it was. */
function aloneFrom(deathsMax: number): number {
  return Math.max(1, deathsMax - 1);
}

/** Whether the last of these deaths was its own: it ran alone then. */
export function isGuilty(suspicion: number, deathsMax: number): boolean {
  return suspicion > aloneFrom(deathsMax);
}

export class Suspects implements SuspectedEffects {
  readonly #world: World;
  readonly #starts = new Map<Kind, (id: number) => void>();
  readonly #running = new Set<string>();
  readonly #waiting = new Map<string, () => void>();
  #alone: string | undefined = undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** How one that had to wait is started when its turn has come; it asks for admission again. */
  onTurn(kind: Kind, start: (id: number) => void): void {
    this.#starts.set(kind, start);
  }

  /** Whether it may run now. If not, it is started when it may. */
  admits(kind: Kind, id: number, suspicion: number, deathsMax: number): boolean {
    const name = `${kind} ${id}`;
    if (suspicion === 0 || this.#alone === name || this.#running.has(name)) return true;
    const mustBeAlone = suspicion >= aloneFrom(deathsMax);
    if (this.#alone !== undefined || (mustBeAlone && this.#running.size > 0)) {
      this.#waiting.set(name, () => this.#starts.get(kind)?.(id));
      return false;
    }
    if (mustBeAlone) this.#alone = name;
    else this.#running.add(name);
    return true;
  }

  /** It does not run any more, or does not want to. */
  ended(kind: Kind, id: number): void {
    const name = `${kind} ${id}`;
    this.#waiting.delete(name);
    if (this.#alone === name) this.#alone = undefined;
    else if (!this.#running.delete(name)) return;
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    // never inside the turn that ended it
    this.#world.committer.pending.afterLanding(() => {
      for (const start of waiting) start();
    });
    this.#world.dispatcher.wake();
  }
}
