import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { property } from './property.ts';
import { blank, importsOf } from './source-text.ts';

const tokens = [
  "'",
  '"',
  '`',
  '${',
  '}',
  '{',
  '/',
  '//',
  '/*',
  '*/',
  '\\',
  '\n',
  'a',
  ' ',
  '=',
  '[',
];

describe('blank', () => {
  property(
    'keeps the length and the line ends of any text',
    [fc.array(fc.constantFrom(...tokens)).map((parts) => parts.join('')), fc.boolean()],
    (text, strings) => {
      const blanked = blank(text, { strings });

      expect(blanked).toHaveLength(text.length);
      expect([...blanked.matchAll(/\n/g)].map((match) => match.index)).toEqual(
        [...text.matchAll(/\n/g)].map((match) => match.index),
      );
    },
  );

  it.each([
    ["a('b') // c", "a(' ')     "],
    ["a('b\\'c', d)", "a('    ', d)"],
    ['`a${b(`c`, {d})}e`', '` ${b(` `, {d})} `'],
    ['a = /[/"]/ / b', 'a = /    / / b'],
    ['a / b / c', 'a / b / c'],
    ['/* a\nb */c', '    \n    c'],
    ["'a//b' + c", "'    ' + c"],
  ])('turns %s into %s', (text, expected) => {
    expect(blank(text, { strings: true })).toBe(expected);
  });

  it('leaves strings when only comments are to go', () => {
    expect(blank("a('b//c') // d", { strings: false })).toBe("a('b//c')     ");
  });
});

describe('importsOf', () => {
  it('finds every form', () => {
    const text = [
      "import a from 'a';",
      "import type { b } from 'b';",
      "import 'c';",
      "export { d } from 'd';",
      "export * from 'e';",
      "const f = await import('f');",
      "type G = import('g').G;",
      "const h = require('h');",
      'export const from = 1;',
    ].join('\n');

    const found = importsOf({ 'x.ts': text }).map(({ specifier }) => specifier);

    expect(found.sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });
});
