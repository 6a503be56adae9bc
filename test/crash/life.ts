/** One life of the child: from its start to its death, by its own hand at a crash point or by ours. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Far longer than a loaded machine needs to recover, to answer or to stop. */
const PATIENCE_MS = 30_000;

export type Death =
  | { readonly kind: 'killed' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly why: string };

export interface LifeStart {
  /** The module that the child runs. It gets `options` as its only argument. */
  readonly path: string;
  readonly options: object;
  /** For node itself. */
  readonly flags?: readonly string[];
}

/** Of what a child says, this is what its life goes by: `opening`, `up`, and `failed` with code and message. */
interface Sign {
  readonly kind: string;
  readonly code?: string;
  readonly message?: string;
}

export class Life<To extends object, From extends { readonly kind: string }> {
  readonly death: Promise<Death>;
  isUp = false;
  /** When the child began to open its store, and whether it ever did. */
  readonly opening: Promise<void>;
  readonly up: Promise<void>;
  readonly #child: ChildProcess;
  readonly #hear: (message: From) => void;
  readonly #waiting = new Map<string, (message: From) => void>();
  #failure: string | undefined;

  constructor({ path, options, flags = [] }: LifeStart, hear: (message: From) => void) {
    this.#hear = hear;
    const child = fork(path, [JSON.stringify(options)], {
      execArgv: ['--import', 'tsx', ...flags],
    });
    this.#child = child;
    child.on('message', (message) => this.#take(message as From));
    // what it said before it died may arrive after its death, but before the disconnect
    const gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
    this.death = gone.then(([[code, signal]]) => this.#deathOf(code as number, signal as string));
    const until = async (kind: string): Promise<void> => {
      await Promise.race([this.#next(kind), gone]);
    };
    this.opening = until('opening');
    this.up = until('up');
    this.#watch('did not come up', Promise.race([this.up, this.death]));
  }

  say(message: To): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks for one thing and waits for it; undefined if the child dies first. */
  async request<K extends From['kind']>(
    message: To,
    kind: K,
  ): Promise<Extract<From, { kind: K }> | undefined> {
    const answer = Promise.race([this.#next(kind), this.death.then(() => undefined)]);
    this.#watch(`gave no ${kind}`, answer);
    this.say(message);
    return (await answer) as never;
  }

  stop(message: To): void {
    this.#watch('did not stop', this.death);
    this.say(message);
  }

  /** Waits this long, or until the child is dead. */
  async within(ms: number): Promise<boolean> {
    const stop = new AbortController();
    const waited = delay(ms, false, { signal: stop.signal }).catch(() => false);
    const isDead = await Promise.race([this.death.then(() => true), waited]);
    stop.abort();
    return isDead;
  }

  /** A child that does nothing any more is killed, and that is a failure. */
  #watch(what: string, done: Promise<unknown>): void {
    const timer = setTimeout(() => {
      this.#failure ??= `the child ${what} within ${PATIENCE_MS} ms`;
      this.kill();
    }, PATIENCE_MS);
    void done.finally(() => clearTimeout(timer));
  }

  #next(kind: string): Promise<From> {
    return new Promise((resolve) => {
      this.#waiting.set(kind, resolve);
    });
  }

  #take(message: From): void {
    const sign: Sign = message;
    if (sign.kind === 'failed') this.#failure = `${sign.code}: ${sign.message}`;
    if (message.kind === 'up') this.isUp = true;
    this.#hear(message);
    const waiting = this.#waiting.get(message.kind);
    this.#waiting.delete(message.kind);
    waiting?.(message);
  }

  #deathOf(code: number | null, signal: string | null): Death {
    if (this.#failure !== undefined) return { kind: 'failed', why: this.#failure };
    if (signal === 'SIGKILL') return { kind: 'killed' };
    if (code === 0) return { kind: 'ended' };
    return { kind: 'failed', why: `the child ended by itself: code ${code}, signal ${signal}` };
  }
}
