import { describe, expect, test } from 'vitest';
import { absent, firstDifference, shown } from '../../src/testing/difference.ts';

const when = new Date(0);

describe('two values are the same', () => {
  test.each([
    [
      { a: [1, { b: Number.NaN }], d: when },
      { a: [1, { b: Number.NaN }], d: new Date(0) },
    ],
    [new Map([['a', new Set([1])]]), new Map([['a', new Set([1])]])],
    [new Error('no', { cause: 1 }), new Error('no', { cause: 1 })],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
    [/a/g, /a/g],
    // keys of steps say in which process and batch they were asked for
    ['receipt of id-1-1.1.5.0', 'receipt of id-1-1.2.7.1'],
  ])('%o and %o', (left, right) => {
    expect(firstDifference(left, right)).toBeUndefined();
  });
});

describe('the first difference is told by its path', () => {
  test.each([
    [{ actors: { '/a': { n: 1 } } }, { actors: { '/a': { n: 2 } } }, "actors['/a'].n", 1, 2],
    [[1, 2, 3], [1, 2], '[2]', 3, absent],
    [{ a: undefined }, {}, 'a', undefined, absent],
    [{ a: [] }, { a: {} }, 'a', [], {}],
    [{ a: 0 }, { a: -0 }, 'a', 0, -0],
    [{ a: null }, { a: {} }, 'a', null, {}],
    [new Map([['x', 1]]), new Map([['x', 2]]), 'get("x")', 1, 2],
    [new Set([1]), new Set([2]), 'has(1)', true, absent],
    [new Error('a'), new Error('b'), 'message', 'a', 'b'],
    [new Uint8Array([1]), new Uint8Array([255]), 'bytes', '01', 'ff'],
    [{ at: when }, { at: new Date(1) }, 'at.getTime()', 0, 1],
    ['id-1-1', 'id-2-1', '', 'id-1-1', 'id-2-1'],
  ])('%o and %o', (left, right, path, inLeft, inRight) => {
    expect(firstDifference(left, right)).toEqual({ path, left: inLeft, right: inRight });
  });
});

test('a value is shown on one line', () => {
  const value = {
    text: 'a\nb',
    big: 2n,
    list: [undefined, null, -0],
    map: new Map([['k', new Set([1])]]),
    when,
    error: new TypeError('no'),
    bytes: new Uint8Array([1, 255]),
    none: {},
  };

  expect(shown(value)).toBe(
    '{ text: "a\\nb", big: 2n, list: [undefined, null, -0], map: Map {"k" => Set {1}}, ' +
      'when: "1970-01-01T00:00:00.000Z", error: TypeError: no, bytes: <01ff>, none: {} }',
  );
  expect(shown(absent)).toBe('nothing');
  expect(shown('x'.repeat(1_000))).toHaveLength(301);
});
