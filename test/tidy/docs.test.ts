import { describe, expect, it } from 'vitest';
import { filesOf, root } from '../support/source-text.ts';
import { linkProblems, namedTestProblems, traceProblems } from './docs.ts';

const everything = filesOf(/./);
const paths = new Set(Object.keys(everything));
const pages = Object.fromEntries(
  Object.entries(everything).filter(([path]) => path.endsWith('.md')),
);

describe('links in pages', () => {
  it('lead to a file or a heading', () => {
    expect(linkProblems(pages, paths)).toEqual([]);
  });

  const known = new Set(['README.md', 'docs/a.md', 'src/base/errors.ts']);
  const other = { 'docs/a.md': '# A page\n\n## What `it` does, and why\n\n## Twice\n\n## Twice\n' };

  it.each([
    '[a](docs/a.md)',
    '[a](docs/a.md#what-it-does-and-why)',
    '[a](docs/a.md#twice-1)',
    '[a](./src/base/)',
    '[a](https://nodejs.org/api/)',
    '[a](#top)',
    '[a][1]\n\n[1]: docs/a.md',
    '`[a](gone.md)`',
    '```md\n[a](gone.md)\n```',
  ])('are accepted: %s', (text) => {
    expect(linkProblems({ ...other, 'README.md': `# Top\n\n${text}\n` }, known)).toEqual([]);
  });

  it.each([
    '[a](docs/gone.md)',
    '[a](docs/a.md#gone)',
    '[a](/docs/a.md)',
    '[a](../a.md)',
    '![a](docs/gone.png "title")',
    '[a](#gone)',
    '[a][1]\n\n[1]: docs/gone.md',
  ])('are refused: %s', (text) => {
    expect(linkProblems({ ...other, 'README.md': `# Top\n\n${text}\n` }, known)).toHaveLength(1);
  });
});

describe('tests that pages name', () => {
  it('are there', () => {
    expect(namedTestProblems(pages, paths)).toEqual([]);
  });

  const known = new Set(['test/a/b.test.ts']);

  it.each(['`test/a/b.test.ts`', '`src/gone.ts`', 'test/gone.ts'])('are accepted: %s', (text) => {
    expect(namedTestProblems({ 'a.md': text }, known)).toEqual([]);
  });

  it.each(['`test/gone.ts`', '| a fault | `test/a/b.test.ts`, `test/a/c.test.ts` |'])(
    'are refused: %s',
    (text) => {
      expect(namedTestProblems({ 'a.md': text }, known)).toHaveLength(1);
    },
  );
});

describe('traces of a machine', () => {
  it('are in no file', () => {
    expect(traceProblems(everything, [root])).toEqual([]);
  });

  /** Written in parts, or this file would fail its own rule. */
  const absolute = (...parts: readonly string[]): string => ['', ...parts].join('/');
  const host = (...parts: readonly string[]): string => ['registry', ...parts].join('.');

  it.each([
    `see ${absolute('root', 'notes.md')}`,
    `'${absolute('home', 'ann', 'x')}'`,
    `cd ${absolute('tmp', 'x')}`,
    `(${absolute('Users', 'ann', 'x')})`,
    `"resolved": "https:${absolute('', host('example', 'com'), 'a.tgz')}"`,
    `registry=https:${absolute('', host('npmjs', 'org'), '')}`,
    `${absolute('', 'nexus.example.com', '')}:${['_auth', 'Token'].join('')}=1`,
    `open file:${absolute('', '', 'srv', 'x')}`,
    `C:${'\\'}Users${'\\'}ann`,
    absolute('opt', 'checkout', 'src'),
  ])('are refused: %s', (line) => {
    const problems = traceProblems({ 'a.md': line }, [absolute('opt', 'checkout')]);

    expect(problems.length).toBeGreaterThan(0);
  });

  it.each([
    "ref('/triage/readers/3')",
    'src/runtime/registry.ts',
    "import '../runtime/registry.ts';",
    'https://nodejs.org/api/',
    'the registry. It maps an address',
    'registry.get(address)',
  ])('are not seen in: %s', (line) => {
    expect(traceProblems({ 'a.md': line })).toEqual([]);
  });
});
