import type { AnyActorLogic } from 'xstate';
import { describe, expectTypeOf, it } from 'vitest';
import type { AddressMap, PoolMap } from '../../src/runtime/address-types.ts';
import { presets } from '../../src/runtime/presets.ts';
import type { PoolRef, Ref } from '../../src/runtime/ref-types.ts';
import type { System, SystemOptions } from '../../src/runtime/system-types.ts';
import { actor, pool, supervisor } from '../../src/runtime/tree-spec.ts';
import type { ActorSpec } from '../../src/runtime/tree-spec.ts';
import { clerk, ledger, onlyTypes, reader } from './machines.ts';

const input = { to: 'ada', question: 'When?' };
const root = supervisor('desk', {
  strategy: 'rest_for_one',
  children: [
    actor('ledger', ledger),
    actor('first', clerk, { input, restart: 'transient' }),
    supervisor('intake', { children: [actor('reader', reader), actor('ledger', ledger)] }),
    pool('clerks', clerk, { restart: 'transient', ...presets.fleet }),
  ],
});
type Desk = System<typeof root>;

describe('actor', () => {
  it('wants input exactly if the machine does', () => {
    onlyTypes(() => {
      expectTypeOf(actor('a', ledger)).toEqualTypeOf<ActorSpec<'a', typeof ledger>>();
      actor('a', reader);
      actor('a', reader, { input: { from: 1 } });
      actor('a', clerk, { input });

      // @ts-expect-error input is missing
      actor('a', clerk);
      // @ts-expect-error input is missing
      actor('a', clerk, { restart: 'transient' });
      // @ts-expect-error question is missing
      actor('a', clerk, { input: { to: 'ada' } });
      // @ts-expect-error from is a number
      actor('a', reader, { input: { from: 'x' } });
    });
  });

  it('lets only children be significant that may end', () => {
    onlyTypes(() => {
      actor('a', ledger, { restart: 'transient', significant: true });
      actor('a', ledger, { restart: 'temporary', significant: true });
      actor('a', ledger, { significant: false });

      // @ts-expect-error a permanent child never ends by itself
      actor('a', ledger, { significant: true });
      // @ts-expect-error a permanent child never ends by itself
      actor('a', ledger, { restart: 'permanent', significant: true });
    });
  });

  it('refuses unknown options and values', () => {
    onlyTypes(() => {
      actor('a', ledger, { shutdownMs: 'infinity' });
      // @ts-expect-error OTP's word, or a number
      actor('a', ledger, { shutdownMs: 'soon' });
      // @ts-expect-error no such restart type
      actor('a', ledger, { restart: 'always' });
      // @ts-expect-error it is attemptsMax
      actor('a', ledger, { maxAttempts: 3 });
      // @ts-expect-error children of pools have no names
      pool('a', ledger, { name: 'x' });
      // @ts-expect-error no logic
      actor('a', {});
    });
  });

  it('gives hooks the input', () => {
    onlyTypes(() => {
      actor('a', clerk, {
        input,
        onStart: ({ input: given, restored, signal }) => {
          expectTypeOf(given).toEqualTypeOf<{ to: string; question: string }>();
          expectTypeOf(restored).toEqualTypeOf<boolean>();
          return signal.aborted ? 'ignore' : undefined;
        },
        onStop: async ({ reason }) => void expectTypeOf(reason).toEqualTypeOf<string>(),
      });
      // @ts-expect-error a start is ignored, or nothing is said
      actor('a', ledger, { onStart: () => 'ignored' });
    });
  });
});

describe('supervisor', () => {
  it('refuses two children of one id', () => {
    onlyTypes(() => {
      // @ts-expect-error duplicate child id 'a'
      supervisor('s', { children: [actor('a', ledger), actor('b', ledger), actor('a', reader)] });
      // @ts-expect-error duplicate child id 'a', of whatever kind
      supervisor('s', { children: [actor('a', ledger), pool('a', ledger)] });
    });
  });

  it('refuses unknown options, values and children', () => {
    onlyTypes(() => {
      // @ts-expect-error no such strategy
      supervisor('s', { strategy: 'all', children: [] });
      // @ts-expect-error children are missing
      supervisor('s', {});
      // @ts-expect-error machines are not children
      supervisor('s', { children: [ledger] });
      // @ts-expect-error it is periodMs
      supervisor('s', { period: 5, children: [] });
      // @ts-expect-error false, or how
      supervisor('s', { backoff: true, children: [] });
    });
  });

  it('takes presets', () => {
    supervisor('s', { ...presets.otp, children: [actor('a', ledger)] });
    supervisor('s', { ...presets.durable, intensity: 1, children: [] });
  });
});

describe('System.ref', () => {
  it('knows the addresses of the tree', () => {
    onlyTypes((system: Desk) => {
      expectTypeOf(system.ref('/ledger')).toEqualTypeOf<Ref<typeof ledger>>();
      expectTypeOf(system.ref('/first')).toEqualTypeOf<Ref<typeof clerk>>();
      expectTypeOf(system.ref('/intake/reader')).toEqualTypeOf<Ref<typeof reader>>();
      expectTypeOf(system.ref('/clerks/7')).toEqualTypeOf<Ref<typeof clerk>>();
      expectTypeOf<keyof AddressMap<typeof root>>().toEqualTypeOf<
        '/ledger' | '/first' | '/intake/reader' | '/intake/ledger' | `/clerks/${string}`
      >();
    });
  });

  it('refuses all others', () => {
    onlyTypes((system: Desk) => {
      // @ts-expect-error nobody lives there
      system.ref('/nobody');
      // @ts-expect-error the root's own id is no part of an address
      system.ref('/desk/ledger');
      // @ts-expect-error an address begins with a slash
      system.ref('ledger');
      // @ts-expect-error a supervisor takes no messages
      system.ref('/intake');
      // @ts-expect-error a pool takes no messages
      system.ref('/clerks');
      // @ts-expect-error below an instance: ref(address, machine) is the way
      system.ref('/clerks/7/deeper');
    });
  });

  it('takes any address with a machine', () => {
    onlyTypes((system: Desk, id: string) => {
      expectTypeOf(system.ref('/clerks/7/deeper', ledger)).toEqualTypeOf<Ref<typeof ledger>>();
      expectTypeOf(system.ref(`/elsewhere/${id}`, clerk)).toEqualTypeOf<Ref<typeof clerk>>();
      expectTypeOf(system.ref(`/clerks/${id}`)).toEqualTypeOf<Ref<typeof clerk>>();
    });
  });

  it('knows children that were made by map as a pattern', () => {
    onlyTypes((ids: string[]) => {
      const tree = supervisor('t', { children: ids.map((id) => actor(`user-${id}`, ledger)) });
      expectTypeOf<keyof AddressMap<typeof tree>>().toEqualTypeOf<`/user-${string}`>();
      return (system: System<typeof tree>) => {
        expectTypeOf(system.ref('/user-7')).toEqualTypeOf<Ref<typeof ledger>>();
        // @ts-expect-error another pattern
        system.ref('/admin-7');
      };
    });
  });
});

describe('System.pool', () => {
  it('knows the pools of the tree', () => {
    onlyTypes((system: Desk) => {
      expectTypeOf(system.pool('/clerks')).toEqualTypeOf<PoolRef<typeof clerk>>();
      expectTypeOf(system.pool('/anywhere', ledger)).toEqualTypeOf<PoolRef<typeof ledger>>();
      expectTypeOf<keyof PoolMap<typeof root>>().toEqualTypeOf<'/clerks'>();
      // @ts-expect-error an actor is no pool
      system.pool('/ledger');
      // @ts-expect-error an instance is no pool
      system.pool('/clerks/7');
    });
  });
});

describe('System', () => {
  it('of a tree passes for any system', () => {
    onlyTypes((system: Desk) => {
      const anySystem: System = system;
      expectTypeOf(anySystem.ref('/x', ledger)).toEqualTypeOf<Ref<typeof ledger>>();
      // @ts-expect-error the tree is not known here
      anySystem.ref('/ledger');
    });
  });

  it('is generic over the logic where code is', () => {
    onlyTypes(<L extends AnyActorLogic>(system: System, logic: L) => {
      expectTypeOf(system.ref('/x', logic)).toEqualTypeOf<Ref<L>>();
    });
  });

  it('says why it closed', () => {
    onlyTypes(async (system: System) => {
      const closed = await system.closed;
      if (closed.reason !== 'stopped') expectTypeOf(closed.error).toEqualTypeOf<Error>();
      // @ts-expect-error a stop in order has no error
      if (closed.reason === 'stopped') expectTypeOf(closed.error);
    });
  });

  it('has options that are checked', () => {
    onlyTypes(() => {
      const options: SystemOptions<typeof root> = { root, store: './data', durability: 'os' };
      // @ts-expect-error 'fsync' or 'os'
      ({ ...options, durability: 'none' }) satisfies SystemOptions<typeof root>;
      // @ts-expect-error root is missing
      ({ store: './data' }) satisfies SystemOptions<typeof root>;
      // @ts-expect-error the root is a supervisor
      ({ root: actor('a', ledger), store: './data' }) satisfies SystemOptions;
      return options;
    });
  });
});
