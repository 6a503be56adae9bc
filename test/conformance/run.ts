/** Plays vectors and keeps the score. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { playVector, type Vector } from '../support/otp-vectors.ts';
import { RealTree } from './real-tree.ts';
import { breakRule, type WrongRule } from './wrong-rules.ts';

export interface Score {
  readonly family: string;
  passed: number;
  failed: number;
  skipped: number;
}

export interface Failure {
  readonly vector: string;
  readonly difference: string;
}

export interface RunOptions {
  readonly recovers: boolean;
  readonly wrongRule?: WrongRule | undefined;
  readonly onVector?: () => void;
}

export interface Run {
  readonly scores: readonly Score[];
  readonly failures: readonly Failure[];
}

/** @throws Error that says what is wrong with the file */
export function readVectorFile(path: string): Vector[] {
  const bytes = readFileSync(path);
  const text = (isGzip(bytes) ? gunzipSync(bytes) : bytes).toString('utf8');
  const vectors: Vector[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    vectors.push(parsed(line, index + 1));
  }
  if (vectors.length === 0) throw new Error('the file has no vectors');
  return vectors;
}

/** A vector that depends on an oddity of OTP (`quirks`) is skipped, and nothing else is. */
export async function run(vectors: readonly Vector[], options: RunOptions): Promise<Run> {
  const scores = new Map<string, Score>();
  const failures: Failure[] = [];
  for (const vector of vectors) {
    const { family, quirks } = vector;
    const score = scores.get(family) ?? { family, passed: 0, failed: 0, skipped: 0 };
    scores.set(family, score);
    options.onVector?.();
    if (quirks.length > 0) {
      score.skipped += 1;
      continue;
    }
    const difference = await differenceOf(vector, options);
    if (difference === undefined) score.passed += 1;
    else {
      score.failed += 1;
      failures.push({ vector: vector.id, difference });
    }
  }
  return { scores: [...scores.values()], failures };
}

async function differenceOf(
  vector: Vector,
  { recovers, wrongRule }: RunOptions,
): Promise<string | undefined> {
  const tree = new RealTree(vector, { recovers });
  const mend = wrongRule === undefined ? undefined : breakRule(wrongRule, () => tree.nowMs);
  try {
    return (await playVector(vector, () => tree)) ?? unrefused(vector, tree.specs.refusals);
  } catch (error) {
    return `${vector.id} threw: ${(error as Error).stack ?? String(error)}`;
  } finally {
    mend?.();
  }
}

/** A spec that OTP refuses must be refused by the public constructors too, for the same reason. */
function unrefused(vector: Vector, refusals: readonly string[]): string | undefined {
  if (vector.family !== 'validation') return undefined;
  const fault = faultIn(vector.expect[0]?.result);
  // a pool of ours cannot be written with no template, or with two
  if (fault === 'bad_start_spec' || (fault !== undefined && refusals.includes(fault)))
    return undefined;
  return `${vector.id}: the constructors refused [${refusals.join(', ')}], not ${fault}`;
}

function faultIn(result: unknown): string | undefined {
  const found = /"(?:start_spec|supervisor_data)":"(\w+)"/.exec(JSON.stringify(result));
  return found?.[1];
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function parsed(line: string, number: number): Vector {
  let vector: Partial<Vector>;
  try {
    vector = JSON.parse(line) as Partial<Vector>;
  } catch (error) {
    throw new Error(`line ${number} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const { id, spec, script, expect, quirks } = vector ?? {};
  const isOne =
    typeof id === 'string' &&
    typeof spec === 'object' &&
    Array.isArray(script) &&
    Array.isArray(expect) &&
    Array.isArray(quirks) &&
    script.length === expect.length;
  if (!isOne) throw new Error(`line ${number} is no vector`);
  return vector as Vector;
}
