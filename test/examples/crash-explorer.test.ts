/** The example must do what it says: it runs as a user runs it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

test('the example of the crash explorer finds each bug, and none where there is none', async () => {
  const run = promisify(execFile);
  const { stdout, stderr } = await run(
    process.execPath,
    ['--import', 'tsx', join(root, 'scripts', 'example.ts'), 'crash-explorer'],
    { cwd: root },
  );

  expect(stderr).not.toContain('was not found');
  expect(stdout).toMatch(/the payment as it should be: \d{2,} crashes survived/);
  for (const bug of [
    'an effect before the commit',
    'state outside the machine',
    'a step that is not idempotent',
    'a timer that is lost',
  ])
    expect(stdout).toContain(`\n${bug}\n`);
  expect(stdout.match(/explore\(\{ …, only: \{ write: \d+, moment: '\w+' \} \}\)/g)).toHaveLength(
    4,
  );
}, 60_000);
