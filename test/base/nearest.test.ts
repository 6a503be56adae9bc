import { describe, expect, it } from 'vitest';
import { isSlipOf, nearest } from '../../src/base/nearest.ts';

describe('nearest', () => {
  const known = ['attemptsMax', 'mailboxMax', 'shutdownMs', 'restart', 'restartFrom'];

  it.each([
    ['maxAttempts', 'attemptsMax'],
    ['shutdown', 'shutdownMs'],
    ['restartfrom', 'restartFrom'],
    ['mialboxMax', 'mailboxMax'],
    ['restart', 'restart'],
  ])('takes %s for %s', (given, meant) => {
    expect(nearest(given, known, 1)).toEqual([meant]);
    expect(isSlipOf(meant, given)).toBe(true);
  });

  it('gives as many as are wanted, the nearest first', () => {
    expect(nearest('/desk/redaer', ['/desk', '/desk/reader', '/desk/ledger'], 2)).toEqual([
      '/desk/reader',
      '/desk/ledger',
    ]);
    expect(nearest('x', [], 2)).toEqual([]);
  });

  it('does not take a word for a slip of another one', () => {
    expect(known.filter((word) => isSlipOf(word, 'strategy'))).toEqual([]);
  });
});
