/** The parent's part: lives of the daemon under load, ended by kills, and what was seen of them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Life } from '../crash/life.ts';
import { Random } from '../crash/random.ts';
import { storePath } from '../crash/run-files.ts';
import { diskSize } from './disk-size.ts';
import { Load } from './load.ts';
import { LoopDelay } from './loop-delay.ts';
import type { ChildOptions, FromChild, Report, ToChild } from './messages.ts';
import type { Options } from './options.ts';
import type { Recovery, Sample } from './sample.ts';

export interface Seen {
  readonly samples: readonly Sample[];
  readonly recoveries: readonly Recovery[];
  /** When, since the start of the run. */
  readonly killsMs: readonly number[];
  readonly lastedMs: number;
  readonly load: Load;
  /** undefined if the daemon did not come to its end. */
  readonly report: Report | undefined;
  readonly failures: readonly string[];
}

type DaemonLife = Life<ToChild, FromChild>;

const childPath = join(import.meta.dirname, 'child.ts');
const BEAT_MS = 20;
/** One life in so many is so much longer: what grows slowly needs time to show. */
const LONG_LIFE_EVERY = 4;
const LONGER = 4;
const SPARE_MS = 60_000;

export class Run {
  readonly #options: Options;
  readonly #directory: string;
  readonly #random: Random;
  readonly #load: Load;
  readonly #sinceMs = performance.now();
  readonly #startMs = Date.now();
  readonly #samples: Sample[] = [];
  readonly #recoveries: Recovery[] = [];
  readonly #killsMs: number[] = [];
  readonly #failures: string[] = [];
  readonly #elsewhere = new LoopDelay();
  #lives = 0;

  constructor(options: Options, directory: string) {
    this.#options = options;
    this.#directory = directory;
    this.#random = new Random(options.seed);
    this.#load = new Load({ ...options, random: this.#random });
  }

  async run(): Promise<Seen> {
    const { runMs } = this.#options;
    let life = this.#begin();
    let pump = this.#pump(life);
    for (;;) {
      // recovery is not part of it: on a busy machine little else would be left
      await life.up;
      const isDead = await life.within(Math.max(0, Math.min(this.#lifeMs(), runMs - this.#now())));
      if (isDead || this.#now() >= runMs) break;
      life.kill();
      this.#killsMs.push(this.#now());
      await life.death;
      clearInterval(pump);
      life = this.#begin();
      pump = this.#pump(life);
    }
    const lastedMs = this.#now();
    const report = await this.#settle(life);
    clearInterval(pump);
    return {
      samples: this.#samples.filter(({ atMs }) => atMs <= lastedMs),
      recoveries: this.#recoveries,
      killsMs: this.#killsMs,
      lastedMs,
      load: this.#load,
      report,
      failures: [...this.#failures, ...this.#load.faults],
    };
  }

  #now(): number {
    return performance.now() - this.#sinceMs;
  }

  #lifeMs(): number {
    const { killEveryMs } = this.#options;
    if (killEveryMs === 0) return Number.MAX_SAFE_INTEGER;
    const isLong = this.#lives % LONG_LIFE_EVERY === 0;
    return killEveryMs * (0.8 + 0.4 * this.#random.next()) * (isLong ? LONGER : 1);
  }

  #begin(): DaemonLife {
    const { bug, sampleMs, collectMs } = this.#options;
    this.#lives += 1;
    const number = this.#lives;
    const options: ChildOptions = {
      directory: this.#directory,
      life: number,
      bug,
      sinceMs: this.#startMs,
      sampleMs,
      collectMs,
    };
    const life: DaemonLife = new Life(
      { path: childPath, options, flags: ['--expose-gc'] },
      (message) => this.#hear(message, number),
    );
    for (const order of this.#load.again()) life.say(order);
    return life;
  }

  #pump(life: DaemonLife): NodeJS.Timeout {
    let lastMs = performance.now();
    return setInterval(() => {
      const nowMs = performance.now();
      // while it recovers there is nobody to send to
      if (life.isUp) for (const order of this.#load.more(nowMs - lastMs)) life.say(order);
      lastMs = nowMs;
    }, BEAT_MS);
  }

  #hear(message: FromChild, life: number): void {
    const atMs = this.#now();
    const elsewhereMs = this.#elsewhere.at(90);
    if (message.kind === 'up')
      this.#recoveries.push({ atMs, life, tookMs: message.recoveryMs, elsewhereMs });
    if (message.kind === 'gauges') {
      const path = storePath(this.#directory);
      const diskBytes = existsSync(path) ? diskSize(path) : 0;
      this.#samples.push({ atMs, life, diskBytes, elsewhereMs, ...message.gauges });
      this.#elsewhere.take();
    }
    this.#load.take(message);
  }

  /** No more kills: every session that was begun is seen through to its end. */
  async #settle(life: DaemonLife): Promise<Report | undefined> {
    this.#load.end();
    const untilMs = this.#now() + SPARE_MS;
    let report: Report | undefined;
    for (;;) {
      report = (await life.request({ kind: 'report' }, 'report'))?.report;
      const isOver = this.#load.isDone && report !== undefined && this.#isIdle(report);
      if (isOver || report === undefined || this.#now() > untilMs) break;
      await delay(100);
    }
    life.stop({ kind: 'stop' });
    const death = await life.death;
    if (death.kind === 'failed') this.#failures.push(`life ${this.#lives}: ${death.why}`);
    if (death.kind === 'killed') this.#failures.push(`life ${this.#lives} was killed by others`);
    return report;
  }

  #isIdle({ closed, deadLetters }: Report): boolean {
    return deadLetters === 0 && closed.count >= this.#load.begun;
  }
}
