/** Processes that die of what they do: simulated ones, that can be started again and again. */
import { assign, setup } from 'xstate';
import type { SystemEvent } from '../../src/runtime/events.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import type { Store } from '../../src/ports/store.ts';
import { Lab } from './lab.ts';

/** Does what it is told, and may die of that. */
export type Deed = (what: string) => void;

export class Mortal {
  readonly lab: Lab;
  readonly #root: (deed: Deed) => AnyRoot;
  /** What was done by any process, in order. */
  readonly done: string[] = [];
  readonly events: SystemEvent[] = [];
  /** What it is deadly to do. */
  readonly deadly = new Set<string>();
  /** Just before it dies, in the middle of what it does. */
  onDeath: () => void = () => undefined;
  #isDead = true;
  deaths = 0;

  constructor(root: (deed: Deed) => AnyRoot, store?: Store) {
    this.lab = store === undefined ? new Lab() : new Lab(store);
    this.#root = root;
  }

  /** Starts a process, and lets it do what it does within this time. undefined: it died. */
  async boot(ms = 0): Promise<System | undefined> {
    this.#isDead = false;
    let system: System | undefined;
    const opening = this.lab.open(
      this.#root((what) => this.#do(what)),
      { onEvent: (event) => this.events.push(event) },
    );
    let failed = new Error('it neither started nor died');
    opening.then(
      (opened) => {
        system = opened as System;
      },
      (error: unknown) => {
        failed = error as Error;
      },
    );
    await this.lab.advance(ms);
    await this.lab.settle();
    if (this.#isDead) return undefined;
    if (system === undefined) throw failed;
    return system;
  }

  /** Processes until one lives. */
  async live(bootsMax = 20): Promise<System> {
    for (let boots = 0; boots < bootsMax; boots += 1) {
      const system = await this.boot();
      if (system !== undefined) return system;
    }
    throw new Error(`${bootsMax} processes have died`);
  }

  async die(): Promise<void> {
    if (this.#isDead) return;
    this.onDeath();
    this.#isDead = true;
    this.deaths += 1;
    await this.lab.kill();
  }

  count(what: string): number {
    return this.done.filter((each) => each === what).length;
  }

  #do(what: string): void {
    if (this.#isDead) return; // what the dead seem to do never happened
    this.done.push(what);
    if (this.deadly.has(what)) void this.die();
  }
}

/** Handles `do` by doing it; remembers what it did. */
export function clerk(deed: Deed) {
  return setup({
    types: {
      context: {} as { done: readonly string[] },
      events: {} as { type: 'do'; what: string } | { type: 'later'; what: string },
    },
  }).createMachine({
    id: 'clerk',
    context: { done: [] },
    on: {
      do: {
        actions: assign({
          done: ({ context, event }) => {
            deed(event.what);
            return [...context.done, event.what];
          },
        }),
      },
    },
  });
}
