/** The example must do what it says: it runs as a user runs it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

test('the example of supervision loses no page, and shows a decision of every kind', async () => {
  const run = promisify(execFile);
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', join(root, 'examples', 'supervision', 'main.ts')],
    { cwd: root },
  );

  expect(stdout).toContain('pages counted: 5 of 5');
  for (const decision of ['restart', 'quarantine', 'escalate', 'keep', 'shutdown'])
    expect(stdout).toMatch(new RegExp(`decisions: .*\\d+ ${decision}`));
  // one_for_all takes the vane along, rest_for_one leaves the power alone
  expect(stdout).toContain('stopped /mast/vane#1');
  expect(stdout).toContain('started /office/press#2 from its snapshot');
  expect(stdout.indexOf('stopped /office/power')).toBeGreaterThan(
    stdout.indexOf('killed from outside'),
  );
});
