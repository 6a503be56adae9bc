/** Values that cannot be stored, and values that are changed behind the runtime's back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assign, emit, sendTo, setup } from 'xstate';
import { actor, at, type DeadLetter, supervisor, type System } from '../../src/index.ts';
import { all, codeOf } from '../runtime/lab.ts';
import { StoreLab } from './store-lab.ts';

class Money {
  readonly cents = 5;
}

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

interface Context {
  cart: { items: unknown[] };
  at: Date;
  prices: Map<string, number>;
  tags: Set<string>;
}

type Event =
  | { type: 'keep'; make: string }
  | { type: 'emit'; make: string }
  | { type: 'send'; make: string }
  | { type: 'touch'; what: string }
  | { type: 'put'; value: unknown }
  | { type: 'price'; name: string; value: number }
  | { type: 'ok' };

/** What no event could carry either. */
const bad: Record<string, () => unknown> = {
  'a function': () => () => undefined,
  'an instance of a class': () => new Money(),
  'a cycle': () => cycle,
  'a symbol': () => Symbol('mark'),
  'half a surrogate pair': () => '\ud800',
  'a promise': () => Promise.resolve(1),
  'a weak map': () => new WeakMap(),
};

let live: Context | undefined;

const shop = setup({
  types: {
    context: {} as Context,
    events: {} as Event,
    emitted: {} as { type: 'out'; v: unknown },
  },
}).createMachine({
  id: 'shop',
  context: {
    cart: { items: [] },
    at: new Date(1_000),
    prices: new Map([['tea', 3]]),
    tags: new Set(['new']),
  },
  on: {
    keep: {
      actions: assign({
        cart: ({ context, event }) => ({
          items: [...context.cart.items, 1, bad[event.make]?.()],
        }),
      }),
    },
    emit: { actions: emit(({ event }) => ({ type: 'out', v: { deep: bad[event.make]?.() } })) },
    send: {
      actions: sendTo(at('/b'), ({ event }) => ({ type: 'put', value: [bad[event.make]?.()] })),
    },
    put: {
      actions: assign({
        cart: ({ context, event }) => ({ items: [...context.cart.items, event.value] }),
      }),
    },
    price: {
      actions: assign({
        prices: ({ context, event }) => new Map(context.prices).set(event.name, event.value),
      }),
    },
    touch: {
      actions: assign(({ context, event }) => {
        if (event.what === 'context') context.cart.items.push('changed');
        if (event.what === 'event') (event as { what: string }).what = 'changed';
        return { cart: { items: [...context.cart.items, event.what] } };
      }),
    },
    ok: {
      actions: ({ context }) => {
        live = context;
      },
    },
  },
});

const tree = supervisor('app', {
  intensity: 100,
  backoff: false,
  children: [actor('a', shop, { attemptsMax: 1 }), actor('b', shop, { attemptsMax: 1 })],
});
type Shop = System<typeof tree>;

let lab: StoreLab;
beforeEach(() => {
  lab = new StoreLab();
});
afterEach(() => lab.dispose());

/** What came of an event that is parked. */
async function parked(system: Shop, event: Event): Promise<DeadLetter> {
  expect(await codeOf(system.ref('/a').send(event, { until: 'applied' }))).toBe('MESSAGE_PARKED');
  const letters = await all(system.deadLetters.list());
  const last = letters.at(-1);
  if (last === undefined) throw new Error('there is no dead letter');
  return last;
}

async function items(system: Shop, address: '/a' | '/b' = '/a'): Promise<unknown[]> {
  return (await system.ref(address).snapshot()).context.cart.items;
}

describe('a turn that makes what cannot be stored', () => {
  it.each(Object.keys(bad))('%s in its context crashes, with the path', async (make) => {
    const system = await lab.open(tree);
    await system.ref('/a').send({ type: 'put', value: 'before' });
    const letter = await parked(system, { type: 'keep', make });

    expect(letter).toMatchObject({
      reason: 'parked',
      address: '/a',
      error: { code: 'VALUE_NOT_STORABLE' },
    });
    expect(letter.error?.message).toContain('context.cart.items[2]');
    await system.ref('/a').send({ type: 'put', value: 'after' }, { until: 'applied' });
    expect(await items(system)).toEqual(['before', 'after']);
    await system.stop();
    expect(await items(await lab.open(tree))).toEqual(['before', 'after']);
  });

  it.each(['emit', 'send'] as const)('and would %s it crashes: nothing leaves', async (type) => {
    const system = await lab.open(tree);
    const letter = await parked(system, { type, make: 'a function' });

    expect(letter.error).toMatchObject({ code: 'VALUE_NOT_STORABLE' });
    expect(letter.error?.message).toMatch(/(v\.deep|value\[0\]) cannot be stored/);
    expect(await all(system.ref('/a').emitted({ from: 1, follow: false }))).toEqual([]);
    expect(await items(system, '/b')).toEqual([]);
  });

  it.each(Object.keys(bad))('%s in an event is refused to its sender', async (make) => {
    const system = await lab.open(tree);
    const sent = system.ref('/a').send({ type: 'put', value: { list: [bad[make]?.()] } });

    await expect(sent).rejects.toMatchObject({
      code: 'VALUE_NOT_STORABLE',
      facts: { path: expect.stringContaining('value.list[0]') as string },
    });
    expect(await items(system)).toEqual([]);
  });
});

describe('a value that is changed in place', () => {
  it.each(['context', 'event'])('its %s, in a turn, crashes that turn', async (what) => {
    const system = await lab.open(tree);
    const letter = await parked(system, { type: 'touch', what });

    expect(letter.error?.name).toBe('TypeError');
    expect(await items(system)).toEqual([]);
    await system.ref('/a').send({ type: 'touch', what: 'nothing' }, { until: 'applied' });
    expect(await items(system)).toEqual(['nothing']);
  });

  it('after its turn, if it could not be frozen, does not change what is stored', async () => {
    const system = await lab.open(tree);
    await system.ref('/a').send({ type: 'price', name: 'milk', value: 2 });
    await system.ref('/a').send({ type: 'ok' }, { until: 'applied' });
    const { context } = await system.ref('/a').snapshot();
    for (const held of [context, live]) {
      held?.at.setTime(5);
      held?.prices.clear();
      held?.tags.add('changed');
    }
    // the snapshot is written again, from the bytes of its turn
    for (let n = 0; n < 3; n += 1)
      await system.ref('/a').send({ type: 'ok' }, { until: 'applied' });
    await system.stop();

    const next = (await (await lab.open(tree)).ref('/a').snapshot()).context;
    expect(next.at).toEqual(new Date(1_000));
    expect(next.prices).toEqual(
      new Map([
        ['tea', 3],
        ['milk', 2],
      ]),
    );
    expect(next.tags).toEqual(new Set(['new']));
  });

  it('after its turn does not reach the next turn either', async () => {
    const system = await lab.open(tree);
    await system.ref('/a').send({ type: 'ok' }, { until: 'applied' });
    const { context } = await system.ref('/a').snapshot();
    for (const held of [context, live]) held?.prices.set('tea', 99);

    await system.ref('/a').send({ type: 'price', name: 'milk', value: 2 }, { until: 'applied' });

    expect((await system.ref('/a').snapshot()).context.prices).toEqual(
      new Map([
        ['tea', 3],
        ['milk', 2],
      ]),
    );
    await system.stop();
  });

  it('by the sender, after send(): what was sent is what was meant', async () => {
    const system = await lab.open(tree);
    const value = { at: new Date(7), prices: new Map([['tea', 1]]), list: [1, 2] };
    const sent = system.ref('/a').send({ type: 'put', value });
    value.at.setTime(0);
    value.prices.set('tea', 99);
    expect(() => value.list.push(3)).toThrow(TypeError);
    await sent;

    const meant = [{ at: new Date(7), prices: new Map([['tea', 1]]), list: [1, 2] }];
    expect(await items(system)).toEqual(meant);
    await system.stop();
    expect(await items(await lab.open(tree))).toEqual(meant);
  });
});

describe('values that JSON would not keep', () => {
  it('survive the process as they were', async () => {
    const value = {
      map: new Map<unknown, unknown>([[{ key: 1 }, new Set([1n])]]),
      bytes: new Uint8Array([1, 2, 3]),
      nothing: undefined,
      numbers: [-0, Number.NaN, Number.POSITIVE_INFINITY, 2n ** 70n],
      pattern: /a+/gi,
      error: new TypeError('kept'),
    };
    const system = await lab.open(tree);
    await system.ref('/a').send({ type: 'put', value });
    await system.stop();

    const [found] = await items(await lab.open(tree));
    expect(found).toEqual(value);
  });
});
