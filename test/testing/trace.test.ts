import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Trace } from '../../src/testing/trace.ts';
import { property } from '../support/property.ts';

function hashOf(lines: readonly string[]): string {
  const trace = new Trace();
  for (const line of lines) trace.add(line);
  return trace.hash;
}

property(
  'two traces have one hash if they have the same lines, and else not',
  [fc.array(fc.string()), fc.array(fc.string())],
  (one, other) => {
    expect(hashOf(one)).toBe(hashOf([...one]));
    expect(hashOf(one) === hashOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
  },
);

test('the end of a line counts, and so do bytes', () => {
  expect(hashOf(['ab', 'c'])).not.toBe(hashOf(['a', 'bc']));
  const [one, other] = [new Trace(), new Trace()];
  one.bytes(Buffer.from([1, 2]));
  other.bytes(Buffer.from([2, 1]));
  expect(one.hash).not.toBe(other.hash);
  expect(one.latest()).toEqual([]);
});

test('the latest lines are kept, oldest first, and each is told before it counts', () => {
  const trace = new Trace();
  const told: string[] = [];
  trace.onLine = (line) => told.push(`${line} ${trace.hash}`);
  const empty = trace.hash;
  for (let line = 0; line < 450; line += 1) trace.add(`line ${line}`);

  expect(trace.latest()).toEqual(Array.from({ length: 200 }, (_, at) => `line ${at + 250}`));
  expect(told[0]).toBe(`line 0 ${empty}`);
  expect(told).toHaveLength(450);
});
