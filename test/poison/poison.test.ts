/** Messages and steps that kill a whole process, again and again: in real processes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('child.ts', import.meta.url));
const ATTEMPTS_MAX = 3;
const TIMEOUT_MS = 120_000;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-poison-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Ended {
  /** Exit code or signal. */
  readonly how: number | NodeJS.Signals | null;
  readonly attempts: number;
  readonly outcome: Outcome | undefined;
  readonly errors: string;
}

interface Outcome {
  readonly letters: readonly object[];
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly failed: string;
}

/** One process, from its start to its end. */
function run(how: string, phase: 'fill' | 'run' | 'retry'): Promise<Ended> {
  const options = how === 'memory' ? ['--max-old-space-size=64'] : [];
  const child = spawn(
    process.execPath,
    [...options, '--import', 'tsx', script, directory, how, phase],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      const lines = text.split('\n').filter((line) => line !== '');
      const last = lines.at(-1);
      resolve({
        how: code ?? signal,
        attempts: lines.filter((line) => line === 'poison').length,
        outcome: last?.startsWith('{') === true ? (JSON.parse(last) as Outcome) : undefined,
        errors,
      });
    });
  });
}

/** Processes until one comes to the end of its work. */
async function live(how: string): Promise<{ ends: Ended['how'][]; attempts: number; last: Ended }> {
  const filled = await run(how, 'fill');
  expect([filled.how, filled.attempts, filled.errors]).toEqual([0, 0, '']);
  const ends: Ended['how'][] = [];
  let attempts = 0;
  for (;;) {
    const last = await run(how, 'run');
    ends.push(last.how);
    attempts += last.attempts;
    if (last.outcome !== undefined || ends.length > ATTEMPTS_MAX + 2)
      return { ends, attempts, last };
  }
}

async function retried(how: string): Promise<void> {
  const { how: end, outcome } = await run(how, 'retry');
  expect(end).toBe(0);
  expect(outcome).toMatchObject({ letters: [], a: ['one', 'two', 'poison'], b: ['three'] });
}

/** What is parked, and that everybody else carried on. */
function expectParked({ outcome }: Ended, code: string): void {
  expect(outcome).toMatchObject({
    letters: [{ reason: 'parked', type: 'do', code, attempts: ATTEMPTS_MAX }],
    a: ['one', 'two'],
    b: ['three'],
  });
}

describe('a message whose turn', () => {
  test(
    'calls process.exit is parked after exactly attemptsMax attempts, and can be retried',
    async () => {
      const { ends, attempts, last } = await live('exit');
      // the exit hook tells of the first one too
      expect(ends).toEqual([3, 3, 3, 0]);
      expect(attempts).toBe(ATTEMPTS_MAX);
      expectParked(last, 'PROCESS_DIED');
      await retried('exit');
    },
    TIMEOUT_MS,
  );

  test(
    'runs out of memory is parked after attemptsMax attempts in processes that looked for it',
    async () => {
      const { ends, attempts, last } = await live('memory');
      expect(ends).toEqual([...ends.slice(0, -1).fill('SIGABRT'), 0]);
      expect(attempts).toBe(1 + ATTEMPTS_MAX);
      expectParked(last, 'PROCESS_DIED');
      await retried('memory');
    },
    TIMEOUT_MS,
  );

  test(
    'never ends is named and killed by the watchdog, and parked after exactly attemptsMax attempts',
    async () => {
      const first = await live('loop');
      expect(first.ends).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL', 0]);
      expect(first.attempts).toBe(ATTEMPTS_MAX);
      expectParked(first.last, 'PROCESS_DIED');
      await retried('loop');
    },
    TIMEOUT_MS,
  );

  test(
    'throws is parked in the same process',
    async () => {
      const { ends, attempts, last } = await live('throws');
      expect(ends).toEqual([0]);
      expect(attempts).toBe(ATTEMPTS_MAX);
      expectParked(last, 'poison');
      await retried('throws');
    },
    TIMEOUT_MS,
  );

  test(
    'makes a state that cannot be stored is parked in the same process',
    async () => {
      const { ends, attempts, last } = await live('unstorable');
      expect(ends).toEqual([0]);
      expect(attempts).toBe(ATTEMPTS_MAX);
      expectParked(last, 'VALUE_NOT_STORABLE');
      await retried('unstorable');
    },
    TIMEOUT_MS,
  );
});

describe('a step that kills the process', () => {
  test(
    'is parked after attemptsMax attempts that were written down, and its actor is told',
    async () => {
      const { ends, attempts, last } = await live('step');
      expect(ends).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', 0]);
      expect(attempts).toBe(1 + ATTEMPTS_MAX);
      expect(last.outcome).toMatchObject({
        letters: [{ reason: 'effect', code: 'EFFECT_KILLED_PROCESS' }],
        a: ['one', 'poison', 'two'],
        b: ['three'],
        failed: 'EFFECT_KILLED_PROCESS',
      });
    },
    TIMEOUT_MS,
  );
});

describe('the watchdog', () => {
  test(
    'says on stderr, in one line of JSON, whose turn does not end and at which event',
    async () => {
      await run('loop', 'fill');
      const { errors, how } = await run('loop', 'run');
      expect(how).toBe('SIGKILL');
      const lines = errors.split('\n').filter((line) => line !== '');
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? '')).toEqual({
        level: 'error',
        message: 'a turn does not end',
        actor: '/a',
        event: 'do',
        position: 2,
        lastedMs: expect.any(Number),
        onStuck: 'kill',
        pid: expect.any(Number),
      });
    },
    TIMEOUT_MS,
  );
});
