import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { RowMap } from '../../src/base/row-map.ts';
import { property } from '../support/property.ts';

/** Where the order of UTF-16 units differs from that of bytes, and what is near. */
const letter = fc.oneof(
  fc.constantFrom(
    'a',
    '!',
    '"',
    '\u{ff}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{ffee}',
    '\u{10000}',
    '\u{1f600}',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
);
const key = fc.array(letter, { maxLength: 4 }).map((letters) => letters.join(''));
const value = Buffer.from('x');

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('rows', () => {
  property(
    'are in the order of the bytes of their keys, each once, whatever came and went',
    [fc.array(fc.tuple(key, fc.boolean()), { maxLength: 60 }), key, key],
    (changes, gte, lt) => {
      const rows = new RowMap();
      const known = new Set<string>();
      for (const [name, isThere] of changes) {
        rows.set(name, isThere ? value : undefined);
        if (isThere) known.add(name);
        else known.delete(name);
        // asked in between, so that what is remembered of the order is found out if it is old
        rows.keysIn(name, gte);
      }

      const inRange = [...known].filter((name) => byBytes(gte, name) <= 0 && byBytes(name, lt) < 0);
      expect(rows.keysIn(gte, lt)).toEqual(inRange.sort(byBytes));
      for (const [name] of changes)
        expect(rows.get(name)).toBe(known.has(name) ? value : undefined);
    },
    { runs: 300 },
  );
});
