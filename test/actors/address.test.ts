import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  childAddress,
  idOf,
  parentOf,
  parseAddress,
  rootAddress,
} from '../../src/actors/address.ts';
import { property } from '../support/property.ts';

const refused = { code: 'ADDRESS_INVALID' };
const ids = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((id) => id !== '.' && id !== '..');

describe('childAddress', () => {
  it('joins the ids below the root', () => {
    expect(childAddress(rootAddress, 'intake')).toBe('/intake');
    expect(childAddress('/intake', 'reader')).toBe('/intake/reader');
  });

  it.each([
    ['a/b', '/a%2Fb'],
    ['50%', '/50%25'],
    ['a\nb', '/a%0Ab'],
    ['\u0085', '/%C2%85'],
    ['0.(machine).deep.state', '/0.(machine).deep.state'],
    ['Zoë 🙂', '/Zoë 🙂'],
    ['...', '/...'],
  ])('writes the id %j as %s', (id, address) => {
    expect(childAddress(rootAddress, id)).toBe(address);
    expect(idOf(address)).toBe(id);
  });

  it.each(['', '.', '..', '\ud800', 'x\udc00y'])('refuses the id %j', (id) => {
    expect(() => childAddress(rootAddress, id)).toThrow(expect.objectContaining(refused));
  });

  it('refuses an id that is no string', () => {
    expect(() => childAddress(rootAddress, 7 as never)).toThrow(expect.objectContaining(refused));
  });

  it('refuses an address of more than 1,024 bytes, counted in UTF-8', () => {
    expect(childAddress(rootAddress, 'x'.repeat(1023))).toHaveLength(1024);
    expect(() => childAddress(rootAddress, 'x'.repeat(1024))).toThrow(
      expect.objectContaining(refused),
    );
    expect(() => childAddress(rootAddress, '€'.repeat(342))).toThrow(
      expect.objectContaining(refused),
    );
  });
});

describe('parseAddress', () => {
  it('gives the ids on the way from the root', () => {
    expect(parseAddress('/')).toEqual([]);
    expect(parseAddress('/clerks/a%2Fb')).toEqual(['clerks', 'a/b']);
  });

  it.each(['', 'clerks', 'clerks/7', '/clerks/', '//', '/a//b', '/.', '/a/..'])(
    'refuses %j',
    (address) => {
      expect(() => parseAddress(address)).toThrow(expect.objectContaining(refused));
    },
  );

  it.each(['/50%', '/%41', '/a%2fb', '/a\nb', '/%ff', '/%2E'])(
    'refuses %j, which is not how that id is written',
    (address) => {
      expect(() => parseAddress(address)).toThrow(expect.objectContaining(refused));
    },
  );

  it('says how an id is to be written', () => {
    expect(() => parseAddress('/a%2fb')).toThrow("'a%2fb' is to be written 'a%2Fb'");
  });

  property('reads what childAddress wrote', [fc.array(ids, { maxLength: 5 })], (path) => {
    const address = path.reduce(childAddress, rootAddress);
    expect(parseAddress(address)).toEqual(path);
    expect(idOf(address)).toBe(path.at(-1) ?? '');
  });

  property('gives two different paths two different addresses', [ids, ids], (one, other) => {
    fc.pre(one !== other);
    expect(childAddress(rootAddress, one)).not.toBe(childAddress(rootAddress, other));
  });
});

describe('parentOf', () => {
  it('goes up to the root, and not further', () => {
    expect(parentOf('/intake/reader')).toBe('/intake');
    expect(parentOf('/intake')).toBe('/');
    expect(parentOf('/')).toBeUndefined();
  });
});
