import { expect, test } from 'vitest';
import { plainCodec } from '../../src/testing/ending.ts';
import { stableBytes } from '../../src/testing/stable-bytes.ts';

function errorWith(stack: string, message = 'no'): Error {
  return Object.assign(new RangeError(message), { stack });
}

function stored(value: unknown): string {
  return Buffer.from(stableBytes('s!1', plainCodec.encode(value))).toString('latin1');
}

test('a stack does not count, whatever holds it', () => {
  const one = 'RangeError: no\n    at run (/here/a.ts:1:2)\n    at node:internal/timers:483:21';
  const other = 'RangeError: no\n    at run (/there/of/b.ts:30:4)';
  const holding = (stack: string): unknown[] => [
    [1, { error: { name: 'RangeError', message: 'no', stack } }, 7n],
    new Map([['error', errorWith(stack)]]),
    [new Set([errorWith(stack)]), { cause: errorWith(stack) }],
  ];

  for (const [place, value] of holding(one).entries())
    expect(stored(value)).toBe(stored(holding(other)[place]));
});

test('all else counts', () => {
  const stack = 'RangeError: no\n    at run (/here/a.ts:1:2)';
  const texts = [
    [errorWith(stack), 1],
    [errorWith(stack), 2],
    [errorWith(stack, 'never'), 1],
    [errorWith('TypeError: no\n    at run (/here/a.ts:1:2)'), new Map([[1, 2]])],
    [Object.assign(errorWith(stack), { code: 'NO' }), 1],
  ].map(stored);

  expect(new Set(texts).size).toBe(texts.length);
});

test('bytes without a stack are what they are', () => {
  const bytes = Buffer.from('not of a codec at all');

  expect(stableBytes('s!1', bytes)).toBe(bytes);
});
