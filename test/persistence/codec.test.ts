import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { addExtension, Packr, unpack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { LightRef } from '../../src/actors/light-ref.ts';
import { judge } from '../../src/actors/value.ts';
import { isPerdureError, PerdureError } from '../../src/base/errors.ts';
import { createCodec, hashOf } from '../../src/persistence/codec.ts';
import { storable } from '../../src/testing/arbitraries.ts';
import { property } from '../support/property.ts';

const codec = createCodec({
  writeRef: (ref) => (ref instanceof LightRef ? ref.address : '/live'),
  readRef: (data) => new LightRef(data as string),
});
const copyOf = (value: unknown): unknown => codec.decode(codec.encode(value), 'a value');

function whyCorrupt(bytes: Uint8Array): string {
  try {
    codec.decode(bytes, 'row x');
  } catch (error) {
    if (isPerdureError(error) && error.code === 'VALUE_CORRUPT') return error.message;
    throw error;
  }
  throw new Error('it was read');
}

describe('the codec', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['minus zero', [-0, { a: -0 }]],
    ['a byte order mark', ['\u{feff}', `\u{feff}${'a'.repeat(100)}`, `\u{feff}${'é'.repeat(40)}`]],
    ['the name that msgpackr uses itself', [{ __keys__: 1 }, {}, { a: 1, __keys__: 2 }, { a: 3 }]],
    ['names of methods', { constructor: 1, toJSON: 2, hasOwnProperty: 3, length: 4 }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: -0 })],
    [
      'a Map with objects as keys',
      new Map<unknown, unknown>([
        [{ a: 1 }, 1],
        [new Map(), -0],
      ]),
    ],
    ['a Map of Maps', new Map([['a', new Map([['b', new Error('x')]])]])],
    [
      'bigints around 64 bits',
      [2n ** 63n - 1n, 2n ** 63n, 2n ** 64n, -(2n ** 63n) - 1n, 10n ** 500n],
    ],
    ['an expression that stopped inside', Object.assign(/a/g, { lastIndex: 3 })],
    ['a date before 1970', new Date(-1)],
    ['a Buffer', Buffer.from('abc')],
    ['bytes', new Uint8Array([1, 2])],
  ])('gives back %s', (_, value) => {
    expect(isDeepStrictEqual(copyOf(value), value)).toBe(true);
  });

  it('gives back an invalid date and the largest bigints', () => {
    expect((copyOf(new Date(Number.NaN)) as Date).getTime()).toBeNaN();
    for (const value of [2n ** 70_000n, -(2n ** 70_001n) + 5n]) expect(copyOf(value)).toBe(value);
  });

  it('gives back more shapes of objects than msgpackr has numbers for', () => {
    const shapes = Array.from({ length: 300 }, (_, n) => ({
      [`k${n}`]: { [`l${n}`]: n, same: 1 },
    }));

    expect(copyOf([...shapes, ...shapes])).toEqual([...shapes, ...shapes]);
  });

  it('copies bytes out of the row', () => {
    const row = codec.encodeCopy({ bytes: Buffer.from('abc') });
    const { bytes } = codec.decode(row, 'row') as { bytes: Buffer };
    row.fill(0);

    expect(bytes.toString()).toBe('abc');
  });

  it('uses the bytes of encode again, and not those of encodeCopy', () => {
    const kept = codec.encodeCopy('one');
    codec.encode('two');

    expect(codec.decode(kept, 'kept')).toBe('one');
  });

  it('goes on after a value that it refused', () => {
    expect(() => codec.encode({ a: [() => 1] })).toThrow(
      expect.objectContaining({
        code: 'VALUE_NOT_STORABLE',
        facts: { path: 'value.a[0]', why: 'it is a function' },
      }),
    );
    expect(copyOf({ a: 1 })).toEqual({ a: 1 });
  });

  it('refuses what came into a Map after it was judged', () => {
    const context = { map: new Map<string, unknown>() };
    judge(context, 'context');
    context.map.set('k', new (class Order {})());

    expect(() => codec.encode([context])).toThrow(/value\[0\].map.get\("k"\)/);
  });

  it('is not touched by what others do with msgpackr', () => {
    addExtension({ Class: Date, type: 1, write: () => 'gone', read: () => 'gone' } as never);
    const value = { at: new Date(7), text: 'x' };
    const bytes = codec.encode(value);
    const other = new Packr({}).pack({ other: 'y'.repeat(5_000) });
    codec.encode('z'.repeat(5_000));

    expect(codec.decode(codec.encodeCopy(value), 'row')).toEqual(value);
    expect(bytes.length).toBeGreaterThan(0);
    expect(unpack(other)).toEqual({ other: 'y'.repeat(5_000) });
  });
});

describe('the codec, of errors', () => {
  it('keeps name, message, stack, code, cause and own properties', () => {
    class PaymentError extends TypeError {
      override readonly name = 'PaymentError';
      readonly code = 'E_PAY';
      readonly details = { tries: [1, -0] };
    }
    const error = new PaymentError('no', { cause: new Error('below') });
    const copy = copyOf(error) as PaymentError;

    expect(copy).toBeInstanceOf(TypeError);
    expect(copy.name).toBe('PaymentError');
    expect(copy.message).toBe('no');
    expect(copy.stack).toBe(error.stack);
    expect(copy.code).toBe('E_PAY');
    expect(copy.details).toEqual({ tries: [1, -0] });
    expect((copy.cause as Error).message).toBe('below');
    expect(Object.keys(copy)).toEqual(Object.keys(error));
    expect(String(copy)).toBe('PaymentError: no');
  });

  it('keeps errors of the platform, of ours, and several in one', () => {
    const abort = copyOf(AbortSignal.abort().reason) as Error & { code: number };
    const ours = copyOf(new PerdureError('STORE_CLOSED', { directory: 'd' }));
    const several = copyOf(new AggregateError([new Error('a')], 'both')) as AggregateError;

    expect([abort.name, abort.code]).toEqual(['AbortError', 20]);
    expect(isPerdureError(ours) && ours.code).toBe('STORE_CLOSED');
    expect(several.errors).toEqual([new Error('a')]);
    expect(several).toBeInstanceOf(AggregateError);
  });

  it('repairs text that UTF-8 cannot hold', () => {
    expect((copyOf(new Error('\u{d800}x')) as Error).message).toBe('\u{fffd}x');
  });
});

describe('the codec, of refs', () => {
  it('writes and reads them wherever they are, of any class', () => {
    const live = createActor(createMachine({}));
    const value = {
      to: new LightRef('/a'),
      list: [live],
      map: new Map([['k', new LightRef('/b')]]),
    };
    judge(value, 'context');
    const copy = copyOf([value]) as [
      { to: LightRef; list: LightRef[]; map: Map<string, LightRef> },
    ];

    expect(copy[0].to).toBeInstanceOf(LightRef);
    expect(copy[0].to.address).toBe('/a');
    expect(copy[0].list[0]?.address).toBe('/live');
    expect(copy[0].map.get('k')?.address).toBe('/b');
  });
});

describe('decode', () => {
  it('refuses what encode did not make, and names it', () => {
    const bytes = codec.encodeCopy({ a: 1 });

    expect(whyCorrupt(new Uint8Array())).toMatch(/row x.*too few/);
    expect(whyCorrupt(Buffer.from([9, ...bytes.subarray(1)]))).toMatch(/codec 9/);
    expect(whyCorrupt(Buffer.from([1, 9, ...bytes.subarray(2)]))).toMatch(/version 9/);
    expect(whyCorrupt(Buffer.concat([bytes, Buffer.from([0])]))).toMatch(/checksum/);
  });

  it('reads bytes of any view', () => {
    const bytes = codec.encodeCopy({ a: Buffer.from('x') });
    const wide = new Uint8Array(bytes.length + 8);
    wide.set(bytes, 5);

    expect(codec.decode(wide.subarray(5, 5 + bytes.length), 'row')).toEqual({
      a: Buffer.from('x'),
    });
  });

  it('reads what the first release wrote', () => {
    const plain =
      '01018ee0eb009301a772756e6e696e67d4724092a5636f756e74a56974656d730592d4724191a26964014102';
    const withStandIns =
      '0201be6276f5d4724095a26174a16ea17aa16da165d7ff1d535300499602d2d3000000000000000a81a47a65' +
      '726f0081a36d617092a16b0181a56572726f7297aa52616e67654572726f72aa52616e67654572726f72a26e6f' +
      'a173a4636f6465c3a145';
    const error = Object.assign(new RangeError('no'), { stack: 's', code: 'E' });

    expect(codec.decode(Buffer.from(plain, 'hex'), 'row')).toEqual([
      1,
      'running',
      { count: 5, items: [{ id: 1 }, { id: 2 }] },
    ]);
    expect(codec.decode(Buffer.from(withStandIns, 'hex'), 'row')).toEqual({
      at: new Date(1_234_567_890_123),
      n: 10n,
      z: -0,
      m: new Map([['k', 1]]),
      e: error,
    });
  });
});

describe('the codec, by law', () => {
  property(
    'gives back every storable value',
    [storable()],
    (value) => {
      expect(isDeepStrictEqual(copyOf(value), value)).toBe(true);
      judge(value, 'value');
      expect(isDeepStrictEqual(copyOf([value]), [value])).toBe(true);
    },
    { runs: 300 },
  );

  property('makes the same bytes of the same value', [storable(), storable()], (value, other) => {
    const bytes = codec.encodeCopy(value);
    codec.encode(other);

    expect(codec.encode(value)).toEqual(bytes);
    expect(hashOf(codec.encode(value))).toBe(hashOf(bytes));
  });

  property('refuses any flipped bit', [storable(), fc.nat()], (value, at) => {
    const bytes = Buffer.from(codec.encode(value));
    const bit = at % (bytes.length * 8);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));

    expect(whyCorrupt(bytes)).toMatch(/checksum|known/);
  });

  property('refuses any shorter row', [storable(), fc.nat()], (value, at) => {
    const bytes = codec.encode(value);

    expect(whyCorrupt(bytes.subarray(0, at % bytes.length))).toMatch(/checksum|too few/);
  });
});

describe('hashOf', () => {
  it('is fixed for ever', () => {
    expect(hashOf(Buffer.from('perdure'))).toBe('11d98f3c6c80665f');
    expect(hashOf(Buffer.alloc(0))).toMatch(/^[0-9a-f]{16}$/);
  });

  property('tells values apart', [storable(), storable()], (a, b) => {
    fc.pre(!isDeepStrictEqual(a, b));

    expect(hashOf(codec.encodeCopy(a))).not.toBe(hashOf(codec.encodeCopy(b)));
  });
});
