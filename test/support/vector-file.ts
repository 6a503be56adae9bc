/** Files of vectors: one a line, in JSON, as they are or compressed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Vector } from './otp-vectors.ts';

/** The recordings of this repository. */
export const recordings = fileURLToPath(
  new URL('../fixtures/otp/vectors.jsonl.gz', import.meta.url),
);

/** @throws Error that says what is wrong with the file */
export function readVectorFile(path: string): Vector[] {
  const vectors: Vector[] = [];
  for (const [index, line] of textOf(path).split('\n').entries()) {
    if (line.trim() === '') continue;
    vectors.push(parsed(line, index + 1));
  }
  if (vectors.length === 0) throw new Error(`${path}: the file has no vectors`);
  return vectors;
}

function textOf(path: string): string {
  const bytes = readFileSync(path);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return (isGzip ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new Error(`${path} cannot be unpacked: ${(error as Error).message}`, { cause: error });
  }
}

function parsed(line: string, number: number): Vector {
  let vector: unknown;
  try {
    vector = JSON.parse(line);
  } catch (error) {
    throw new Error(`line ${number} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!isVector(vector)) throw new Error(`line ${number} is no vector`);
  return vector;
}

function isVector(given: unknown): given is Vector {
  const { id, family, spec, script, expect, quirks } = Object(given) as Partial<Vector>;
  return (
    typeof id === 'string' &&
    typeof family === 'string' &&
    typeof spec === 'object' &&
    spec !== null &&
    Array.isArray(quirks) &&
    Array.isArray(script) &&
    Array.isArray(expect) &&
    script.length === expect.length
  );
}
