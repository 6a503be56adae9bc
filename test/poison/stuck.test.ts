/** The watchdog with `onStuck: 'kill'`, in real processes that are not well. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const script = fileURLToPath(new URL('stuck.ts', import.meta.url));
const TIMEOUT_MS = 120_000;
/** Longer than the watchdog's pace, so that it has seen the turn. */
const SEEN_MS = 500;
const STOPPED_MS = 4_000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

let directory = '';
let child: Child | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-stuck-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

function start(turnMs: number, blockMs: number): Child {
  const options = ['--import', 'tsx', script, directory, `${turnMs}`, `${blockMs}`];
  return spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Its signal, or what it said. */
function ended(process: Child): Promise<string> {
  let said = '';
  process.stdout.on('data', (data: Buffer) => {
    said += data.toString();
  });
  return new Promise((resolve) => {
    process.on('close', (_code, signal) => resolve(signal ?? said));
  });
}

test(
  'a process of which nobody reads stderr any more is killed all the same',
  async () => {
    child = start(100, 60_000);
    child.stderr.destroy();
    expect(await ended(child)).toBe('SIGKILL');
  },
  TIMEOUT_MS,
);

test(
  'a turn does not last longer because the process was stopped in it',
  async () => {
    const process = start(3_000, 1_500);
    child = process;
    process.stdout.once('data', () => {
      void pause(SEEN_MS)
        .then(() => process.kill('SIGSTOP'))
        .then(() => pause(STOPPED_MS))
        .then(() => process.kill('SIGCONT'));
    });
    expect(await ended(process)).toBe('turn\nover\n');
  },
  TIMEOUT_MS,
);
