/** What must hold whenever all is at rest: whoever can work has nothing left to do. */
import type { Phase } from '../../src/testing/phase.ts';
import type { SimProcess } from '../../src/testing/sim-process.ts';
import type { Callers } from './callers.ts';
import { causeOf } from './ids.ts';
import type { Landed } from './landed.ts';
import type { Actor } from './landed-actors.ts';
import type { Laws } from './laws.ts';
import type { TreeWatch } from './tree-watch.ts';
import type { Wall } from './wall.ts';

/** Backoff and hooks hold actors up for so long. */
const HELD_UP_MS = 50;

export class Rest {
  readonly #wall: Wall;
  readonly #laws: Laws;
  readonly #landed: Landed;
  readonly #watch: TreeWatch;
  readonly #callers: Callers;

  constructor(books: {
    readonly wall: Wall;
    readonly laws: Laws;
    readonly landed: Landed;
    readonly watch: TreeWatch;
    readonly callers: Callers;
  }) {
    this.#wall = books.wall;
    this.#laws = books.laws;
    this.#landed = books.landed;
    this.#watch = books.watch;
    this.#callers = books.callers;
  }

  /** Whether it takes turns in the process that runs, or what made it does. */
  isAble({ address, status }: Actor): boolean {
    return (
      address !== '' &&
      status === 'running' &&
      this.#watch.isUp(address) &&
      !this.#landed.isPaused(address)
    );
  }

  /** Whether something is under way: in that process, with a caller, or with somebody who is to come to it. */
  isBusy(phase: Phase, process: SimProcess | undefined): boolean {
    const { waiting, effects, actions } = this.#landed;
    const rows = [...waiting.values(), ...effects.keys(), ...actions.keys()];
    return (
      phase === 'turn' ||
      phase === 'effect' ||
      (process?.writesInFlight ?? 0) > 0 ||
      this.#callers.isWaiting ||
      rows.some((key) => this.#isOfSomebody(key))
    );
  }

  /** At any moment at which nothing is left to do before time passes. */
  refuseLate(nowMs: number): void {
    for (const call of this.#callers.unanswered)
      this.#laws.check('G5', false, () => `${call} is not answered`);
    const { timers, effects } = this.#landed;
    for (const [key, { id, dueMs }] of timers)
      this.#refuseOverdue(key, { what: 'timer', id, dueMs }, nowMs);
    for (const [key, { id, settled, deadlineMs }] of effects)
      if (!settled && deadlineMs > 0)
        this.#refuseOverdue(key, { what: 'ask', id, dueMs: deadlineMs }, nowMs);
  }

  #refuseOverdue(
    key: string,
    { what, id, dueMs }: { readonly what: string; readonly id: string; readonly dueMs: number },
    nowMs: number,
  ): void {
    const owner = this.#landed.ownerOf(key);
    if (owner === undefined || !this.isAble(owner)) return;
    if (this.#wall.mayBeUnseen(this.#landed.turns.get(causeOf(id))?.atMs)) return;
    this.#laws.check(
      'G10',
      dueMs >= nowMs - HELD_UP_MS,
      () => `the ${what} ${id} of ${owner.address} was due ${nowMs - dueMs} ms ago`,
    );
  }

  /** When there was time for everything. */
  refuseIdlers(): void {
    const { waiting, effects, actions, timers, atMs } = this.#landed;
    for (const [id, key] of waiting) this.#refuse(key, `message ${id}`);
    for (const [key, { id, kind, settled, deadlineMs }] of effects)
      if (settled || kind !== 'ask' || deadlineMs < atMs) this.#refuse(key, `effect ${id}`);
    for (const [key, { key: name }] of actions) {
      this.#refuse(key, `action ${name}`);
      const owner = this.#landed.ownerOf(key);
      this.#laws.check(
        'G7',
        owner?.status !== 'done' && owner?.status !== 'failed',
        () => `${owner?.address} has ended, and its action ${name} waits`,
      );
    }
    for (const [key, { id, dueMs }] of timers)
      if (dueMs < atMs - HELD_UP_MS) this.#refuse(key, `timer ${id}`);
  }

  #refuse(key: string, what: string): void {
    const owner = this.#landed.ownerOf(key);
    // one whose birth could not be read has nobody to take its rows away
    this.#laws.check(
      'G1',
      owner !== undefined && owner.address !== '',
      () => `${what} is left of an actor that is gone`,
    );
    this.#laws.check(
      'G7',
      owner === undefined || !this.isAble(owner),
      () => `${owner?.address} runs, and ${what} waits`,
    );
  }

  #isOfSomebody(key: string): boolean {
    const owner = this.#landed.ownerOf(key);
    return (
      owner !== undefined && owner.status === 'running' && !this.#landed.isPaused(owner.address)
    );
  }
}
