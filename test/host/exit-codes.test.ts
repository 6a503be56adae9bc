/** What a process ends with that does what the README says with `exitCode`: each in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../src/base/assert.ts';
import { errorCodes, PerdureError } from '../../src/base/errors.ts';
import { filesOf } from '../support/source-text.ts';

const script = fileURLToPath(new URL('daemon.ts', import.meta.url));

let directory = '';
let running: Daemon[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-exit-'));
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  rmSync(directory, { recursive: true, force: true });
});

interface Daemon {
  readonly child: ChildProcess;
  /** Its first line. */
  readonly begun: Promise<string>;
  /** With which code or signal it ended, and what it said. */
  readonly ended: Promise<{ code: number | NodeJS.Signals | null; said: string[] }>;
}

function start(fate: string): Daemon {
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory, fate], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const lines = (): string[] => text.split('\n').filter((line) => line !== '');
  const begun = new Promise<string>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('\n')) resolve(lines()[0] ?? '');
    });
    child.on('close', () => resolve('it ended'));
  });
  const ended: Daemon['ended'] = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code: code ?? signal, said: lines() }));
  });
  const daemon: Daemon = { child, begun, ended };
  running.push(daemon);
  return daemon;
}

describe('a daemon', () => {
  it('that is told to stop ends with 0', async () => {
    const { child, begun, ended } = start('stays');
    expect(await begun).toBe('up');
    child.kill('SIGTERM');

    expect(await ended).toEqual({ code: 0, said: ['up', 'stopped'] });
  });

  it('whose root gave up ends with 70', async () => {
    expect(await start('gives-up').ended).toEqual({ code: 70, said: ['up', 'root_ended'] });
  });

  it('whose child does not start ends with 70', async () => {
    const { ended } = start('no-start');

    expect(await ended).toEqual({ code: 70, said: ['SUPERVISOR_START_FAILED'] });
  });

  it('whose store can be written no more ends with 74', async () => {
    expect(await start('disk-fails').ended).toEqual({ code: 74, said: ['up', 'store_failed'] });
  });

  it('whose directory another process holds ends with 75, and disturbs nobody', async () => {
    const first = start('stays');
    expect(await first.begun).toBe('up');

    expect(await start('stays').ended).toEqual({ code: 75, said: ['STORE_LOCKED'] });
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
  });

  it.each([
    ['option', 'bad-option', 'OPTION_INVALID'],
    ['machine', 'unknown-action', 'MACHINE_NOT_DURABLE'],
  ])('with a wrong %s ends with 78', async (_what, fate, code) => {
    expect(await start(fate).ended).toEqual({ code: 78, said: [code] });
  });
});

describe('the exit code of an error', () => {
  it('is the one that the docs say', () => {
    const { 'docs/errors.md': page = '' } = filesOf(/^docs\/errors\.md$/);
    const told = new Map<string, number>();
    for (const [, exitCode, who = ''] of page.matchAll(/^\| (7\d) \| ([^|]+) \|/gm))
      for (const [, code = ''] of who.matchAll(/`([A-Z]+_[A-Z_]+)`/g))
        told.set(code, Number(exitCode));
    const inCode = errorCodes.map((code) => [code, new PerdureError(code, {} as never).exitCode]);

    expect(told.size).toBeGreaterThan(0);
    expect(inCode).toEqual(errorCodes.map((code) => [code, told.get(code) ?? 70]));
  });

  it('is 70 if perdure itself is wrong', () => {
    expect(new InvariantViolation('nothing is wrong').exitCode).toBe(70);
  });
});
