import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textHash } from '../../src/base/text-hash.ts';
import { property } from '../support/property.ts';

describe('textHash', () => {
  it('never changes: hashes are stored', () => {
    expect(textHash('')).toBe('9dc5811c811c9dc5');
    expect(textHash('perdure')).toBe('457c5d814f31ea66');
  });

  it('tells a hundred thousand texts apart', () => {
    const hashes = new Set(
      Array.from({ length: 100_000 }, (_, index) => textHash(`state-${index}`)),
    );
    expect(hashes.size).toBe(100_000);
  });

  property('is 16 hex digits', [fc.string({ unit: 'binary' })], (text) => {
    expect(textHash(text)).toMatch(/^[0-9a-f]{16}$/);
  });
});
