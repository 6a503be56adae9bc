import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BatchRows, SimMedium } from '../../src/testing/sim-medium.ts';
import { property } from '../support/property.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

function contentOf({ rows }: SimMedium): Record<string, string> {
  const entries = rows.keysIn('', '~').map((key) => [key, String(rows.get(key))] as const);
  return Object.fromEntries(entries);
}

function mediumWith(rows: Readonly<Record<string, string>>): SimMedium {
  const medium = new SimMedium();
  medium.write(1, new Map(Object.entries(rows).map(([key, text]) => [key, bytes(text)])), true);
  return medium;
}

describe('a torn write', () => {
  const rows: BatchRows = new Map([
    ['a', bytes('new')],
    ['b', bytes('new')],
  ]);

  test('is dropped by the next open', () => {
    const medium = mediumWith({ a: 'old' });
    medium.tear(2, rows, 1);
    medium.replayTail();

    expect(contentOf(medium)).toEqual({ a: 'old' });
    expect(medium.highestLanded).toBe(1);
  });

  test('whose end reached the log has landed, which the next open finds', () => {
    const medium = mediumWith({ a: 'old' });
    const landed: BatchRows[] = [];
    medium.onLanded = (batch) => landed.push(batch);
    medium.tear(2, rows, 2);
    expect(contentOf(medium)).toEqual({ a: 'old' });
    medium.replayTail();
    medium.replayTail();

    expect(contentOf(medium)).toEqual({ a: 'new', b: 'new' });
    expect(landed).toEqual([rows]);
  });
});

describe('a loss of power', () => {
  const writes = fc.array(
    fc.record({
      rows: fc.dictionary(
        fc.constantFrom('a', 'b', 'c'),
        fc.option(fc.string(), { nil: undefined }),
      ),
      sync: fc.boolean(),
    }),
    { maxLength: 12 },
  );

  property(
    'takes the last of what was not synced, and nothing from the middle',
    [writes, fc.nat(12)],
    (given, kept) => {
      const medium = new SimMedium();
      const after: Record<string, string>[] = [{}];
      let synced = 0;
      for (const [place, { rows, sync }] of given.entries()) {
        const batch = new Map(
          Object.entries(rows).map(([key, text]) => [
            key,
            text === undefined ? undefined : bytes(text),
          ]),
        );
        medium.write(place + 1, batch, sync);
        after.push(contentOf(medium));
        if (sync) synced = place + 1;
      }
      expect(medium.unsyncedCount).toBe(given.length - synced);
      medium.losePower(kept);

      const left = Math.min(given.length, synced + kept);
      expect(contentOf(medium)).toEqual(after[left]);
      expect(medium.highestLanded).toBe(left);
    },
  );

  test('also takes what had just begun', () => {
    const medium = mediumWith({ a: 'old' });
    medium.tear(2, new Map([['a', bytes('new')]]), 1);
    medium.losePower(0);
    medium.replayTail();

    expect(contentOf(medium)).toEqual({ a: 'old' });
  });
});

describe('a damaged row', () => {
  test('has one byte that is wrong, and is whole again after its repair', () => {
    const medium = mediumWith({ a: 'old', b: 'old' });
    medium.damage('a', 4);
    const [was, is] = [bytes('old'), medium.rows.get('a') as Uint8Array];

    expect([...is].map((byte, place) => byte === was[place])).toEqual([true, false, true]);
    expect(String(medium.rows.get('b'))).toBe('old');
    medium.damage('a', 0);
    medium.repair();
    expect(contentOf(medium)).toEqual({ a: 'old', b: 'old' });
  });

  test('stays as it is once somebody has written over it', () => {
    const medium = mediumWith({ a: 'old' });
    medium.damage('a', 0);
    medium.write(2, new Map([['a', bytes('new')]]), true);
    medium.repair();

    expect(contentOf(medium)).toEqual({ a: 'new' });
  });

  test('has to be there', () => {
    expect(() => mediumWith({ a: '' }).damage('a', 0)).toThrow('there is no row a');
    expect(() => mediumWith({}).damage('b', 0)).toThrow('there is no row b');
  });
});
