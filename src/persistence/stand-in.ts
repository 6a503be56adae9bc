/**
 * Stand-ins for what msgpackr does not carry faithfully (measured with 2.1.3): refs, errors, -0, texts
 * that begin with a byte order mark, objects without a prototype, objects with a property `__keys__`,
 * and the place where a regular expression stopped.
 *
 * A value with stand-ins is marked by its codec byte. In it every map of MessagePack is a stand-in with
 * one entry, kind → data; a Map of the user is one too. Values that need none pay a short walk.
 */
import { isActorRef } from '../actors/light-ref.ts';
import { define, errorOf, isError, partsOfError } from '../actors/stored-error.ts';
import { isKnownPlain } from '../actors/value.ts';
import { isPlainPrototype, kindOf } from '../actors/value-kind.ts';
import { hasByteOrderMark } from '../actors/well-formed.ts';
import { invariant } from '../base/assert.ts';

type StandInKind = 'error' | 'map' | 'object' | 'ref' | 'regexp' | 'text' | 'zero';
export type WriteRef = (ref: object) => unknown;
export type ReadRef = (data: unknown) => object;

/**
 * Values are judged before they are encoded. One that cannot be stored comes here only in a Map, Set or
 * error that was changed since, or by a mistake of ours.
 */
export class Unstorable extends Error {
  override readonly name: string = 'Unstorable';
}

/**
 * Whether `value` cannot be packed as it is.
 *
 * @throws {@link Unstorable}
 */
export function needsStandIn(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return hasByteOrderMark(value);
    case 'number':
      return Object.is(value, -0);
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return false;
    case 'object':
      return value !== null && objectNeedsStandIn(value);
    case 'function':
    case 'symbol':
      return cannotBeStored();
  }
}

function objectNeedsStandIn(value: object): boolean {
  if (isKnownPlain(value)) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      if (needsStandIn(value[index])) return true;
    }
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype && !('sessionId' in value)) return propertyNeedsStandIn(value);
  if (prototype === null || isActorRef(value) || isError(value)) return true;
  switch (kindOf(prototype as object)) {
    case 'bytes':
    case 'date':
      return false;
    case 'regexp':
      return (value as RegExp).lastIndex !== 0;
    case 'map':
      for (const [key, child] of value as Map<unknown, unknown>) {
        if (needsStandIn(key) || needsStandIn(child)) return true;
      }
      return false;
    case 'set':
      for (const child of value as Set<unknown>) if (needsStandIn(child)) return true;
      return false;
    case undefined:
      return isPlainPrototype(prototype as object) ? propertyNeedsStandIn(value) : cannotBeStored();
  }
}

function propertyNeedsStandIn(value: object): boolean {
  for (const name in value) {
    if (name === '__proto__') return cannotBeStored();
    if (name === '__keys__' || needsStandIn((value as Record<string, unknown>)[name])) return true;
  }
  return false;
}

function cannotBeStored(): never {
  throw new Unstorable();
}

/**
 * A copy of `value` that msgpackr carries faithfully.
 *
 * @throws {@link Unstorable}
 */
export function withStandIns(value: unknown, writeRef: WriteRef): unknown {
  switch (typeof value) {
    case 'string':
      return hasByteOrderMark(value) ? standIn('text', value.slice(1)) : value;
    case 'number':
      return Object.is(value, -0) ? standIn('zero', 0) : value;
    case 'object':
      return value === null ? null : objectWithStandIns(value, writeRef);
    case 'function':
    case 'symbol':
      return cannotBeStored();
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return value;
  }
}

function objectWithStandIns(value: object, writeRef: WriteRef): unknown {
  if (isKnownPlain(value)) return value;
  if (isActorRef(value)) return standIn('ref', withStandIns(writeRef(value), writeRef));
  if (Array.isArray(value)) return value.map((child) => withStandIns(child, writeRef));
  if (isError(value)) return standIn('error', errorData(value, writeRef));
  const prototype = Object.getPrototypeOf(value) as object | null;
  switch (prototype === null ? undefined : kindOf(prototype)) {
    case 'bytes':
    case 'date':
      return value;
    case 'regexp': {
      const { source, flags, lastIndex } = value as RegExp;
      return standIn('regexp', [source, flags, lastIndex]);
    }
    case 'map':
      return standIn('map', withStandIns(flatEntries(value as Map<unknown, unknown>), writeRef));
    case 'set':
      return new Set([...(value as Set<unknown>)].map((child) => withStandIns(child, writeRef)));
    case undefined:
      if (prototype !== null && !isPlainPrototype(prototype)) return cannotBeStored();
      return plainWithStandIns(value, prototype === null, writeRef);
  }
}

function plainWithStandIns(value: object, isBare: boolean, writeRef: WriteRef): unknown {
  const names = Object.keys(value);
  const child = (name: string): unknown => {
    if (name === '__proto__') return cannotBeStored();
    return withStandIns((value as Record<string, unknown>)[name], writeRef);
  };
  if (isBare || names.includes('__keys__')) {
    return standIn('object', [
      isBare,
      ...names.flatMap((name) => [withStandIns(name, writeRef), child(name)]),
    ]);
  }
  return Object.fromEntries(names.map((name) => [name, child(name)]));
}

function flatEntries(map: Map<unknown, unknown>): unknown[] {
  const flat: unknown[] = [];
  for (const [key, value] of map) flat.push(key, value);
  return flat;
}

function errorData(error: Error, writeRef: WriteRef): unknown[] {
  const { base, name, message, stack, properties } = partsOfError(error);
  return [
    base,
    withStandIns(name, writeRef),
    withStandIns(message, writeRef),
    withStandIns(stack, writeRef),
    ...properties.flatMap(({ key, value, isEnumerable }) => [
      typeof key === 'symbol' ? [Symbol.keyFor(key)] : withStandIns(key, writeRef),
      isEnumerable,
      withStandIns(value, writeRef),
    ]),
  ];
}

function standIn(kind: StandInKind, data: unknown): Map<StandInKind, unknown> {
  return new Map([[kind, data]]);
}

/** What {@link withStandIns} was given. Takes over `value`, which must be fresh from the decoder. */
export function withoutStandIns(value: unknown, readRef: ReadRef): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      value[index] = withoutStandIns(value[index], readRef);
    }
    return value;
  }
  if (value instanceof Map) {
    invariant(value.size === 1, 'a stand-in has one entry');
    for (const [kind, data] of value as Map<StandInKind, unknown>) {
      return original(kind, withoutStandIns(data, readRef), readRef);
    }
  }
  if (value instanceof Set) {
    return new Set([...(value as Set<unknown>)].map((child) => withoutStandIns(child, readRef)));
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const record = value as Record<string, unknown>;
  for (const name of Object.keys(record)) record[name] = withoutStandIns(record[name], readRef);
  return record;
}

function original(kind: StandInKind, data: unknown, readRef: ReadRef): unknown {
  switch (kind) {
    case 'ref':
      return readRef(data);
    case 'zero':
      return -0;
    case 'text':
      return `\u{feff}${data as string}`;
    case 'map':
      return new Map(pairs(data as unknown[]));
    case 'object': {
      const [isBare, ...flat] = data as [boolean, ...unknown[]];
      const object = (isBare ? Object.create(null) : {}) as Record<string, unknown>;
      for (const [name, value] of pairs(flat)) object[name as string] = value;
      return object;
    }
    case 'regexp': {
      const [source, flags, lastIndex] = data as [string, string, number];
      const expression = new RegExp(source, flags);
      expression.lastIndex = lastIndex;
      return expression;
    }
    case 'error':
      return originalError(data as unknown[]);
  }
}

function originalError(data: readonly unknown[]): Error {
  const [base, name, message, stack, ...flat] = data as [
    string,
    string,
    string,
    string | undefined,
  ];
  const error = errorOf({ base, name, message, stack });
  const rest = flat as unknown[];
  for (let index = 0; index < rest.length; index += 3) {
    const key = rest[index] as string | [string];
    const isEnumerable = rest[index + 1] as boolean;
    define(
      error,
      typeof key === 'string' ? key : Symbol.for(key[0]),
      rest[index + 2],
      isEnumerable,
    );
  }
  return error;
}

function pairs(flat: readonly unknown[]): [unknown, unknown][] {
  const entries: [unknown, unknown][] = [];
  for (let index = 0; index < flat.length; index += 2) entries.push([flat[index], flat[index + 1]]);
  return entries;
}
