/** `npm run soak`, short: too short to tell what is flat, long enough to be killed and to lose something. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readOptions } from './options.ts';
import { audit } from './audit.ts';
import { Run } from './run.ts';

const directory = mkdtempSync(join(tmpdir(), 'perdure-soak-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('runs under load, is killed and restarted, and loses and repeats nothing', async () => {
  const options = readOptions([
    '--minutes',
    '0.2',
    '--rate',
    '150',
    '--sessions',
    '20',
    '--kill-every',
    '3',
    '--seed',
    '1',
  ]);

  const seen = await new Run(options, directory).run();

  expect(seen.failures).toEqual([]);
  expect(audit(seen.load.begun, seen.report)).toEqual({ lost: 0, twice: 0, faults: [] });
  expect(seen.killsMs.length).toBeGreaterThan(0);
  expect(seen.recoveries).toHaveLength(seen.killsMs.length + 1);
  expect(seen.samples.length).toBeGreaterThan(0);
  expect(seen.load.begun).toBeGreaterThan(20);
}, 120_000);
