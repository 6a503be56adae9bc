import { expect, it } from 'vitest';
import { systemEntropy } from '../../src/drivers/system-entropy.ts';

it('makes ids that differ and numbers below one', () => {
  const entropy = systemEntropy();
  const ids = new Set(Array.from({ length: 1_000 }, () => entropy.id()));

  expect(ids.size).toBe(1_000);
  expect([...ids].every((id) => /^[\w-]{21}$/.test(id))).toBe(true);
  for (let n = 0; n < 100; n += 1) {
    const number = entropy.random();
    expect(number >= 0 && number < 1).toBe(true);
  }
});
