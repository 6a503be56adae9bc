import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../examples/mail-triage/ledger.ts';
import { ledgerPath } from '../../examples/mail-triage/run-files.ts';

const mainPath = join(import.meta.dirname, '../../examples/mail-triage/main.ts');
const timeoutMs = 120_000;

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perdure-mail-triage-'));
});
afterEach(async () => await rm(directory, { recursive: true }));

/** `npm start` as a process of its own. */
async function start(...options: string[]): Promise<{ code: number; output: string }> {
  const args = ['--import', 'tsx', mainPath, '--data', directory, '--items', '150', ...options];
  return await new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

describe('npm start', () => {
  it('handles each mail once while its process is killed twice', {
    timeout: timeoutMs,
  }, async () => {
    const { code, output } = await start('--kills', '2', '--seed', '1');
    expect(output).toContain('ok: skipped 0, applied twice 0, in the ledger and in the store');
    expect(output).toMatch(/kills 2 of 2/);
    expect(output).toMatch(/kill 2: after \d+ mails, at (read|classify|record) \d+; resumed 1: /);
    expect(code).toBe(0);

    const { lines } = await readLedger(ledgerPath(directory));
    expect(new Set(lines.map(({ item }) => item)).size).toBe(150);
  });

  it('fails when a kill found nothing in flight, as in a run that is already done', {
    timeout: timeoutMs,
  }, async () => {
    expect((await start('--kills', '0', '--quiet')).code).toBe(0);
    const { code, output } = await start('--kills', '1', '--quiet');
    expect(output).toContain('FAILED kills: 0 of 1 fell while work was in flight');
    expect(code).toBe(1);
  });

  it.each([
    ['skip', /FAILED store: \d+ skipped/],
    ['repeat', /FAILED ledger: \d+ done twice/],
    ['early-ack', /FAILED ledger: \d+ skipped/],
  ])('fails its audit with --inject-bug %s', { timeout: timeoutMs }, async (bug, failure) => {
    const { code, output } = await start('--kills', '2', '--seed', '1', '--inject-bug', bug);
    expect(output).toMatch(failure);
    expect(output).toMatch(/^not ok: /m);
    expect(code).toBe(1);
  });

  it('explains itself when it is called wrongly', async () => {
    const { code, output } = await start('--kills', 'many');
    expect(output).toContain('usage: npm start');
    expect(code).toBe(2);
  });
});
