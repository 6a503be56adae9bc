/** Runs programs under plans, and counts what was hit on the way. */
import { expect } from 'vitest';
import { CrashLab, type Plan, type Sent, turnOfLoop } from './crash-lab.ts';
import { killPoints, type KillPoint } from './crash-store.ts';
import { type Feature, features, Tally } from './feature-tally.ts';
import type { Outcome } from './landed-facts.ts';
import { type Cast, castOf } from './machine-cast.ts';
import type { Program } from './machine-family.ts';

/** What came of a run. */
export interface Ran {
  readonly outcome: Outcome;
  /** What the caller outside was told. */
  readonly sent: readonly Sent[];
  readonly lab: CrashLab;
}

export class CrashRuns {
  readonly hits: Tally<Feature> = new Tally(features);
  readonly kills: Tally<KillPoint> = new Tally(killPoints);
  #count = 0;
  readonly #casts = new WeakMap<Program, Cast>();

  /**
   * Up to `burst` messages at a time, and nothing more until all that follows from them is over. Each has a
   * key, so that it can be sent again by whoever does not know what became of it.
   */
  async inTurn(program: Program, plan: Plan = {}, burst = 1): Promise<Ran> {
    const lab = this.#lab(program, plan);
    const sent: Sent[] = [];
    let waiting: Parameters<CrashLab['perform']>[0][number][] = [];
    for (const [index, op] of program.ops.entries()) {
      if (op.kind === 'time') await lab.pass(op.ticks);
      else waiting.push([`op${index}`, op]);
      const isOver =
        program.ops[index + 1] === undefined || program.ops[index + 1]?.kind === 'time';
      if (waiting.length < burst && !isOver) continue;
      sent.push(...(await lab.perform(waiting)));
      waiting = [];
    }
    return await this.#end(lab, sent);
  }

  /** Nobody waits: operation n comes `gaps[n]` turns of the event loop after the one before, under no key. */
  async inHaste(program: Program, gaps: readonly number[], plan: Plan = {}): Promise<Ran> {
    const lab = this.#lab(program, plan);
    const sent: Sent[] = [];
    for (const [index, op] of program.ops.entries()) {
      for (let turn = gaps[index % gaps.length] ?? 0; turn > 0; turn -= 1) await turnOfLoop();
      await lab.start();
      if (op.kind === 'time') await lab.pass(op.ticks);
      else
        sent.push(lab.send(op, op.kind === 'event' && index % 2 === 0 ? { until: 'applied' } : {}));
    }
    return await this.#end(lab, sent);
  }

  print(): void {
    this.hits.print(`features hit in ${this.#count} runs`);
    this.kills.print('kills');
  }

  #lab(program: Program, plan: Plan): CrashLab {
    this.#count += 1;
    const cast = this.#casts.get(program) ?? castOf(program);
    this.#casts.set(program, cast);
    return new CrashLab(
      cast,
      { latencyTurns: program.latencyTurns, ...plan },
      { hit: (feature) => this.hits.hit(feature), killed: (point) => this.kills.hit(point) },
    );
  }

  /** What holds in every run. */
  async #end(lab: CrashLab, sent: readonly Sent[]): Promise<Ran> {
    const outcome = await lab.finish();
    expect(lab.watch.early, 'observed before it had landed').toEqual([]);
    expect(lab.watch.alarms).toEqual([]);
    expect(lab.facts.setbacks, 'attempts that were forgotten').toEqual([]);
    expect(outcome.mail).toEqual([]);
    expect(lab.watch.reused, 'idempotency keys').toEqual([]);
    return { outcome, sent, lab };
  }
}
