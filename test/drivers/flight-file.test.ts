import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onProcessExit } from '../../src/drivers/exit-hook.ts';
import { FlightFile } from '../../src/drivers/flight-file.ts';
import type { LeftBehind } from '../../src/ports/flight-slot.ts';

let path = '';
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perdure-flight-'));
  path = join(directory, 'flight');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const idle = (): undefined => undefined;
const unknown: LeftBehind = { epoch: 0, startedMs: 0, turn: undefined };

function open(epoch: number, storeId = 'id'): FlightFile {
  return FlightFile.open(path, { epoch, storeId });
}

/** What the next epoch finds. */
function left(epoch: number, storeId?: string): LeftBehind | undefined {
  const file = open(epoch, storeId);
  file.close();
  return file.left;
}

function dies(epoch: number): void {
  const file = open(epoch);
  file.take(1_000, idle);
  file.fill(7, 9);
  file.close();
}

describe('the flight slot of a directory', () => {
  it('is empty in a new store, and unknown where the file is missing from an old one', () => {
    expect(left(1)).toBe(undefined);
    rmSync(path);
    expect(left(5)).toEqual(unknown);
  });

  it('takes 64 bytes, checked as a whole', () => {
    dies(1);
    const bytes = readFileSync(path);
    expect(bytes).toHaveLength(64);
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('PDFS\x01\x02\0\0');
    for (let at = 0; at < 64; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 1;
      writeFileSync(path, flipped);
      expect([at, left(2)]).toEqual([at, unknown]);
    }
    writeFileSync(path, bytes.subarray(0, 40));
    expect(left(2)).toEqual(unknown);
    writeFileSync(path, bytes);
    expect(left(2)).toEqual({ epoch: 1, startedMs: 1_000, turn: { uid: 7, position: 9 } });
  });

  it('of another store tells nothing', () => {
    dies(1);
    expect(left(2, 'another id')).toEqual(unknown);
  });

  it('in order does not speak for a later epoch that never wrote it', () => {
    const first = open(1);
    first.take(1_000, idle);
    first.finish();
    first.close();
    expect(left(3)).toEqual({ epoch: 1, startedMs: 1_000, turn: undefined });
  });

  it('is filled when the process exits inside a turn, and only then', () => {
    const turns: { uid: number; position: number }[] = [];
    const file = open(1);
    file.take(1_000, () => turns.at(-1));
    const exit = process.listeners('exit').at(-1) as (code: number) => void;
    exit(0);
    expect(readFileSync(path)[5]).toBe(1);
    turns.push({ uid: 3, position: 4 });
    exit(0);
    file.close();
    expect(left(2)?.turn).toEqual({ uid: 3, position: 4 });
  });
});

describe('the exit hook', () => {
  it('is one listener for all, there only while somebody wants it', () => {
    const before = process.listenerCount('exit');
    const leave = [1, 2, 3].map(() => onProcessExit(idle));
    expect(process.listenerCount('exit')).toBe(before + 1);
    for (const each of leave) each();
    expect(process.listenerCount('exit')).toBe(before);
  });

  it('is withdrawn when the store ends in order, and when it is closed', () => {
    const before = process.listenerCount('exit');
    const file = open(1);
    file.take(1_000, idle);
    expect(process.listenerCount('exit')).toBe(before + 1);
    file.finish();
    expect(process.listenerCount('exit')).toBe(before);
    file.close();
  });
});
