import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { LightRef } from '../../src/actors/light-ref.ts';
import { isKnownPlain, judge } from '../../src/actors/value.ts';
import { limits } from '../../src/base/limits.ts';
import { isPerdureError, PerdureError } from '../../src/base/errors.ts';
import { storable } from '../../src/testing/arbitraries.ts';
import { property } from '../support/property.ts';

function refusal(value: unknown): { path: string; why: string } {
  try {
    judge(value, 'context');
  } catch (error) {
    if (isPerdureError(error) && error.code === 'VALUE_NOT_STORABLE') {
      return error.facts as { path: string; why: string };
    }
    throw error;
  }
  throw new Error('it was accepted');
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}

describe('judge', () => {
  it.each([
    ['a number', 1],
    ['a text', 'x'],
    ['nothing', undefined],
    ['a bigint beyond 64 bits', 2n ** 80n],
    ['a plain object', { a: 1, b: { c: [1, 'x', null, undefined] } }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['a plain object of another realm', runInNewContext('({ a: [1, { b: 2 }] })')],
  ])('says frozen of %s', (_, value) => {
    expect(judge(value, 'context')).toBe('frozen');
  });

  it.each([
    ['a Date', new Date(0)],
    ['a Map', new Map([[{ a: 1 }, new Set([1])]])],
    ['a Set', new Set()],
    ['a RegExp', /x/g],
    ['a Buffer', Buffer.from('x')],
    ['a typed array', new Float64Array(2)],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['an error', new TypeError('x', { cause: { a: [1] } })],
    ['an error of another realm', runInNewContext('new Error("x")')],
    ['an error of the platform', AbortSignal.abort().reason],
    ['an error of ours', new PerdureError('STORE_CLOSED', { directory: 'd' })],
  ])('says mutable of %s, at any depth', (_, value) => {
    expect(judge(value, 'context')).toBe('mutable');
    expect(judge({ a: [{ b: value }] }, 'context')).toBe('mutable');
  });

  it.each<[string, unknown, string, RegExp]>([
    [
      'a function',
      { cart: { items: [1, 2, 3, { total: () => 1 }] } },
      'context.cart.items[3].total',
      /function/,
    ],
    ['a symbol', [Symbol('x')], 'context[0]', /symbol/],
    ['a symbol as a name', { a: { [Symbol('x')]: 1 } }, 'context.a[Symbol(x)]', /symbol/],
    ['a class instance', { a: new (class Order {})() }, 'context.a', /instance of Order/],
    [
      'a subclass of Map',
      { a: new (class Index extends Map {})() },
      'context.a',
      /instance of Index/,
    ],
    [
      'a subclass of Array',
      { a: new (class Rows extends Array {})() },
      'context.a',
      /instance of Rows/,
    ],
    [
      'a getter',
      {
        a: {
          get total() {
            return 1;
          },
        },
      },
      'context.a.total',
      /accessor/,
    ],
    [
      'a hidden property',
      Object.defineProperty({}, 'id', { value: 1 }),
      'context.id',
      /enumerable/,
    ],
    ['an own __proto__', JSON.parse('{"a":{"__proto__":1}}'), 'context.a.__proto__', /name/],
    ['a promise', { a: Promise.resolve() }, 'context.a', /promise/],
    ['a WeakMap', { a: new WeakMap() }, 'context.a', /instance of WeakMap/],
    ['a DataView', { a: new DataView(new ArrayBuffer(1)) }, 'context.a', /instance of DataView/],
    ['a boxed number', { a: Object(1) }, 'context.a', /instance of Number/],
    ['half a pair', { 'a b': ['\u{d800}'] }, 'context["a b"][0]', /surrogate/],
    ['half a pair in a name', { '\u{dfff}': 1 }, 'context["\\udfff"]', /surrogate/],
    // oxlint-disable-next-line no-sparse-arrays
    ['a hole', { a: [1, , 3] }, 'context.a[1]', /hole/],
    ['an array with names', { a: 'ab'.match(/a/) }, 'context.a.index', /named/],
    ['a value of a Map', new Map([['k', () => 1]]), 'context.get("k")', /function/],
    ['a key of a Map', new Map([[() => 1, 1]]), 'context.keys()[0]', /function/],
    ['a member of a Set', new Set([1, Symbol('x')]), 'context.values()[1]', /symbol/],
    ['a Date with a property', Object.assign(new Date(0), { zone: 'x' }), 'context.zone', /date/],
    [
      'the cause of an error',
      new Error('x', { cause: { f: () => 1 } }),
      'context.cause.f',
      /function/,
    ],
    [
      'a property of an error',
      Object.assign(new Error('x'), { request: () => 1 }),
      'context.request',
      /function/,
    ],
    [
      'a prototype of its own',
      { a: Object.create({ x: 1 }) as object },
      'context.a',
      /instance of Object|prototype/,
    ],
  ])('refuses %s and says where', (_, value, path, why) => {
    const found = refusal(value);

    expect(found.path).toBe(path);
    expect(found.why).toMatch(why);
  });

  it('refuses a cycle and names both ends', () => {
    const order: Record<string, unknown> = { lines: [{}] };
    (order['lines'] as Record<string, unknown>[])[0] = { order };

    expect(refusal({ order })).toEqual({
      path: 'context.order.lines[0].order',
      why: 'it is context.order again, a cycle',
    });
    const error = new Error('x');
    error.cause = error;
    expect(refusal(error).path).toBe('context.cause');
    const map = new Map<string, unknown>();
    map.set('self', map);
    expect(refusal(map).why).toMatch(/cycle/);
  });

  it('can be asked again after a refusal', () => {
    const order: Record<string, unknown> = {};
    order['self'] = order;
    refusal(order);
    delete order['self'];

    expect(judge(order, 'context')).toBe('frozen');
  });

  it('accepts the same object twice', () => {
    const address = { city: 'x' };

    expect(judge({ from: address, to: address }, 'context')).toBe('frozen');
  });

  it('accepts the deepest nesting and refuses one more', () => {
    expect(judge(nested(limits.valueDepthMax), 'context')).toBe('frozen');
    const { path, why } = refusal(nested(limits.valueDepthMax + 2));

    expect(why).toMatch(/deep/);
    expect(path.length).toBeLessThan(100);
  });

  it('counts the depth of what it judged before', () => {
    let value: unknown = nested(100);
    expect(() => {
      for (let turn = 0; turn < limits.valueDepthMax; turn += 1) {
        value = { previous: value };
        judge(value, 'context');
      }
    }).toThrow(/deep/);
  });

  it('freezes plain objects and arrays, also inside what cannot be frozen', () => {
    const inner = { a: [1] };
    judge({ map: new Map([['k', inner]]), error: new Error('x', { cause: inner }) }, 'context');

    expect(Object.isFrozen(inner)).toBe(true);
    expect(Object.isFrozen(inner.a)).toBe(true);
  });

  it('does not believe an object that its maker froze', () => {
    expect(refusal(Object.freeze({ a: Object.freeze([() => 1]) })).path).toBe('context.a[0]');
  });

  it('walks what may have changed inside a Map again', () => {
    const map = new Map<string, unknown>([['k', 1]]);
    const context = { a: { map } };
    judge(context, 'context');
    map.set('k', () => 1);

    expect(refusal(context).path).toBe('context.a.map.get("k")');
  });

  it('does not walk again what it judged before', () => {
    const items = Array.from({ length: 3 }, (_, id) => ({ id }));
    judge({ items }, 'context');
    const { getOwnPropertyDescriptor } = Object;
    let looks = 0;
    const watched = new Proxy([...items, { id: 9 }], {
      ownKeys: (target) => Reflect.ownKeys(target),
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d$/.test(key)) looks += 1;
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
    judge(watched, 'context');

    expect(looks).toBe(4);
    expect(items.every((item) => getOwnPropertyDescriptor(item, 'id')?.writable === false)).toBe(
      true,
    );
    expect(isKnownPlain(items)).toBe(true);
    expect(isKnownPlain({})).toBe(false);
  });

  it('keeps mutable what holds something mutable that it judged before', () => {
    const inner = { at: new Date(0) };
    judge({ inner }, 'context');

    expect(judge({ outer: { inner } }, 'context')).toBe('mutable');
  });
});

describe('judge, of refs', () => {
  const live = createActor(createMachine({}));
  const light = new LightRef('/a');

  it('takes refs as leaves and leaves them alone', () => {
    const context = { live, light, map: new Map([['k', live]]) };

    expect(judge({ live, light }, 'context')).toBe('frozen');
    expect(judge(context, 'context')).toBe('mutable');
    expect(Object.isFrozen(live)).toBe(false);
    expect(Object.isFrozen(light)).toBe(false);
  });

  it('swaps refs in objects and arrays that are not frozen', () => {
    const frozen = Object.freeze([live]);
    const context = { a: live, list: [live], frozen, map: new Map([['k', live]]) };
    judge(context, 'context', () => light);

    expect(context.a).toBe(light);
    expect(context.list[0]).toBe(light);
    expect(context.frozen[0]).toBe(live);
    expect(context.map.get('k')).toBe(live);
  });

  it('takes a plain object for a ref if it has all of one', () => {
    const stub = { sessionId: 'x', send: () => undefined, ref: undefined as unknown };
    stub.ref = stub;

    expect(judge({ stub }, 'context')).toBe('frozen');
    expect(refusal({ sessionId: 'x', send: () => undefined }).path).toBe('context.send');
    const data = { sessionId: 'x', send: 1, ref: 2 };
    judge(data, 'context');
    expect(Object.isFrozen(data)).toBe(true);
  });
});

describe('judge, by law', () => {
  property('accepts every storable value, and again', [storable()], (value) => {
    expect(judge(value, 'x')).toBe(judge(value, 'x'));
  });

  property(
    'refuses a function wherever it is',
    [storable(), fc.array(fc.constantFrom('object', 'array', 'map', 'set'), { maxLength: 8 })],
    (sibling, layers) => {
      let value: unknown = () => 1;
      for (const layer of layers) {
        if (layer === 'object') value = { sibling, value };
        else if (layer === 'array') value = [sibling, value];
        else if (layer === 'map') value = new Map([['k', value]]);
        else value = new Set([value]);
      }
      expect(() => judge(value, 'x')).toThrow(/function/);
    },
  );
});
