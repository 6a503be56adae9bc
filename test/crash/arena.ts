/** One directory, the lives of the children on it, and the evidence of what they did. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type KillName, pointOf } from './crash-points.ts';
import { EffectLedger } from './effect-ledger.ts';
import { type PlannedKill, plannedKills } from './kill-plan.ts';
import { type Death, Life } from './life.ts';
import type {
  Bug,
  ChildOptions,
  Durability,
  FromChild,
  Report,
  StoredEmission,
  ToChild,
} from './messages.ts';
import type { Random } from './random.ts';
import { ledgerPath, trafficPath } from './run-files.ts';
import { Traffic } from './traffic.ts';

type CrashLife = Life<ToChild, FromChild>;

const childPath = join(import.meta.dirname, 'child.ts');

export interface ArenaOptions {
  readonly directory: string;
  readonly durability: Durability;
  readonly bug: Bug | undefined;
  readonly random: Random;
  /** Where in the round of kills it begins, from 0 to 1: stores that run side by side share the round. */
  readonly offset: number;
  readonly kills: number;
  readonly isOver: () => boolean;
  readonly onKill: (name: KillName) => void;
}

export interface Evidence {
  readonly traffic: Traffic;
  readonly ledger: EffectLedger;
  readonly lives: number;
  readonly report: Report | undefined;
  /** The same once more, from another process that had nothing to do. */
  readonly reopened: Report | undefined;
  readonly emissions: readonly StoredEmission[];
  readonly failures: readonly string[];
}

/** Items sent but not yet recorded outside: the work that is under way. */
const BACKLOG_MAX = 200;
/** Sends that may be unacknowledged at once, by intake. Both are drawn for each life. */
const WINDOW_MAX = 24;
const BEAT_MS = 3;
/** Long enough for a loaded machine to come to a crash point. */
const POINT_WAIT_MS = 5_000;
/** Nothing has changed for so long: what is missing will not come. With a bug that is to be expected. */
const SETTLE_STILL_MS = 6_000;
const SETTLE_STILL_BUG_MS = 1_000;

export class Arena {
  readonly #options: ArenaOptions;
  readonly #traffic: Traffic;
  readonly #ledger: EffectLedger;
  readonly #failures: string[] = [];
  readonly #plan: Iterator<PlannedKill, void>;
  readonly #missed: PlannedKill[] = [];
  #lives = 0;
  /** Kills that fell when nothing was under way: they prove nothing. */
  idle = 0;

  constructor(options: ArenaOptions) {
    this.#options = options;
    this.#traffic = new Traffic(trafficPath(options.directory));
    this.#ledger = new EffectLedger(ledgerPath(options.directory));
    this.#plan = plannedKills(options.random, options);
  }

  async run(): Promise<Evidence> {
    while (!this.#options.isOver() && this.#failures.length === 0) {
      const kill = this.#missed.shift() ?? this.#plan.next().value;
      if (kill !== undefined) await this.#killed(kill);
    }
    const settled = this.#failures.length === 0 ? await this.#settle() : undefined;
    const reopened = this.#failures.length === 0 ? await this.#reopen() : undefined;
    this.#traffic.close();
    return {
      traffic: this.#traffic,
      ledger: this.#ledger,
      lives: this.#lives,
      report: settled?.report,
      reopened,
      emissions: settled?.emissions ?? [],
      failures: this.#failures,
    };
  }

  /** A life that ends as planned, or by our hand if it does not come to that. */
  async #killed(kill: PlannedKill): Promise<void> {
    const life = this.#begin('nth' in kill ? { point: kill.name, nth: kill.nth } : undefined);
    const { random } = this.#options;
    const pressure = { window: random.int(1, WINDOW_MAX), backlog: random.int(4, BACKLOG_MAX) };
    const pump = setInterval(() => this.#pump(life, pressure), BEAT_MS);
    const name = await this.#waitFor(life, kill);
    clearInterval(pump);
    const death = await life.death;
    this.#ledger.poll();
    this.#traffic.sync();
    if (!this.#isExpected(death, 'killed')) return;
    if (this.#traffic.unfinished + this.#backlog() === 0) this.idle += 1;
    else this.#options.onKill(name);
  }

  async #waitFor(life: CrashLife, kill: PlannedKill): Promise<KillName> {
    if (!('nth' in kill)) {
      await (kill.name === 'random.running' ? life.up : life.opening);
      await life.within(kill.delayMs);
      life.kill();
      return life.isUp ? 'random.running' : 'random.recovering';
    }
    const { isRecovery, isStop } = pointOf(kill.name);
    await life.up;
    if (isStop) {
      await life.within(kill.nth * 60);
      life.stop({ kind: 'stop' });
    }
    const isDead = await life.within(isRecovery ? 20 : POINT_WAIT_MS);
    if (isDead) return kill.name;
    // it was not reached so often: the next life ends where it is reached first
    this.#missed.push({ name: kill.name, nth: 1 });
    life.kill();
    return 'random.running';
  }

  /** No more kills: everything that was sent is to be seen through. */
  async #settle(): Promise<{ report: Report; emissions: readonly StoredEmission[] } | undefined> {
    const life = this.#begin(undefined);
    let stillMs = 0;
    let last: Report | undefined;
    const patienceMs = this.#options.bug === undefined ? SETTLE_STILL_MS : SETTLE_STILL_BUG_MS;
    while (stillMs < patienceMs) {
      const report = (await life.request({ kind: 'report' }, 'report'))?.report;
      if (report === undefined) break;
      stillMs = isDeepStrictEqual(report, last) ? stillMs + 100 : 0;
      last = report;
      if (stillMs >= 300 && this.#traffic.unfinished === 0 && isIdle(report)) break;
      await delay(100);
    }
    const emissions = [
      ...((await life.request({ kind: 'emissions', actor: 'relay' }, 'emissions'))?.emissions ??
        []),
      ...((await life.request({ kind: 'emissions', actor: 'recorder' }, 'emissions'))?.emissions ??
        []),
    ];
    life.stop({ kind: 'stop' });
    const isOver = this.#isExpected(await life.death, 'ended');
    this.#ledger.poll();
    return last === undefined || !isOver ? undefined : { report: last, emissions };
  }

  async #reopen(): Promise<Report | undefined> {
    const life = this.#begin(undefined);
    const report = (await life.request({ kind: 'report' }, 'report'))?.report;
    life.stop({ kind: 'stop' });
    this.#isExpected(await life.death, 'ended');
    return report;
  }

  #begin(plan: ChildOptions['plan']): CrashLife {
    const { directory, durability, bug } = this.#options;
    this.#lives += 1;
    const number = this.#lives;
    const options: ChildOptions = { directory, life: number, durability, bug, plan };
    const life: CrashLife = new Life({ path: childPath, options }, (message) =>
      this.#hear(message, number),
    );
    for (const message of this.#traffic.again()) life.say(message);
    return life;
  }

  #hear(message: FromChild, life: number): void {
    this.#traffic.take(message, life);
    if (message.kind === 'refused' && message.code !== 'SYSTEM_STOPPING')
      this.#failures.push(`${message.what} was refused in life ${life}: ${message.code}`);
  }

  #pump(life: CrashLife, { window, backlog }: { window: number; backlog: number }): void {
    this.#ledger.poll();
    if (this.#backlog() > backlog) return;
    for (const message of this.#traffic.more(window)) life.say(message);
  }

  #backlog(): number {
    return this.#traffic.items - this.#ledger.recorded;
  }

  #isExpected(death: Death, kind: 'killed' | 'ended'): boolean {
    if (death.kind === kind) return true;
    this.#failures.push(
      death.kind === 'failed'
        ? `life ${this.#lives}: ${death.why}`
        : `life ${this.#lives} was ${death.kind}, not ${kind}`,
    );
    return false;
  }
}

function isIdle({ actors }: Report): boolean {
  return Object.values(actors).every(({ open }) => (open ?? 0) === 0);
}
