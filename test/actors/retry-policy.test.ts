import { describe, expect, test } from 'vitest';
import { retryAtMs } from '../../src/actors/retry-policy.ts';

const failure = {
  error: new Error('no'),
  attempts: 1,
  nowMs: 1_000,
  deadlineMs: 0,
  askedMs: undefined,
  random: 1,
};

describe('a failed attempt', () => {
  test('is followed by another after a pause that grows up to its limit', () => {
    const policy = { attemptsMax: 9, minMs: 10, maxMs: 50, factor: 2 };
    const pauses = [1, 2, 3, 4, 5].map((attempts) => retryAtMs(policy, { ...failure, attempts }));

    expect(pauses).toEqual([1_010, 1_020, 1_040, 1_050, 1_050]);
  });

  test('is followed by another at a time drawn between now and that', () => {
    expect(retryAtMs({ minMs: 10 }, { ...failure, random: 0 })).toBe(1_000);
  });

  test('is the last one when there were as many as the policy has', () => {
    expect(retryAtMs({ attemptsMax: 2 }, { ...failure, attempts: 2 })).toBe(undefined);
    expect(retryAtMs({}, { ...failure, attempts: 3 })).toBe(undefined);
  });

  test('is the last one if the error says that it is not worth another, or the policy does', () => {
    const errors = [
      { retryable: false },
      { isRetryable: false },
      Object.assign(new Error('bad request'), { isRetryable: false }),
    ];
    for (const error of errors) expect(retryAtMs({}, { ...failure, error })).toBe(undefined);
    expect(retryAtMs({ when: () => false }, failure)).toBe(undefined);
    expect(retryAtMs({ when: () => true, minMs: 5 }, { ...failure, error: errors[0] })).toBe(1_005);
  });

  test('waits as long as the error asks, also beyond the limit of the policy', () => {
    expect(retryAtMs({ maxMs: 100 }, { ...failure, askedMs: 5_000 })).toBe(6_000);
  });

  test('is the last one if the next would come too late', () => {
    expect(retryAtMs({ minMs: 10 }, { ...failure, deadlineMs: 1_010 })).toBe(undefined);
    expect(retryAtMs({ minMs: 10 }, { ...failure, deadlineMs: 1_011 })).toBe(1_010);
  });
});
