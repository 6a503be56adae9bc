import type { UserCode } from '../ports/executor.ts';
import type { Fate, WriteEnd } from './fate.ts';

/** What can be made to fail. @public */
export type Failing = 'write' | 'open' | UserCode;

/** When a process dies. @public */
export type Moment = 'now' | 'before write' | 'in write' | 'after write';

export interface Failure {
  /** How often, one after another. @defaultValue 1 */
  readonly times?: number;
  /** Of a write that fails: whether it is there all the same, which its writer cannot know. @defaultValue false */
  readonly lands?: boolean;
  /** What is thrown, by all but a write. @defaultValue an error that says so */
  readonly error?: Error;
}

const deaths: Readonly<Record<Exclude<Moment, 'now'>, WriteEnd>> = {
  'before write': 'dies before',
  'in write': 'dies torn',
  'after write': 'dies after',
};

/** Fate as a test asks for it. */
export class TestFate implements Fate {
  readonly #failures = new Map<Failing, Failure[]>();
  #death: WriteEnd | undefined = undefined;

  add(what: Failing, failure: Failure): void {
    const waiting = this.#failures.get(what) ?? [];
    for (let time = 0; time < (failure.times ?? 1); time += 1) waiting.push(failure);
    this.#failures.set(what, waiting);
  }

  /** The process dies with its next write. */
  doom(moment: Exclude<Moment, 'now'>): void {
    this.#death = deaths[moment];
  }

  spare(): void {
    this.#death = undefined;
  }

  dies(): boolean {
    return false;
  }

  writes(): WriteEnd {
    const death = this.#death;
    this.#death = undefined;
    if (death !== undefined) return death;
    const failure = this.#take('write');
    if (failure === undefined) return 'lands';
    return failure.lands === true ? 'lands unheard' : 'is lost';
  }

  opens(): Error | undefined {
    return this.#errorOf('open');
  }

  fails(kind: UserCode): Error | undefined {
    return this.#errorOf(kind);
  }

  #errorOf(what: Failing): Error | undefined {
    const failure = this.#take(what);
    return failure && (failure.error ?? new Error(`this ${what} was made to fail`));
  }

  #take(what: Failing): Failure | undefined {
    return this.#failures.get(what)?.shift();
  }
}
