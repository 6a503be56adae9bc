/** One seed is one run: in one process or another, alone or beside others, and on whatever line of Node. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { hashOf } from './seeded-run.ts';

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed);
const main = fileURLToPath(new URL('print-hashes.ts', import.meta.url));
/** The path of a node of another line, to compare with. */
const otherNode = process.env['PERDURE_OTHER_NODE'];

async function hashesHere(): Promise<string[]> {
  const hashes: string[] = [];
  for (const seed of SEEDS) hashes.push(await hashOf(seed));
  return hashes;
}

async function hashesIn(node: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(node, [
    '--import',
    'tsx',
    main,
    ...SEEDS.map(String),
  ]);
  return JSON.parse(stdout);
}

async function versionOf(node: string): Promise<string> {
  const { stdout } = await promisify(execFile)(node, ['--version']);
  return stdout.trim();
}

describe('a run from a seed', () => {
  test('is the same each time, and another for each seed', async () => {
    const hashes = await hashesHere();

    expect(await hashesHere()).toEqual(hashes);
    expect(new Set(hashes).size).toBe(SEEDS.length);
  });

  test('is the same beside others at the same time', async () => {
    const hashes = await hashesHere();

    expect(await Promise.all(SEEDS.map(hashOf))).toEqual(hashes);
  });

  test('is the same in other processes', async () => {
    const [one, other] = await Promise.all([
      hashesIn(process.execPath),
      hashesIn(process.execPath),
    ]);

    expect(one).toEqual(await hashesHere());
    expect(other).toEqual(one);
  });

  test.skipIf(otherNode === undefined)(
    'is the same on another line of Node (skipped unless PERDURE_OTHER_NODE is the path of one)',
    async () => {
      const node = otherNode as string;
      const line = (version: string): string => version.split('.')[0] ?? '';

      expect(line(await versionOf(node))).not.toBe(line(process.version));
      expect(await hashesIn(node)).toEqual(await hashesHere());
    },
  );
});
