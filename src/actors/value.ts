/**
 * The judge of values. Whatever is to be stored passes here in the turn that makes it: what the store
 * could not give back the same is refused with its path, everything else is frozen, so that nobody
 * changes it between the turn and the batch.
 *
 * What was judged once is not walked again: structural sharing keeps a large state cheap.
 */
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { isActorRef } from './light-ref.ts';
import { isError, partsOfError } from './stored-error.ts';
import { type Kind, isPlainPrototype, kindOf, whyRefused } from './value-kind.ts';
import { CYCLE_OR_DEPTH, entered, refuse, takeFault } from './value-fault.ts';
import { hasByteOrderMark, isWellFormed } from './well-formed.ts';

/** `mutable`: something inside, such as a Date or a Map, cannot be frozen. */
export type Judged = 'frozen' | 'mutable';

/** Swaps a ref of somebody else for one that is made of data. */
export type ReplaceRef = (ref: object) => object;

// A verdict is one number: these bits, and above them the height of what is below the object. 0: refused.
const OK = 1;
/** The encoder needs a stand-in for something inside. */
const ODD = 2;
const MUTABLE = 4;
/** Something inside may come to hold what nobody has judged: such objects are walked every time. */
const OPEN = 8;
const REF = 16;
const HEIGHT_SHIFT = 5;
const BITS = OK | ODD | MUTABLE | OPEN;

const verdicts = new WeakMap<object, number>();
const { freeze, getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;
const { getOwnPropertySymbols, hasOwn, is, isFrozen } = Object;

let swap: ReplaceRef | undefined;

/**
 * Refuses `value` or deep-freezes its plain objects and arrays.
 *
 * Refs to actors are leaves. `replaceRef` is asked for each that sits in a plain object or array which
 * is not frozen yet, and its answer takes the place of the ref. After a refusal, parts of `value` may
 * be frozen. A getter at an index of an array is not detected.
 *
 * @param path - what to call `value` in the message, as in `context`
 * @throws {@link PerdureError} VALUE_NOT_STORABLE with the exact path
 */
export function judge(value: unknown, path: string, replaceRef?: ReplaceRef): Judged {
  const outer = swap;
  swap = replaceRef;
  try {
    const verdict = walk(value, 0);
    if (verdict === 0) throw new PerdureError('VALUE_NOT_STORABLE', takeFault(path));
    return (verdict & MUTABLE) === 0 ? 'frozen' : 'mutable';
  } finally {
    swap = outer;
  }
}

/** Whether the judge knows `value` as one that can be encoded as it is, now and for ever. */
export function isKnownPlain(value: object): boolean {
  const verdict = verdicts.get(value);
  return verdict !== undefined && (verdict & (ODD | OPEN)) === 0;
}

function walk(value: unknown, depth: number): number {
  switch (typeof value) {
    case 'string':
      if (!isWellFormed(value)) return refuse('it holds half of a surrogate pair');
      return hasByteOrderMark(value) ? OK | ODD : OK;
    case 'number':
      return is(value, -0) ? OK | ODD : OK;
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return OK;
    case 'object':
      return value === null ? OK : walkObject(value, depth);
    case 'function':
      return refuse('it is a function');
    case 'symbol':
      return refuse('it is a symbol');
  }
}

function walkObject(value: object, depth: number): number {
  const known = verdicts.get(value);
  if (known !== undefined) {
    return depth + (known >> HEIGHT_SHIFT) > limits.valueDepthMax ? refuse(CYCLE_OR_DEPTH) : known;
  }
  if (depth > limits.valueDepthMax) return refuse(CYCLE_OR_DEPTH);
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === Object.prototype && !('sessionId' in value)) return walkPlain(value, depth, OK);
  if (isActorRef(value)) return OK | ODD | REF;
  if (Array.isArray(value)) return walkArray(value as unknown[], prototype, depth);
  if (prototype === null) return walkPlain(value, depth, OK | ODD);
  const kind = kindOf(prototype as object);
  if (kind !== undefined) return walkBuiltin(value, kind, depth);
  if (isError(value)) return walkError(value, depth);
  if (isPlainPrototype(prototype as object)) return walkPlain(value, depth, OK);
  return refuse(whyRefused(value));
}

function walkPlain(value: object, depth: number, start: number): number {
  const names = getOwnPropertyNames(value);
  let bits = start;
  let height = 0;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    const descriptor = getOwnPropertyDescriptor(value, name) as PropertyDescriptor;
    const child: unknown = descriptor.value;
    if (child === undefined && !('value' in descriptor))
      return refuseAt(value, name, 'it is an accessor');
    if (descriptor.enumerable !== true) return refuseAt(value, name, 'it is not enumerable');
    if (name === '__proto__') return refuseAt(value, name, 'no property may have this name');
    if (!isWellFormed(name))
      return refuseAt(value, name, 'its name holds half of a surrogate pair');
    // msgpackr keeps notes of its own under this name and would mix them up with ours.
    if (name === '__keys__') bits |= ODD;
    const verdict = walk(child, depth + 1);
    if (verdict === 0) return entered(value, name);
    if ((verdict & REF) !== 0 && swap !== undefined && descriptor.writable === true) {
      (value as Record<string, unknown>)[name] = swap(child as object);
    }
    bits |= verdict & BITS;
    if (typeof child === 'object' && child !== null)
      height = Math.max(height, (verdict >> HEIGHT_SHIFT) + 1);
  }
  const [symbol] = getOwnPropertySymbols(value);
  if (symbol !== undefined) return refuseAt(value, symbol, 'its name is a symbol');
  freeze(value);
  return remember(value, bits, height, depth);
}

function walkArray(value: unknown[], prototype: unknown, depth: number): number {
  if (prototype !== Array.prototype && !Array.isArray(prototype)) return refuse(whyRefused(value));
  let bits = OK;
  let height = 0;
  for (let index = 0; index < value.length; index += 1) {
    const child = value[index];
    if (child === undefined && !hasOwn(value, index)) return refuseAt(value, index, 'it is a hole');
    const verdict = walk(child, depth + 1);
    if (verdict === 0) return entered(value, index);
    if ((verdict & REF) !== 0 && swap !== undefined && !isFrozen(value)) {
      value[index] = swap(child as object);
    }
    bits |= verdict & BITS;
    if (typeof child === 'object' && child !== null)
      height = Math.max(height, (verdict >> HEIGHT_SHIFT) + 1);
  }
  const extra = getOwnPropertySymbols(value)[0] ?? namedProperty(value);
  if (extra !== undefined) return refuseAt(value, extra, 'an array can have no named properties');
  freeze(value);
  return remember(value, bits, height, depth);
}

function namedProperty(value: unknown[]): string | undefined {
  const names = Object.keys(value);
  return names.length === value.length ? undefined : names[value.length];
}

/** A flat root is judged again at its next use: that costs no more than a place in the table. */
function remember(value: object, bits: number, height: number, depth: number): number {
  const verdict = bits | (height << HEIGHT_SHIFT);
  if ((bits & OPEN) === 0 && depth + height > 0) verdicts.set(value, verdict);
  return verdict;
}

function walkBuiltin(value: object, kind: Kind, depth: number): number {
  if (kind === 'bytes') return OK | MUTABLE;
  const own = getOwnPropertyNames(value).find((name) => kind !== 'regexp' || name !== 'lastIndex');
  if (own !== undefined) return refuseAt(value, own, `a ${kind} can have no properties of its own`);
  switch (kind) {
    case 'date':
      return OK | MUTABLE;
    case 'regexp':
      return OK | MUTABLE | OPEN | ((value as RegExp).lastIndex === 0 ? 0 : ODD);
    case 'map':
      return walkMap(value as Map<unknown, unknown>, depth);
    case 'set':
      return walkSet(value as Set<unknown>, depth);
  }
}

function walkMap(map: Map<unknown, unknown>, depth: number): number {
  const whole = new Whole();
  let index = 0;
  for (const [key, value] of map) {
    if (!whole.add(key, walk(key, depth + 1))) return entered(map, { text: `.keys()[${index}]` });
    if (!whole.add(value, walk(value, depth + 1))) {
      const name = typeof key === 'string' ? JSON.stringify(key) : undefined;
      return entered(map, { text: name === undefined ? `.values()[${index}]` : `.get(${name})` });
    }
    index += 1;
  }
  return whole.verdict;
}

function walkSet(set: Set<unknown>, depth: number): number {
  const whole = new Whole();
  let index = 0;
  for (const value of set) {
    if (!whole.add(value, walk(value, depth + 1)))
      return entered(set, { text: `.values()[${index}]` });
    index += 1;
  }
  return whole.verdict;
}

function walkError(error: Error, depth: number): number {
  const whole = new Whole();
  for (const part of partsOfError(error).properties) {
    if (part.isAccessor) return refuseAt(error, part.key, 'it is an accessor');
    if (typeof part.key === 'string' && !isWellFormed(part.key)) {
      return refuseAt(error, part.key, 'its name holds half of a surrogate pair');
    }
    if (part.key === '__proto__')
      return refuseAt(error, part.key, 'no property may have this name');
    if (!whole.add(part.value, walk(part.value, depth + 1))) return entered(error, part.key);
  }
  return whole.verdict | ODD;
}

/** The verdict over something that cannot be frozen and holds other values. */
class Whole {
  #bits = OK | MUTABLE | OPEN;
  #height = 0;

  add(value: unknown, verdict: number): boolean {
    this.#bits |= verdict & BITS;
    if (typeof value === 'object' && value !== null) {
      this.#height = Math.max(this.#height, (verdict >> HEIGHT_SHIFT) + 1);
    }
    return verdict !== 0;
  }

  get verdict(): number {
    return this.#bits | (this.#height << HEIGHT_SHIFT);
  }
}

function refuseAt(container: object, key: string | number | symbol, why: string): 0 {
  refuse(why);
  return entered(container, typeof key === 'symbol' ? { text: `[${String(key)}]` } : key);
}
