/**
 * Effects that ran when a process died of nobody knows what. Who was there often enough runs alone among
 * them, so that the next death tells who it was; all others wait for that, but not for ever.
 */
import { limits } from '../base/limits.ts';
import type { SuspectedEffects, World } from './world.ts';

type Kind = 'effect' | 'action';

interface Lane {
  readonly start: (id: number) => void;
  readonly clear: (id: number) => void;
}

/** A suspect that runs. */
interface Running {
  readonly kind: Kind;
  readonly id: number;
  readonly sinceMs: number;
  /** Others wait, so it has a limit. */
  isLimited: boolean;
}

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
  readonly #lanes = new Map<Kind, Lane>();
  readonly #running = new Map<string, Running>();
  readonly #waiting = new Map<string, () => void>();
  #alone: string | undefined = undefined;

  constructor(world: World) {
    this.#world = world;
  }

  onTurn(kind: Kind, start: (id: number) => void, clear: (id: number) => void): void {
    this.#lanes.set(kind, { start, clear });
  }

  /** Whether it may run now. If not, it is started when it may. */
  admits(kind: Kind, id: number, suspicion: number, deathsMax: number): boolean {
    const name = `${kind} ${id}`;
    if (suspicion === 0 || this.#running.has(name)) return true;
    const mustBeAlone = suspicion >= aloneFrom(deathsMax);
    if (this.#alone !== undefined || (mustBeAlone && this.#running.size > 0)) {
      this.#waiting.set(name, () => this.#lanes.get(kind)?.start(id));
      for (const [running, run] of this.#running) this.#limit(running, run);
      return false;
    }
    this.#begin(kind, id, mustBeAlone);
    return true;
  }

  /** It has been running since before this world was made: no other may begin beside it. */
  goesOn(kind: Kind, id: number): void {
    this.#begin(kind, id, true);
  }

  /** It does not run any more, or does not want to. */
  ended(kind: Kind, id: number): void {
    const name = `${kind} ${id}`;
    this.#waiting.delete(name);
    if (!this.#running.delete(name)) return;
    if (this.#alone === name) this.#alone = undefined;
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    // never inside the turn that ended it
    this.#world.committer.pending.afterLanding(() => {
      for (const start of waiting) start();
    });
    this.#world.dispatcher.wake();
  }

  #begin(kind: Kind, id: number, isAlone: boolean): void {
    const name = `${kind} ${id}`;
    if (isAlone) this.#alone = name;
    this.#running.set(name, { kind, id, sinceMs: this.#world.time.nowMs(), isLimited: false });
  }

  /** Somebody waits: who runs on and on, as what is meant to run for ever does, has killed nobody. */
  #limit(name: string, run: Running): void {
    if (run.isLimited) return;
    run.isLimited = true;
    this.#world.timers.alarm(run.sinceMs + limits.suspectMs, () => {
      if (this.#running.get(name) !== run) return;
      this.#lanes.get(run.kind)?.clear(run.id);
      this.ended(run.kind, run.id);
    });
  }
}
