/** What many runs came to. */
import { type Phase, phases } from '../../src/testing/phase.ts';
import { type LawName, lawNames, type Violation } from './laws.ts';
import type { Played } from './play.ts';

export interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

/** The same as plain data, as one process tells it to another. */
export interface Sums {
  readonly runs: number;
  readonly turns: number;
  readonly idle: number;
  readonly points: readonly (readonly [Phase, number])[];
  readonly laws: readonly (readonly [LawName, number])[];
  readonly failures: readonly Failure[];
}

export class Totals {
  runs = 0;
  turns = 0;
  idle = 0;
  readonly points = new Map<Phase, number>(phases.map((phase) => [phase, 0]));
  readonly laws = new Map<LawName, number>(lawNames.map((name) => [name, 0]));
  readonly failures: Failure[] = [];

  add(seed: number, { laws, crashPoints, idle, landed }: Played): void {
    this.runs += 1;
    this.turns += landed.turns.size;
    this.idle += idle;
    for (const [name, count] of laws.counts) raise(this.laws, name, count);
    if (laws.violations.length > 0) this.failures.push({ seed, violations: laws.violations });
    // only what was judged to the end counts
    else for (const [phase, count] of crashPoints) raise(this.points, phase, count);
  }

  sums(): Sums {
    const { runs, turns, idle, failures } = this;
    return { runs, turns, idle, failures, points: [...this.points], laws: [...this.laws] };
  }

  merge(sums: Sums): void {
    this.runs += sums.runs;
    this.turns += sums.turns;
    this.idle += sums.idle;
    for (const [phase, count] of sums.points) raise(this.points, phase, count);
    for (const [law, count] of sums.laws) raise(this.laws, law, count);
    this.failures.push(...sums.failures);
  }

  get pointCount(): number {
    return [...this.points.values()].reduce((sum, count) => sum + count, 0);
  }

  get isClean(): boolean {
    return this.failures.length === 0;
  }

  table(): string {
    const all = this.pointCount;
    const share = (count: number): string => `${((100 * count) / Math.max(1, all)).toFixed(1)} %`;
    return [
      'crash points by phase',
      ...[...this.points].map(
        ([phase, count]) => `  ${phase.padEnd(16)}${String(count).padStart(9)}  ${share(count)}`,
      ),
      'laws of docs/guarantees.md, and how often each was put to the test',
      ...[...this.laws].map(([name, count]) => `  ${name.padEnd(16)}${String(count).padStart(9)}`),
    ].join('\n');
  }

  /** One line for all. */
  line(): string {
    const broken = this.failures.length === 0 ? '0 violations' : `${this.failures.length} FAILED`;
    return `${this.runs} runs, ${this.pointCount} crash points, ${this.turns} turns, ${broken}`;
  }
}

function raise<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
