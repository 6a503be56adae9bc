/** The programs in docs/testing.md: they type-check, and their tests pass as a user runs them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PagePrograms } from './page-programs.ts';

const page = new PagePrograms('testing');

beforeAll(() => page.write());
afterAll(() => page.remove());

describe('the programs in docs/testing.md', () => {
  it('are there', () => {
    expect(Object.keys(page.programs)).toEqual(['crash-safe.test.ts', 'shop.ts', 'order.test.ts']);
  });

  it('prove an agent crash-safe in ten lines', () => {
    const { 'crash-safe.test.ts': code = '' } = page.programs;

    expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10);
  });

  it('type-check', () => {
    expect(page.typeCheck()).toEqual({ isFine: true, text: '' });
  }, 60_000);

  it('pass', () => {
    const { isFine, text } = page.test();

    // a failure is told in the text
    expect({ isFine, text: isFine ? '' : text }).toEqual({ isFine: true, text: '' });
    expect(JSON.parse(text)).toMatchObject({ numPassedTests: 3, numFailedTests: 0 });
  }, 60_000);

  it('find the bug that the page speaks of', () => {
    const { 'shop.ts': shop = '' } = page.programs;
    const keyless = shop.replace(', { key: idempotencyKey }', '');
    expect(keyless).not.toBe(shop);
    page.change('shop.ts', keyless);
    const { isFine, text } = page.test('crash-safe');
    page.change('shop.ts', shop);

    expect(isFine).toBe(false);
    expect(text).toContain('Counterexample: the invariant does not hold');
    expect(text).toContain('explore({ …, only: ');
  }, 60_000);
});
