import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/base/errors.ts';
import { filesOf } from '../support/source-text.ts';
import { errorProblems } from './errors.ts';

describe('the catalogue of errors', () => {
  it('holds codes', () => {
    expect(errorCodes.length).toBeGreaterThan(0);
    expect(new Set(errorCodes).size).toBe(errorCodes.length);
    for (const code of errorCodes) expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
  });

  it('has each code used in src, asserted in a test and explained in docs/errors.md', () => {
    const { 'docs/errors.md': page = '' } = filesOf(/^docs\/errors\.md$/);
    const problems = errorProblems(errorCodes, {
      source: filesOf(/^src\/.+\.ts$/),
      tests: filesOf(/^test\/.+\.ts$/),
      page,
    });

    expect(problems).toEqual([]);
  });
});

describe('the rule', () => {
  const good = {
    source: {
      'src/base/errors.ts': "'STORE_LOCKED'",
      'src/drivers/a.ts': "throw new PerdureError('STORE_LOCKED', facts);",
    },
    tests: { 'test/drivers/a.test.ts': "expect(error.code).toBe('STORE_LOCKED');" },
    page: '# Errors\n\n## How to read this page\n\n## STORE_LOCKED\n\nClose the other one.\n',
  };

  it('accepts a code that is used, asserted and explained', () => {
    expect(errorProblems(['STORE_LOCKED'], good)).toEqual([]);
  });

  it.each([
    ['used nowhere but in the catalogue', { source: { 'src/base/errors.ts': "'STORE_LOCKED'" } }],
    ['used in a comment only', { source: { 'src/drivers/a.ts': "// 'STORE_LOCKED'" } }],
    ['asserted by no test', { tests: {} }],
    ['named in a tidy test only', { tests: { 'test/tidy/a.test.ts': "'STORE_LOCKED'" } }],
    ['named as part of another only', { tests: { 'test/a.test.ts': "'STORE_LOCKED_OUT'" } }],
    ['not explained', { page: '# Errors\n' }],
    ['explained in passing only', { page: '# Errors\n\nSee STORE_LOCKED.\n' }],
    ['explained twice', { page: `${good.page}\n## STORE_LOCKED\n` }],
  ])('refuses a code %s', (_, change) => {
    expect(errorProblems(['STORE_LOCKED'], { ...good, ...change })).toHaveLength(1);
  });

  it('refuses an explanation of a code that does not exist', () => {
    const page = `${good.page}\n## STORE_GONE\n`;

    expect(errorProblems(['STORE_LOCKED'], { ...good, page })).toEqual([
      'docs/errors.md explains STORE_GONE, which does not exist',
    ]);
  });
});
