/** The watchdog thread beside a blocked main thread. What it says and that it kills: `test/poison`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FlightFile } from '../../src/drivers/flight-file.ts';
import type { TurnWatch } from '../../src/ports/turn-watch.ts';

const PATIENCE_MS = 20_000;
const STATE_AT = 5;
const NO_TURN = 1;
const TURN = 2;

let directory = '';
let path = '';
let file: FlightFile;
let watch: TurnWatch;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-watchdog-'));
  path = join(directory, 'flight');
  file = FlightFile.open(path, { epoch: 1, storeId: 'id' });
  file.take(1_000, () => undefined);
  watch = file.watch({ turnMs: 5, onStuck: 'report' });
});
afterEach(() => {
  file.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Blocks this thread as a turn does that does not end. */
function blockUntil(state: number): void {
  const untilMs = performance.now() + PATIENCE_MS;
  while (readFileSync(path)[STATE_AT] !== state)
    if (performance.now() > untilMs) throw new Error(`the slot never came to state ${state}`);
}

it('notes a turn that lasts too long while it lasts, and takes it back when it ends', () => {
  watch.begin(7, 9, '/desk/clerk', 'do');
  blockUntil(TURN);
  watch.end();
  expect(readFileSync(path)[STATE_AT]).toBe(NO_TURN);
});

it('takes it back too when the next turn begins at once', () => {
  watch.begin(7, 9, '/desk/clerk', 'do');
  blockUntil(TURN);
  watch.begin(7, 10, '/desk/clerk', 'do');
  expect(readFileSync(path)[STATE_AT]).toBe(NO_TURN);
  blockUntil(TURN);
  file.close();
  const next = FlightFile.open(path, { epoch: 2, storeId: 'id' });
  expect(next.left?.turn).toBe(undefined);
  next.close();
});
