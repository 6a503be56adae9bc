/** The outside that actors act on, and the laws of effects. */
import type { World } from '../../src/testing/world.ts';
import type { Failures } from './failures.ts';
import type { Landed } from './landed.ts';
import type { Laws } from './laws.ts';
import type { Outside } from './outside.ts';

export class EffectLog implements Outside {
  #world: World | undefined = undefined;
  readonly #laws: Laws;
  readonly #landed: Landed;
  readonly #failures: Failures;
  readonly #epoch: () => number;
  /** Of the process before this one. */
  #lastEpoch = 0;
  /** By id of the effect. */
  readonly #keys = new Map<string, string>();
  /** Ids, by key. */
  readonly #owners = new Map<string, string>();
  readonly #done = new Set<string>();
  /** The latest action of each actor that this process ran. */
  readonly #latest = new Map<number, readonly number[]>();
  /** A write failed in this process: what was on its way to the store is done again. */
  mayRepeat = false;

  /** @param epoch - of whoever holds the store now */
  constructor(laws: Laws, landed: Landed, failures: Failures, epoch: () => number) {
    this.#laws = laws;
    this.#landed = landed;
    this.#failures = failures;
    this.#epoch = epoch;
  }

  get world(): World {
    if (this.#world === undefined) throw new Error('no process has begun');
    return this.#world;
  }

  /** Of the process that begins. */
  enter(world: World): void {
    this.#world = world;
    this.#latest.clear();
    this.#lastEpoch = this.#epoch();
    this.mayRepeat = false;
  }

  /** Whether that effect acted at least once. */
  hasActed(id: string): boolean {
    return this.#done.has(id);
  }

  /** Whether it is a step whose failure nobody handles, and whose process does not die of it. */
  isUnhandled(id: string): boolean {
    return !this.#failures.mayKill && this.#failures.unhandledStep(id) !== undefined;
  }

  thrown(id: string): number {
    return this.#failures.thrown(id);
  }

  threw(id: string): void {
    this.#failures.threw(id);
    this.world.note('throw', { id });
  }

  stepBegan(id: string, idempotencyKey: string, attempt: number): void {
    this.#begins(id, idempotencyKey);
    this.#laws.check(
      'G4',
      !this.#landed.seen.has(`done:${id}`) &&
        (!this.#landed.seen.has(`error:${id}`) || this.#failures.unhandledStep(id) !== undefined),
      () => `step ${id} runs again, and its result has landed`,
    );
    this.#count(id, attempt);
    this.world.note('step', { id, attempt });
  }

  stepEnded(id: string): void {
    this.#done.add(id);
    this.world.note('end', { id });
  }

  acted(id: string, idempotencyKey: string | undefined): void {
    this.#begins(id, idempotencyKey ?? '');
    this.#laws.check(
      'G4',
      this.#landed.hasAction(id),
      () => `action ${id} runs, and no row asks for it`,
    );
    this.#refuseDisorder(id);
    this.#done.add(id);
    this.world.note('act', { id });
  }

  /** After a loss of power what did not survive may come again, as something new. */
  forgetLost(): void {
    for (const [id, key] of this.#keys) {
      if (this.#landed.turns.has(causeOf(id))) continue;
      this.#keys.delete(id);
      this.#owners.delete(key);
    }
  }

  /** Attempts are remembered. */
  #count(id: string, attempt: number): void {
    const row = this.#landed.effectOf(id);
    if (row === undefined) return; // it was left, by a batch that landed and that nobody has heard of yet
    // where a run is noted before it begins, it may never have begun; a jump of the clock has it noted while it
    // is on its way to whoever executes it
    const isNoted = this.#failures.mayKill || row.runsIn > this.#lastEpoch;
    this.#laws.check(
      'G4',
      !row.settled && attempt > row.attempts - Number(isNoted),
      () => `step ${id} runs as attempt ${attempt}, and its row is ${JSON.stringify(row)}`,
    );
  }

  /** Actions of one actor run one after another, in the order of its turns. */
  #refuseDisorder(id: string): void {
    const turn = this.#landed.turns.get(causeOf(id));
    if (turn === undefined || this.mayRepeat) return;
    const place = [turn.place, Number(id.slice(id.lastIndexOf('-') + 1))];
    const latest = this.#latest.get(turn.uid);
    this.#laws.check(
      'G4',
      latest === undefined || isBefore(latest, place),
      () => `action ${id}, of place ${place.join()}, runs after that of place ${latest?.join()}`,
    );
    this.#latest.set(turn.uid, place);
  }

  #begins(id: string, key: string): void {
    const cause = causeOf(id);
    this.#laws.check(
      'G3',
      this.#landed.turns.has(cause),
      () => `${id} began before turn ${cause} had landed`,
    );
    this.#laws.check(
      'G4',
      key !== '' && (this.#keys.get(id) ?? key) === key,
      () => `${id} runs under ${key}, and ran under ${this.#keys.get(id)}`,
    );
    this.#laws.check(
      'G4',
      (this.#owners.get(key) ?? id) === id,
      () => `${id} and ${this.#owners.get(key)} run under one key`,
    );
    this.#keys.set(id, key);
    this.#owners.set(key, id);
  }
}

/** The turn that asked for it. */
export function causeOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('-')));
}

/** Whether one place comes before another: they are compared number by number. */
export function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const difference = one.findIndex((number, index) => number !== other[index]);
  return difference !== -1 && (one[difference] as number) < (other[difference] as number);
}
