/** Which objects of the language, beside plain ones and errors, can be stored. */

export type Kind = 'bytes' | 'date' | 'map' | 'regexp' | 'set';

const kinds = new Map<object, Kind>([
  [Date.prototype, 'date'],
  [Map.prototype, 'map'],
  [Set.prototype, 'set'],
  [RegExp.prototype, 'regexp'],
  [ArrayBuffer.prototype, 'bytes'],
  [Buffer.prototype, 'bytes'],
  [Int8Array.prototype, 'bytes'],
  [Uint8Array.prototype, 'bytes'],
  [Uint8ClampedArray.prototype, 'bytes'],
  [Int16Array.prototype, 'bytes'],
  [Uint16Array.prototype, 'bytes'],
  [Int32Array.prototype, 'bytes'],
  [Uint32Array.prototype, 'bytes'],
  [Float32Array.prototype, 'bytes'],
  [Float64Array.prototype, 'bytes'],
  [BigInt64Array.prototype, 'bytes'],
  [BigUint64Array.prototype, 'bytes'],
]);

/** The kind of what has this prototype. Instances of subclasses have another one: they are refused. */
export function kindOf(prototype: object): Kind | undefined {
  return kinds.get(prototype);
}

/** Whether this is `Object.prototype`, perhaps of another realm (as in test runners that use `node:vm`). */
export function isPlainPrototype(prototype: object): boolean {
  return (
    prototype === Object.prototype ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
  );
}

export function whyRefused(value: object): string {
  if (typeof (value as { then?: unknown }).then === 'function') return 'it is a promise';
  const constructor: unknown = (value as { constructor?: unknown }).constructor;
  const name = typeof constructor === 'function' ? constructor.name : '';
  return name === ''
    ? 'it has a prototype of its own'
    : `it is an instance of ${name}; store plain data instead`;
}
