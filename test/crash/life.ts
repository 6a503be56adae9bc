/** One life of the child: from its start to its death, by its own hand at a crash point or by ours. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildOptions, FromChild, ToChild } from './messages.ts';

/** Far longer than a loaded machine needs to recover, to answer or to stop. */
const PATIENCE_MS = 30_000;

const childPath = join(import.meta.dirname, 'child.ts');

export type Death =
  | { readonly kind: 'killed' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly why: string };

export class Life {
  readonly death: Promise<Death>;
  isUp = false;
  /** When the child began to open its store, and whether it ever did. */
  readonly opening: Promise<void>;
  readonly up: Promise<void>;
  readonly #child: ChildProcess;
  readonly #hear: (message: FromChild) => void;
  readonly #waiting = new Map<FromChild['kind'], (message: FromChild) => void>();
  #failure: string | undefined;

  constructor(options: ChildOptions, hear: (message: FromChild) => void) {
    this.#hear = hear;
    const child = fork(childPath, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] });
    this.#child = child;
    child.on('message', (message: FromChild) => this.#take(message));
    // what it said before it died may arrive after its death, but before the disconnect
    const gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
    this.death = gone.then(([[code, signal]]) => this.#deathOf(code as number, signal as string));
    const until = async (kind: FromChild['kind']): Promise<void> => {
      await Promise.race([this.#next(kind), gone]);
    };
    this.opening = until('opening');
    this.up = until('up');
    this.#watch('did not come up', Promise.race([this.up, this.death]));
  }

  say(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks for one thing and waits for it; undefined if the child dies first. */
  async request<K extends 'report' | 'emissions'>(
    message: ToChild,
    kind: K,
  ): Promise<Extract<FromChild, { kind: K }> | undefined> {
    const answer = Promise.race([this.#next(kind), this.death.then(() => undefined)]);
    this.#watch(`gave no ${kind}`, answer);
    this.say(message);
    return (await answer) as never;
  }

  stop(): void {
    this.#watch('did not stop', this.death);
    this.say({ kind: 'stop' });
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

  #next(kind: FromChild['kind']): Promise<FromChild> {
    return new Promise((resolve) => {
      this.#waiting.set(kind, resolve);
    });
  }

  #take(message: FromChild): void {
    if (message.kind === 'failed') this.#failure = `${message.code}: ${message.message}`;
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
