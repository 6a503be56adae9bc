/** What the types know of options, presets, policies, templates and what may be started where. */
import { describe, expectTypeOf, it } from 'vitest';
import type { AddressMap, PoolMap, SupervisorMap } from '../../src/runtime/address-types.ts';
import { readPolicies } from '../../src/runtime/policies.ts';
import type { Policies } from '../../src/runtime/policy-types.ts';
import { presets } from '../../src/runtime/presets.ts';
import type { PoolRef, Ref } from '../../src/runtime/ref-types.ts';
import type { SubtreePoolRef } from '../../src/runtime/subtree-pool-types.ts';
import type { SupervisorRef } from '../../src/runtime/supervisor-ref-types.ts';
import type { System, SystemOptions } from '../../src/runtime/system-types.ts';
import { actor, pool, supervisor, template } from '../../src/runtime/tree-spec.ts';
import { clerk, ledger, onlyTypes, reader } from './machines.ts';

const input = { to: 'ada', question: 'When?' };
const branch = supervisor('branch', {
  children: [
    actor('till', ledger),
    pool('clerks', clerk),
    supervisor('back', { children: [actor('till', reader)], templates: [template('aide', clerk)] }),
  ],
  templates: [template('guest', clerk), template('reader', reader)],
});
const root = supervisor('app', {
  children: [
    actor('ledger', ledger),
    supervisor('desk', {
      children: [],
      templates: [template('clerk', clerk), template('ledger', ledger), branch],
    }),
    supervisor('single', { children: [], templates: [template('clerk', clerk)] }),
    supervisor('plain', { children: [] }),
    pool('clerks', clerk),
    pool('branches', branch),
    pool('rooms', template('room', clerk)),
    pool('outer', pool('inner', ledger)),
  ],
});
type App = System<typeof root>;

describe('supervisor()', () => {
  it('lets only supervisors be significant that may end', () => {
    onlyTypes(() => {
      supervisor('s', { restart: 'transient', significant: true, children: [] });
      supervisor('s', { significant: false, children: [] });
      // @ts-expect-error a permanent one never ends by itself
      supervisor('s', { significant: true, children: [] });
      // @ts-expect-error a permanent one never ends by itself
      supervisor('s', { restart: 'permanent', significant: true, children: [] });
      pool('p', ledger, { self: { restart: 'temporary', significant: true } });
      pool('p', ledger, { self: { shutdownMs: 5 } });
      // @ts-expect-error a permanent one never ends by itself
      pool('p', ledger, { self: { significant: true } });
      // @ts-expect-error a permanent one never ends by itself
      pool('p', ledger, { self: { restart: 'permanent', significant: true } });
      template('t', ledger, { restart: 'transient', significant: true });
      // @ts-expect-error a permanent one never ends by itself
      template('t', ledger, { significant: true });
    });
  });

  it('refuses two templates of one id, and what is none', () => {
    onlyTypes(() => {
      supervisor('s', { children: [], templates: [template('a', ledger), pool('b', ledger)] });
      supervisor('s', { children: [actor('a', ledger)], templates: [template('a', ledger)] });
      // @ts-expect-error duplicate child id 'a'
      supervisor('s', { children: [], templates: [template('a', ledger), pool('a', ledger)] });
      // @ts-expect-error a machine is no template
      supervisor('s', { children: [], templates: [ledger] });
      // @ts-expect-error each child gets its own input
      template('a', clerk, { input });
      // @ts-expect-error each child would want the name
      template('a', ledger, { name: 'x' });
    });
  });
});

describe('pool()', () => {
  it('over a spec takes no options of its instances', () => {
    onlyTypes(() => {
      pool('p', branch, { childrenMax: 5, backoff: false, self: { restart: 'transient' } });
      // @ts-expect-error they are said in the spec
      pool('p', branch, { restart: 'transient' });
      // @ts-expect-error they are said in the spec
      pool('p', branch, { attemptsMax: 5 });
      // @ts-expect-error a pool is always one_for_one
      pool('p', branch, { strategy: 'one_for_all' });
      // @ts-expect-error a pool is always one_for_one
      pool('p', ledger, { strategy: 'one_for_all' });
    });
  });
});

describe('presets', () => {
  it('fit where their options do', () => {
    onlyTypes(() => {
      supervisor('s', { ...presets.durable, children: [] });
      supervisor('s', { ...presets.otp, restart: 'transient', significant: true, children: [] });
      supervisor('s', { ...presets.fleet, children: [], templates: [template('a', ledger)] });
      pool('p', ledger, { ...presets.fleet });
      pool('p', branch, presets.fleet);
      // @ts-expect-error a pool has no group restart
      pool('p', ledger, { ...presets.otp });
      // @ts-expect-error a pool has no group restart
      pool('p', ledger, { ...presets.durable });
    });
  });
});

describe('System.supervisor', () => {
  it('wants the template’s name where there are several, and its input', () => {
    onlyTypes(async (system: App) => {
      const desk = system.supervisor('/desk');
      await desk.startChild('c', { template: 'clerk', input });
      await desk.startChild('l', { template: 'ledger' });
      await desk.startChild('b', { template: 'branch' });
      // @ts-expect-error which template?
      await desk.startChild('x');
      // @ts-expect-error which template?
      await desk.startChild('x', { input });
      // @ts-expect-error no such template
      await desk.startChild('x', { template: 'reader' });
      // @ts-expect-error input is missing
      await desk.startChild('c', { template: 'clerk' });
      // @ts-expect-error question is missing
      await desk.startChild('c', { template: 'clerk', input: { to: 'ada' } });
      // @ts-expect-error a subtree takes no input
      await desk.startChild('b', { template: 'branch', input });
    });
  });

  it('takes the only template without its name', () => {
    onlyTypes(async (system: App) => {
      await system.supervisor('/single').startChild('c', { input });
      await system.supervisor('/single').startChild('c', { template: 'clerk', input });
      // @ts-expect-error input is missing
      await system.supervisor('/single').startChild('c');
      await system.supervisor('/clerks').startChild('7', { input });
      // @ts-expect-error input is missing
      await system.supervisor('/clerks').startChild('7');
      await system.supervisor('/branches').startChild('north');
      await system.supervisor('/rooms').startChild('r', { input });
      await system.supervisor('/outer').startChild('i');
    });
  });

  it('has nothing to start where there are no templates', () => {
    onlyTypes(async (system: App) => {
      // @ts-expect-error no templates
      await system.supervisor('/plain').startChild('x');
      // @ts-expect-error no templates
      await system.supervisor('/').startChild('x', { template: 'clerk' });
      await system.supervisor('/plain').countChildren();
    });
  });

  it('knows what is below the instances of a pool', () => {
    onlyTypes(async (system: App, id: string) => {
      await system.supervisor('/branches/north').startChild('g', { template: 'guest', input });
      await system.supervisor(`/branches/${id}`).startChild('r', { template: 'reader' });
      await system.supervisor('/branches/north/back').startChild('a', { input });
      await system.supervisor('/branches/north/clerks').startChild('7', { input });
      await system.supervisor('/outer/i').startChild('l');
      // @ts-expect-error input is missing
      await system.supervisor('/branches/north/back').startChild('a');
      // @ts-expect-error no such template
      await system.supervisor('/branches/north').startChild('g', { template: 'aide', input });
      // @ts-expect-error an actor starts nothing
      await system.supervisor('/branches/north/till').startChild('g');
    });
  });

  it('takes any address, of which it knows nothing', () => {
    onlyTypes(async (system: App, anySystem: System) => {
      expectTypeOf(system.supervisor('/desk/acme')).toEqualTypeOf<SupervisorRef>();
      await system.supervisor('/desk/acme').startChild('x', { template: 'y', input: 5 });
      await anySystem.supervisor('/').startChild('x');
      expectTypeOf<'/' | '/desk' | '/branches/x'>().toExtend<keyof SupervisorMap<typeof root>>();
    });
  });
});

describe('addresses below the instances of a pool', () => {
  it('are looked up part by part', () => {
    onlyTypes((system: App, id: string) => {
      expectTypeOf(system.ref('/branches/north/till')).toEqualTypeOf<Ref<typeof ledger>>();
      expectTypeOf(system.ref('/branches/north/back/till')).toEqualTypeOf<Ref<typeof reader>>();
      expectTypeOf(system.ref(`/branches/${id}/till`)).toEqualTypeOf<Ref<typeof ledger>>();
      expectTypeOf(system.ref('/branches/north/clerks/7')).toEqualTypeOf<Ref<typeof clerk>>();
      expectTypeOf(system.ref('/rooms/7')).toEqualTypeOf<Ref<typeof clerk>>();
      expectTypeOf(system.ref('/outer/i/l')).toEqualTypeOf<Ref<typeof ledger>>();
      expectTypeOf<keyof AddressMap<typeof root>>().toEqualTypeOf<
        | '/ledger'
        | `/clerks/${string}`
        | `/branches/${string}`
        | `/rooms/${string}`
        | `/outer/${string}`
      >();
      // @ts-expect-error an instance is a supervisor
      system.ref('/branches/north');
      // @ts-expect-error nobody lives there
      system.ref('/branches/north/nobody');
      // @ts-expect-error nobody lives there
      system.ref('/branches/north/till/deeper');
      // @ts-expect-error an instance is a pool
      system.ref('/outer/i');
    });
  });

  it('may be pools', () => {
    onlyTypes((system: App) => {
      expectTypeOf(system.pool('/branches/north/clerks')).toEqualTypeOf<PoolRef<typeof clerk>>();
      expectTypeOf(system.pool('/outer/i')).toEqualTypeOf<PoolRef<typeof ledger>>();
      expectTypeOf(system.pool('/rooms')).toEqualTypeOf<PoolRef<typeof clerk>>();
      expectTypeOf<keyof PoolMap<typeof root>>().toEqualTypeOf<
        '/clerks' | '/rooms' | '/branches' | '/outer' | `/branches/${string}` | `/outer/${string}`
      >();
      // @ts-expect-error a supervisor is no pool
      system.pool('/branches/north');
      // @ts-expect-error an actor is no pool
      system.pool('/branches/north/till');
    });
  });
});

describe('System.pool of subtrees', () => {
  it('starts them without an input, and hands out what their roots are', () => {
    onlyTypes(async (system: App) => {
      const branches = system.pool('/branches');
      expectTypeOf(branches).toEqualTypeOf<SubtreePoolRef<typeof branch>>();
      const north = await branches.startChild('north');
      expectTypeOf(north).toEqualTypeOf<SupervisorRef<(typeof branch.templates)[number]>>();
      await branches.ensureChild('north');
      await branches.terminateChild('north');
      await (await system.pool('/outer').startChild('i')).startChild('1');
      // @ts-expect-error a subtree takes no input
      await branches.startChild('north', { input: 1 });
    });
  });
});

describe('policies', () => {
  it('have the names and values of the options', () => {
    onlyTypes(() => {
      const policies: Policies = {
        '/': presets.otp,
        '/desk': { strategy: 'one_for_all', backoff: { minMs: 5 } },
        '/clerks': { childrenMax: 5, self: { restart: 'transient' }, shutdownMs: 'infinity' },
      };
      const options: SystemOptions<typeof root> = { root, store: 'd', policies };
      expectTypeOf(readPolicies({} as unknown)).toEqualTypeOf<Policies>();
      // @ts-expect-error an address begins with a slash
      ({ desk: {} }) satisfies Policies;
      // @ts-expect-error no such strategy
      ({ '/desk': { strategy: 'all' } }) satisfies Policies;
      // @ts-expect-error no policy
      ({ '/desk': { onStart: () => undefined } }) satisfies Policies;
      return options;
    });
  });

  it('are told by describe()', () => {
    onlyTypes((system: App) => {
      const told = system.describe();
      expectTypeOf(told.kind).toEqualTypeOf<'supervisor'>();
      for (const node of [...told.children, ...told.templates]) {
        if (node.kind === 'actor') expectTypeOf(node.name).toEqualTypeOf<string | null>();
        if (node.kind === 'pool' && 'template' in node)
          node.template satisfies typeof node | object;
        ({ [node.address as '/']: node.policy }) satisfies Policies;
      }
    });
  });
});
