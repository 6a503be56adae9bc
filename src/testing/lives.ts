/** The processes of one run, one after another: when one dies, the next is begun at once. */
import { type ErrorCode, isPerdureError } from '../base/errors.ts';
import { quiet } from '../runtime/actor-handle.ts';
import type { AnyRoot, System } from '../runtime/system-types.ts';
import type { Simulation } from './simulation.ts';

/** A process that has its system open. */
interface Life {
  readonly system: System;
  /** Resolves when it is dead. */
  readonly death: Promise<undefined>;
}

/** What an error of a repetition means if the call before it had done what was wanted. */
export type WasDone<T> = (error: unknown) => { readonly value: T } | undefined;

/** How a call ended in the process that lived to end it. */
type Answer<T> = { readonly value: T } | { readonly error: unknown };

export class Lives {
  readonly #simulation: Simulation<AnyRoot>;
  #life: Life | undefined = undefined;
  #isEnding = false;
  readonly #waiting: ((life: Life) => void)[] = [];
  readonly #watchers = new Set<(system: System) => void>();
  readonly #calls = new Set<{ readonly what: string }>();
  deaths = 0;
  /** How many calls began, and how many are over. */
  callNews = 0;
  /** Why a process could not start; no other is begun then. */
  failure: Error | undefined = undefined;

  constructor(simulation: Simulation<AnyRoot>) {
    this.#simulation = simulation;
  }

  /** That of the process that runs, undefined on the way to the next one. */
  get system(): System | undefined {
    return this.#life?.system;
  }

  /** Whether nothing is left to come: a process runs, or none will. */
  get isSettled(): boolean {
    return this.#life !== undefined || this.#isEnding || this.failure !== undefined;
  }

  /** What the script waits for, in words; the oldest call first. */
  get calls(): readonly string[] {
    return [...this.#calls].map(({ what }) => what);
  }

  begin(): void {
    let announce = (): void => undefined;
    const death = new Promise<undefined>((resolve) => {
      announce = () => resolve(undefined);
    });
    const start = this.#simulation.start();
    this.#simulation.process?.whenDead(() => {
      this.#life = undefined;
      this.deaths += 1;
      announce();
      queueMicrotask(() => {
        if (!this.isSettled) this.begin();
      });
    });
    start.then(
      (how) => {
        if (how.how === 'failed') this.failure = how.error;
        else if (how.how === 'up') this.#isUp({ system: how.system, death });
      },
      (error: unknown) => {
        this.failure = error as Error;
      },
    );
  }

  /** The system of the process that runs, or of the next one. */
  async up(): Promise<System> {
    return (await this.#current()).system;
  }

  /** Calls with each system that comes up, with the present one at once. */
  onUp(watcher: (system: System) => void): () => void {
    this.#watchers.add(watcher);
    if (this.#life !== undefined) watcher(this.#life.system);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** Makes a call, and makes it again in the next process if this one dies before it answers. */
  call<T>(
    what: string,
    make: (system: System) => PromiseLike<T>,
    wasDone: WasDone<T> = () => undefined,
  ): Promise<T> {
    return quiet(
      this.#under(what, async () => {
        for (let isFirst = true; ; isFirst = false) {
          const life = this.#life ?? (await this.#current());
          const answer = await Promise.race([answerOf(() => make(life.system)), life.death]);
          if (answer === undefined) continue;
          if ('value' in answer) return answer.value;
          const done = isFirst ? undefined : wasDone(answer.error);
          if (done === undefined) throw answer.error;
          return done.value;
        }
      }),
    );
  }

  /** What is read item by item goes on in the next process behind the last one that was heard. */
  async *read<T>(
    what: string,
    open: (system: System, last: T | undefined) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    let last: T | undefined;
    for (;;) {
      const { system, death } = this.#life ?? (await this.#current());
      const items = open(system, last)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = answerOf(() => items.next());
          const answer = await this.#under(what, () => Promise.race([next, death]));
          if (answer === undefined) break;
          if ('error' in answer) throw answer.error;
          if (answer.value.done === true) return;
          last = answer.value.value;
          yield last;
        }
      } finally {
        // that of a dead process has nobody to end it
        if (this.system === system) await items.return?.();
      }
    }
  }

  /** No process is begun any more. */
  finish(): void {
    this.#isEnding = true;
  }

  #isUp(life: Life): void {
    this.#life = life;
    for (const watcher of [...this.#watchers]) watcher(life.system);
    for (const tell of this.#waiting.splice(0)) tell(life);
  }

  #current(): Promise<Life> {
    if (this.#life !== undefined) return Promise.resolve(this.#life);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async #under<T>(what: string, run: () => Promise<T>): Promise<T> {
    const entry = { what };
    this.#calls.add(entry);
    this.callNews += 1;
    try {
      return await run();
    } finally {
      this.#calls.delete(entry);
      this.callNews += 1;
    }
  }
}

/** For calls that answer nothing: these codes say that it is as it was to be. */
export function doneBy(...codes: readonly ErrorCode[]): WasDone<void> {
  return (error) =>
    isPerdureError(error) && codes.includes(error.code) ? { value: undefined } : undefined;
}

async function answerOf<T>(make: () => PromiseLike<T>): Promise<Answer<T>> {
  try {
    return { value: await make() };
  } catch (error) {
    return { error };
  }
}
