/** The whole tree of real actors against Erlang/OTP 25. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeFailure } from './failure-report.ts';
import { run } from './run.ts';
import { readVectorFile, recordings } from '../support/vector-file.ts';
import { type WrongRule, wrongRules } from './wrong-rules.ts';

const root = join(import.meta.dirname, '..', '..');
const vectors = readVectorFile(recordings);
/** Those in which the time between restarts matters. */
const timed = vectors.filter(({ family }) => family === 'window');
/** Every sixth: the whole set takes its time, and `npm run conformance:otp -- --recover` has it. */
const sample = vectors.filter((_, index) => index % 6 === 0);
const LIMIT_MS = 120_000;
const all = [
  { family: 'count', passed: 687, failed: 0, skipped: 13 },
  { family: 'validation', passed: 30, failed: 0, skipped: 0 },
  { family: 'window', passed: 16, failed: 0, skipped: 0 },
];

describe('the runtime against Erlang/OTP', () => {
  it(
    'does what OTP does, in one process',
    async () => {
      const { scores, failures } = await run(vectors, { recovers: false });

      expect(failures.map(describeFailure)).toEqual([]);
      expect(scores).toEqual(all);
    },
    LIMIT_MS,
  );

  it(
    'does what OTP does, killed and recovered between the steps',
    async () => {
      const { scores, failures } = await run(vectors, { recovers: true, hooks: ['needed'] });

      expect(failures.map(describeFailure)).toEqual([]);
      expect(scores).toEqual(all);
    },
    LIMIT_MS,
  );

  it(
    'does what OTP does, killed and recovered, with hooks everywhere',
    async () => {
      const { failures } = await run(sample, { recovers: true, hooks: ['everywhere'] });

      expect(failures.map(describeFailure)).toEqual([]);
    },
    LIMIT_MS,
  );

  for (const wrongRule of Object.keys(wrongRules) as WrongRule[]) {
    it(
      `would be caught with the wrong rule ${wrongRule}`,
      async () => {
        const { failures } = await run(timed, { recovers: false, wrongRule });

        expect(failures.length).toBeGreaterThan(timed.length / 2);
      },
      LIMIT_MS,
    );
  }
});

describe('the command', () => {
  const command = (...args: string[]): Promise<{ code: number; out: string }> =>
    new Promise((resolve) => {
      const main = join(root, 'test', 'conformance', 'main.ts');
      execFile(process.execPath, ['--import', 'tsx', main, ...args], (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: out + err });
      });
    });
  const fileOf = async (text: string): Promise<string> => {
    const directory = await mkdtemp(join(tmpdir(), 'perdure-vectors-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'vectors.jsonl');
    await writeFile(file, text);
    return file;
  };
  const few = timed.slice(0, 4);
  const lines = few.map((vector) => JSON.stringify(vector)).join('\n');

  it('plays a file that is not compressed, and ends with the score', async () => {
    const { code, out } = await command(await fileOf(`${lines}\n`));

    expect([code, out.trim().split('\n').at(-1)]).toEqual([0, '4 passed, 0 failed, 0 skipped']);
  });

  it('shows the first difference of what failed', async () => {
    const spoilt = lines.replace('"ev":"start"', '"ev":"stop"');
    const { code, out } = await command(await fileOf(spoilt));

    expect(code).toBe(1);
    expect(out).toContain('expected {"ev":"stop"');
    expect(out).toMatch(/stop root\S* #1 +start root/);
    expect(out.trim().split('\n').at(-1)).toBe('3 passed, 1 failed, 0 skipped');
  });

  it('fails with a rule that is wrong on purpose, also when it recovers', async () => {
    const file = await fileOf(timed.map((vector) => JSON.stringify(vector)).join('\n'));
    const { code, out } = await command(file, '--recover', '--break', 'tumbling-window');

    expect(code).toBe(1);
    expect(out.trim().split('\n').at(-1)).toMatch(/^\d+ passed, [1-9]\d* failed, 0 skipped$/);
  });

  it('says that a file is missing', async () => {
    const { code, out } = await command('no-such-file.jsonl');

    expect(code).toBe(2);
    expect(out).toContain('no-such-file.jsonl');
  });

  it.each([
    ['{', 'line 1 is not JSON'],
    ['{"id":"x"}', 'line 1 is no vector'],
    ['', 'the file has no vectors'],
  ])('says what is wrong with a file that holds %j', async (text, words) => {
    const { code, out } = await command(await fileOf(text));

    expect(code).toBe(2);
    expect(out).toContain(words);
  });
});
