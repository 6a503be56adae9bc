import { readOptions } from '../base/option-reading.ts';
import { reasonOf, PerdureError } from '../base/errors.ts';
import { durationSchema } from '../base/simulation-options.ts';
import { plainJson } from './stable-bytes.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';
import type { MovableWorld, Note, World } from './world.ts';

export interface OutsideOptions {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly notes: Note[];
  /** Whose view it is: nothing is done for one that died. */
  readonly owner: Owner & { readonly number: number };
  /** Called after each note. */
  readonly onNote: () => void;
}

/** The {@link World} of one process. */
export class OutsideView implements World {
  readonly #options: OutsideOptions;

  constructor(options: OutsideOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    return this.#options.scheduler.wallMs;
  }

  get notes(): readonly Note[] {
    return this.#options.notes;
  }

  note(what: string, facts: Readonly<Record<string, unknown>> = {}): void {
    const { owner, trace, notes, scheduler, onNote } = this.#options;
    if (!owner.isAlive) return;
    trace.add(`note ${what} ${told(what, facts)}`);
    notes.push({ what, facts, atMs: scheduler.elapsedMs, process: owner.number });
    onNote();
  }

  after(delayMs: number, fn: () => void): () => void {
    return this.#options.scheduler.after(this.#options.owner, delayMs, fn);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }
}

/** The same for whoever moves the world, and is no process of it. */
export class MoverView extends OutsideView implements MovableWorld {
  readonly #scheduler: Scheduler;

  constructor(options: Omit<OutsideOptions, 'owner' | 'onNote'>) {
    super({ ...options, owner: { isAlive: true, number: 0 }, onNote: () => undefined });
    this.#scheduler = options.scheduler;
  }

  async advance(ms: number): Promise<void> {
    await this.#scheduler.advance(readOptions('advance', durationSchema, ms));
  }

  settled(): Promise<void> {
    return this.#scheduler.settled();
  }
}

/** In the trace, and so in its hash. */
function told(what: string, facts: object): string {
  try {
    return plainJson(facts);
  } catch (error) {
    const why = `its facts cannot be told: ${reasonOf(error)}`;
    throw new PerdureError('OPTION_INVALID', { path: `note('${what}')`, why }, { cause: error });
  }
}
