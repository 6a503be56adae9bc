/** Plays vectors and keeps the score. */
import { type Deviation, firstDeviation, type Vector } from '../support/otp-vectors.ts';
import { RealTree } from './real-tree.ts';
import type { HookUse } from './vector-tree.ts';
import { breakRule, type WrongRule } from './wrong-rules.ts';

export interface Score {
  readonly family: string;
  passed: number;
  failed: number;
  skipped: number;
}

export interface Failure {
  readonly vector: Vector;
  readonly hooks: HookUse;
  readonly deviation: Deviation;
}

export interface RunOptions {
  readonly recovers: boolean;
  /** A vector is played once with each. @defaultValue both */
  readonly hooks?: readonly HookUse[];
  readonly wrongRule?: WrongRule | undefined;
}

export interface Run {
  readonly scores: readonly Score[];
  readonly failures: readonly Failure[];
}

/** A vector that depends on an oddity of OTP (`quirks`) is skipped, and nothing else is. */
export async function run(vectors: readonly Vector[], options: RunOptions): Promise<Run> {
  const scores = new Map<string, Score>();
  const failures: Failure[] = [];
  for (const vector of vectors) {
    const { family, quirks } = vector;
    const score = scores.get(family) ?? { family, passed: 0, failed: 0, skipped: 0 };
    scores.set(family, score);
    if (quirks.length > 0) {
      score.skipped += 1;
      continue;
    }
    const failure = await failureOf(vector, options);
    if (failure === undefined) score.passed += 1;
    else {
      score.failed += 1;
      failures.push(failure);
    }
  }
  return { scores: [...scores.values()], failures };
}

/** Workers with hooks start and stop in other ways than those without: a vector is played with both. */
async function failureOf(
  vector: Vector,
  { recovers, wrongRule, hooks: uses = ['needed', 'everywhere'] }: RunOptions,
): Promise<Failure | undefined> {
  for (const hooks of uses) {
    let nowMs = (): number => 0;
    const make = (): RealTree => {
      const tree = new RealTree(vector, { recovers, hooks });
      nowMs = () => tree.nowMs;
      return tree;
    };
    const mend = wrongRule === undefined ? undefined : breakRule(wrongRule, () => nowMs());
    const deviation = await firstDeviation(vector, make);
    mend?.();
    if (deviation !== undefined) return { vector, hooks, deviation };
  }
  return undefined;
}
