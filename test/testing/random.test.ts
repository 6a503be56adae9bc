import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/testing/random.ts';
import { property } from '../support/property.ts';

const draws = (random: Random, count = 50): number[] =>
  Array.from({ length: count }, () => random.below(1_000));

describe('chance', () => {
  test('never changes: seeds that found something find it again', () => {
    const random = new Random(42);

    expect(draws(random, 5)).toMatchInlineSnapshot(`
      [
        605,
        225,
        535,
        820,
        834,
      ]
    `);
    expect(random.share()).toMatchInlineSnapshot(`0.9833261705935001`);
  });

  property('is the same for the same seed', [fc.integer()], (seed) => {
    expect(draws(new Random(seed))).toEqual(draws(new Random(seed)));
  });

  property(
    'stays below what it is told to',
    [fc.integer(), fc.integer({ min: 1, max: 1_000 })],
    (seed, count) => {
      const random = new Random(seed);
      const drawn = Array.from({ length: 50 }, () => random.below(count));
      expect(drawn.every((number) => Number.isInteger(number) && number >= 0)).toBe(true);
      expect(Math.max(...drawn)).toBeLessThan(count);
      const share = random.share();
      expect(share >= 0 && share < 1).toBe(true);
      expect(['a', 'b', 'c']).toContain(random.pick(['a', 'b', 'c']));
    },
  );

  property(
    'that was forked does not shift the other line, however much is drawn from it',
    [fc.integer(), fc.nat(20)],
    (seed, count) => {
      const [one, other] = [new Random(seed), new Random(seed)];
      draws(one.fork(), count);
      other.fork();
      expect(draws(one)).toEqual(draws(other));
    },
  );

  test('comes as often as it should', () => {
    const random = new Random(7);
    const hits = Array.from({ length: 10_000 }, () => random.chance(0.2)).filter(Boolean).length;

    expect(hits).toBeGreaterThan(1_800);
    expect(hits).toBeLessThan(2_200);
    expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
  });
});
