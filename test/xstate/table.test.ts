import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/xstate.md', import.meta.url), 'utf8');
const links = [
  ...page.matchAll(/\[(\w+)\]\(\.\.\/test\/xstate\/\1\.test\.ts\): ([^|[]+?)(?= \||; \[)/g),
];
const named = links.flatMap(([, file = '', titles = '']) =>
  titles.split(/; (?=\S)/).map((title) => [file, title.trim()] as const),
);

describe('docs/xstate.md', () => {
  it('names a test in every row that has one', () => {
    const rows = page.split('\n').filter((line) => line.includes('../test/xstate/'));

    expect(rows.length).toBeGreaterThan(70);
    expect(named.length).toBeGreaterThanOrEqual(rows.length);
  });

  it.each(named)('%s.test.ts has the test that a row names: %s', (file, title) => {
    const source = readFileSync(new URL(`${file}.test.ts`, import.meta.url), 'utf8');

    expect(source).toContain(`'${title}'`);
  });
});
