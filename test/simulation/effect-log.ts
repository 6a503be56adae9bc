/** The outside that actors act on, and the laws of effects. */
import type { SystemEvent } from '../../src/runtime/events.ts';
import type { World } from '../../src/testing/world.ts';
import type { Failures } from './failures.ts';
import { causeOf, isBefore } from './ids.ts';
import type { Landed } from './landed.ts';
import type { Laws } from './laws.ts';
import type { Outside } from './outside.ts';
import type { Program } from './program.ts';
import { StepLaws } from './step-laws.ts';

export class EffectLog implements Outside {
  #world: World | undefined = undefined;
  readonly #laws: Laws;
  readonly #landed: Landed;
  readonly #failures: Failures;
  readonly #steps: StepLaws;
  /** By id of the effect. */
  readonly #keys = new Map<string, string>();
  /** Ids, by key. */
  readonly #owners = new Map<string, string>();
  readonly #done = new Set<string>();
  /** Of steps, as the process found them: what those before it had counted. */
  readonly #counted = new Map<string, number>();
  /** What began in this process. */
  readonly #begun = new Set<string>();
  /** The latest action of each actor that this process ran. */
  readonly #latest = new Map<number, readonly number[]>();
  /** Steps that failed in this process with nobody to handle it, and whose actors have not crashed of it yet. */
  readonly #unsettled = new Set<string>();
  /** A write failed in this process: what was on its way to the store is done again. */
  #mayRepeat = false;

  constructor(program: Program, laws: Laws, landed: Landed, failures: Failures) {
    this.#laws = laws;
    this.#landed = landed;
    this.#failures = failures;
    this.#steps = new StepLaws(program, laws, landed);
  }

  get world(): World {
    if (this.#world === undefined) throw new Error('no process has begun');
    return this.#world;
  }

  /** Of the process that begins. */
  enter(world: World): void {
    this.#world = world;
    this.#latest.clear();
    this.#begun.clear();
    this.#counted.clear();
    for (const { id, attempts } of this.#landed.effects.values()) this.#counted.set(id, attempts);
    this.#unsettled.clear();
    this.#mayRepeat = false;
    this.#steps.enter();
  }

  hear(event: SystemEvent): void {
    if (event.type === 'store.failed') this.#mayRepeat = true;
    else if (event.type === 'effect.failed') {
      if (this.#failures.unhandledStep(event.effect) !== undefined)
        this.#unsettled.add(event.effect);
    } else if (event.type === 'actor.exited') {
      const [, id] = /^crash: nobody handles that (.+) fails$/.exec(event.reason) ?? [];
      if (id !== undefined) this.#unsettled.delete(id);
    }
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

  stepBegan(id: string, call: Parameters<Outside['stepBegan']>[1]): void {
    const { idempotencyKey, attempt } = call;
    this.#begins(id, idempotencyKey);
    this.#steps.began(id, call);
    this.#laws.check(
      'G4',
      !this.#landed.seen.has(`done:${id}`) &&
        (!this.#landed.seen.has(`error:${id}`) || this.#failures.unhandledStep(id) !== undefined),
      () => `step ${id} runs again, and its result has landed`,
    );
    this.#laws.check(
      'G6',
      !this.#unsettled.has(id) || this.#mayRepeat,
      () => `step ${id} is tried again, and its actor has not crashed`,
    );
    this.#count(id, attempt);
    this.world.note('step', { id, attempt });
  }

  stepEnded(id: string): void {
    this.#done.add(id);
    this.#steps.acted(id);
    this.world.note('end', { id });
  }

  stepFailed(id: string): void {
    this.#steps.failed(id);
  }

  hasEnded(id: string): boolean {
    return this.#done.has(id);
  }

  /** When nothing happens to that step any more. */
  settle(id: string): void {
    this.#steps.settle(id);
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
    this.#steps.losePower();
    for (const [id, key] of this.#keys) {
      if (this.#landed.turns.has(causeOf(id))) continue;
      this.#keys.delete(id);
      this.#owners.delete(key);
    }
  }

  /** Attempts are remembered: no number is used twice. */
  #count(id: string, attempt: number): void {
    const row = this.#landed.effectOf(id);
    const name = `${id} ${attempt}`;
    // the row may count it already, if it was written before it began; if it is gone, nobody has heard of that
    const isNext = attempt > (row?.attempts ?? 0) || !this.#begun.has(name);
    this.#laws.check(
      'G4',
      row?.settled !== true && isNext && attempt > (this.#counted.get(id) ?? 0),
      () => `step ${id} runs as attempt ${attempt}, and its row is ${JSON.stringify(row)}`,
    );
    this.#begun.add(name);
  }

  /** Actions of one actor run one after another, in the order of its turns. */
  #refuseDisorder(id: string): void {
    const turn = this.#landed.turns.get(causeOf(id));
    if (turn === undefined || this.#mayRepeat) return;
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
