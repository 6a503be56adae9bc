/** Arbitrary values of our domain, for laws of your own: published as `perdure/testing/fast-check`, which it needs. */
import fc from 'fast-check';

/** Names that have tripped encoders before, beside ordinary ones. */
const names: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '0',
      '__keys__',
      'constructor',
      'hasOwnProperty',
      'length',
      'toJSON',
    ),
  },
);
const propertyNames = names.filter((name) => name !== '__proto__');

const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => `\u{feff}${text}`),
);

const primitives: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, undefined, true, false, 0, -0, Number.NaN, Infinity, -Infinity),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  texts,
);

const unfreezable: fc.Arbitrary<unknown> = fc.oneof(
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
  fc.oneof(fc.int8Array(), fc.uint8ClampedArray(), fc.int16Array(), fc.uint16Array()),
  fc.oneof(fc.int32Array(), fc.uint32Array(), fc.float32Array(), fc.float64Array()),
  fc.oneof(fc.bigInt64Array(), fc.bigUint64Array()),
  fc
    .record({
      expression: fc.constantFrom(/a/, /(?:)/, /[\u{1f600}]+/gu, /x\/y/giy),
      at: fc.nat(9),
    })
    .map(({ expression, at }) => {
      const copy = new RegExp(expression.source, expression.flags);
      copy.lastIndex = at;
      return copy;
    }),
);

const errors = fc
  .record({
    constructor: fc.constantFrom(Error, TypeError, RangeError, SyntaxError),
    message: texts,
    name: fc.option(names, { nil: undefined }),
    properties: fc.dictionary(
      propertyNames.filter(
        (name) => !['name', 'message', 'stack', 'cause', 'errors'].includes(name),
      ),
      primitives,
      { maxKeys: 3 },
    ),
    cause: fc.option(primitives, { nil: undefined }),
  })
  .map(({ constructor, message, name, properties, cause }) => {
    const error = new constructor(message, cause === undefined ? {} : { cause });
    if (name !== undefined) error.name = name;
    return Object.assign(error, properties);
  });

/**
 * Any value that perdure can store, nested, with the ones that are awkward to encode. No two parts of
 * it are the same object, and it holds no refs to actors.
 */
export function storable(): fc.Arbitrary<unknown> {
  return fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
    leaf: fc.oneof({ weight: 8, arbitrary: primitives }, unfreezable, errors),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('leaf'),
      fc.array(tie('value'), { maxLength: 6 }),
      fc.dictionary(propertyNames, tie('value'), { maxKeys: 6 }),
      fc.dictionary(propertyNames, tie('value'), { maxKeys: 3, noNullPrototype: false }),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((rows) => new Map(rows)),
      fc.array(tie('value'), { maxLength: 4 }).map((rows) => new Set(rows)),
    ),
  })).value;
}
