/** `npm run crash`, short: every crash point once, both durability modes, and every bug is found. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { killNames } from './crash-points.ts';
import { bugs } from './messages.ts';

const mainPath = join(import.meta.dirname, 'main.ts');
const TIMEOUT_MS = 120_000;

interface Ended {
  readonly code: number;
  readonly lines: readonly string[];
}

function crash(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', mainPath, '--seed', '1', ...args],
      (_error, stdout) => resolve({ code: child.exitCode ?? -1, lines: stdout.trim().split('\n') }),
    );
  });
}

/** The last number in the line of the table that begins with `name`. */
function killsAt(name: string, { lines }: Ended): number {
  const line = lines.find((each) => each.startsWith(`${name} `)) ?? '';
  return Number(line.trim().split(/\s+/).at(-1));
}

describe('npm run crash', () => {
  it(
    'kills at every crash point while work is under way, and nothing is skipped or duplicated',
    async () => {
      const ended = await crash('--kills', '1');

      expect(ended.lines.filter((line) => line.startsWith('FAILED'))).toEqual([]);
      expect(ended.lines.at(-1)).toBe('skipped 0 duplicated 0');
      expect(ended.code).toBe(0);
      for (const name of killNames) expect([name, killsAt(name, ended) > 0]).toEqual([name, true]);
    },
    TIMEOUT_MS,
  );

  const found = {
    'early-ack': /^skipped [1-9]\d* duplicated \d+$/,
    'early-effect': /^skipped \d+ duplicated [1-9]\d*$/,
    'skip-marker': /^FAILED life \d+: STORE_CORRUPT: .* batches \d+ to \d+ are missing/,
  } as const satisfies Record<(typeof bugs)[number], RegExp>;

  it.each(bugs)(
    'finds %s and exits non-zero',
    async (bug) => {
      const { code, lines } = await crash(
        '--kills',
        '3',
        '--durability',
        'os',
        '--inject-bug',
        bug,
      );

      expect(code).toBe(1);
      expect(lines.filter((line) => found[bug].test(line))).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});
