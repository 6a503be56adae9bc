/** The programs in docs/agents.md: they type-check, and their tests pass as a user runs them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PagePrograms } from './page-programs.ts';

const page = new PagePrograms('agents');

beforeAll(() => page.write());
afterAll(() => page.remove());

describe('the programs in docs/agents.md', () => {
  it('type-check', () => {
    expect(page.typeCheck()).toEqual({ isFine: true, text: '' });
  }, 60_000);

  it('pass, each test of them', () => {
    const { isFine, text } = page.test();
    const tests = Object.values(page.programs)
      .join('')
      .match(/^test\(/gm)?.length;

    expect({ isFine, text: isFine ? '' : text }).toEqual({ isFine: true, text: '' });
    expect(JSON.parse(text)).toMatchObject({ numPassedTests: tests, numFailedTests: 0 });
  }, 60_000);

  it('pay twice, had nobody looked', () => {
    const { 'payment.ts': payment = '' } = page.programs;
    const blind = payment.replace(/ {8}onInterrupted: async[\s\S]*?\n {8}\},\n/, '');
    expect(blind).not.toBe(payment);
    page.change('payment.ts', blind);
    const { isFine } = page.test();
    page.change('payment.ts', payment);

    expect(isFine).toBe(false);
  }, 60_000);
});
