/** A system in a process of its own: what it keeps alive, and what it lets go. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('host/run.ts', import.meta.url));

let directory = '';
let host: Host | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-process-'));
});
afterEach(async () => {
  host?.process.kill('SIGKILL');
  await host?.ended;
  host = undefined;
  rmSync(directory, { recursive: true, force: true });
});

interface Host {
  readonly process: ChildProcess;
  /** How it ended: exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly said: () => string[];
  readonly hears: (line: string) => Promise<void>;
}

function start(how: string): Host {
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory, how], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let heard = (): void => undefined;
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
    heard();
  });
  const said = (): string[] => text.split('\n').filter((line) => line !== '');
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  host = {
    process: child,
    ended,
    said,
    hears: (line) =>
      new Promise((resolve) => {
        heard = () => {
          if (said().includes(line)) resolve();
        };
        heard();
      }),
  };
  return host;
}

describe('a process with a system in it', () => {
  test('ends by itself after stop(): nothing is left open', async () => {
    const { ended, said } = start('stop');
    expect(await ended).toBe(0);
    expect(said()).toEqual(['up', 'exit 0 closed']);
  });

  test('stays alive with an idle system that waits for months', async () => {
    const { hears, ended, process: child } = start('wait');
    await hears('up');
    // there is no clock to simulate in another process: half a second of it must do
    const stillThere = new Promise((resolve) => setTimeout(resolve, 500, 'still there'));
    expect(await Promise.race([ended, stillThere])).toBe('still there');
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
  });

  test('ends by itself with keepAlive: false', async () => {
    const { ended, said } = start('no-keep-alive');
    expect(await ended).toBe(0);
    expect(said()).toEqual(['up', 'exit 0 running']);
  });

  test('dies of a signal that nobody handles; with stopOnSignals it stops in order', async () => {
    const { hears, ended, said, process: child } = start('signals');
    await hears('up');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(said()).toEqual(['up', 'before', 'exit 0 closed']);
  });

  test('does not die of what nobody awaited', async () => {
    const { ended, said } = start('reject');
    expect(await ended).toBe(0);
    expect(said()).toEqual(['up', 'exit 0 closed']);
  });
});
