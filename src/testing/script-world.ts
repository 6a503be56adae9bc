import type { MovableWorld, Note } from './world.ts';

/** The world as the script has it: while it lets time pass, it does not wait for anything else. */
export class ScriptWorld implements MovableWorld {
  readonly #world: MovableWorld;
  #moves = 0;

  constructor(world: MovableWorld) {
    this.#world = world;
  }

  /** Whether the script lets time pass just now. */
  get isMoving(): boolean {
    return this.#moves > 0;
  }

  get nowMs(): number {
    return this.#world.nowMs;
  }

  get notes(): readonly Note[] {
    return this.#world.notes;
  }

  note(what: string, facts?: Readonly<Record<string, unknown>>): void {
    this.#world.note(what, facts);
  }

  after(delayMs: number, fn: () => void): () => void {
    return this.#world.after(delayMs, fn);
  }

  sleep(delayMs: number): Promise<void> {
    return this.#world.sleep(delayMs);
  }

  advance(ms: number): Promise<void> {
    return this.#move(() => this.#world.advance(ms));
  }

  settled(): Promise<void> {
    return this.#move(() => this.#world.settled());
  }

  async #move(move: () => Promise<void>): Promise<void> {
    this.#moves += 1;
    try {
      await move();
    } finally {
      this.#moves -= 1;
    }
  }
}
