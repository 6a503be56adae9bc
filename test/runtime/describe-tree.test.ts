import { fromTransition } from 'xstate';
import { describe, expect, it } from 'vitest';
import { presets } from '../../src/runtime/presets.ts';
import { actor, pool, supervisor, template } from '../../src/runtime/tree-spec.ts';
import { counter } from './machines.ts';
import { Lab } from './lab.ts';

const adder = fromTransition((sum: number) => sum, 0);

const durable = {
  intensity: 10,
  periodMs: 60_000,
  backoff: { minMs: 100, maxMs: 30_000, factor: 2, jitter: 'full' },
  intensityScope: 'supervisor',
  onExceeded: 'escalate',
  childrenOnRestart: 'remember',
};
const run = {
  attemptsMax: 3,
  restartFrom: 'snapshot',
  mailboxMax: 10_000,
  startTimeoutMs: 30_000,
  history: false,
};
const inPlace = { restart: 'permanent', significant: false, shutdownMs: 'infinity' };
const asActor = { restart: 'permanent', significant: false, shutdownMs: 5_000 };
const plain = {
  version: 1,
  migratesFrom: [],
  trapExits: false,
  hasOnStart: false,
  hasOnStop: false,
};

describe('describe()', () => {
  it('tells the tree that is in force, as JSON', async () => {
    const tenant = supervisor('tenant', { children: [actor('till', adder)] });
    const root = supervisor('app', {
      strategy: 'rest_for_one',
      attemptsMax: 2,
      children: [
        actor('ledger', counter, {
          name: 'books',
          input: 7 as never,
          restart: 'transient',
          version: 3,
          migrate: { 1: (state) => state, 2: (state) => state },
          trapExits: true,
          onStart: () => undefined,
        }),
        pool('clerks', counter, { ...presets.fleet, childrenMax: 5, onStop: () => undefined }),
        pool('tenants', tenant, { backoff: false }),
      ],
      templates: [template('guest', counter, { attemptsMax: 1 })],
    });
    const lab = new Lab();
    const system = await lab.open(root, {
      policies: {
        '/': { backoff: { minMs: 1 }, finished: 'rerun' },
        '/ledger': { shutdownMs: 'infinity', history: true },
        '/tenants/{tenant}': { ...presets.otp, shutdownMs: 9 },
      },
    });
    const told = system.describe();

    expect(told).toEqual({
      kind: 'supervisor',
      address: '/',
      id: 'app',
      policy: {
        strategy: 'rest_for_one',
        autoShutdown: 'never',
        finished: 'rerun',
        ...durable,
        backoff: { ...durable.backoff, minMs: 1 },
        attemptsMax: 2,
        restartFrom: 'snapshot',
      },
      children: [
        {
          kind: 'actor',
          address: '/ledger',
          id: 'ledger',
          name: 'books',
          machine: 'counter',
          version: 3,
          migratesFrom: [1, 2],
          trapExits: true,
          hasOnStart: true,
          hasOnStop: false,
          policy: {
            restart: 'transient',
            significant: false,
            shutdownMs: 'infinity',
            ...run,
            attemptsMax: 2,
            history: true,
          },
        },
        {
          kind: 'pool',
          address: '/clerks',
          id: 'clerks',
          machine: 'counter',
          ...plain,
          hasOnStop: true,
          policy: {
            ...durable,
            ...presets.fleet,
            childrenMax: 5,
            self: inPlace,
            restart: 'permanent',
            shutdownMs: 5_000,
            ...run,
            attemptsMax: 2,
          },
        },
        {
          kind: 'pool',
          address: '/tenants',
          id: 'tenants',
          policy: { ...durable, backoff: false, childrenMax: 100_000, self: inPlace },
          template: {
            kind: 'supervisor',
            address: '/tenants/{tenant}',
            id: 'tenant',
            policy: {
              ...inPlace,
              shutdownMs: 9,
              strategy: 'one_for_one',
              autoShutdown: 'never',
              ...durable,
              ...presets.otp,
            },
            children: [
              {
                kind: 'actor',
                address: '/tenants/{tenant}/till',
                id: 'till',
                name: null,
                machine: 'till',
                ...plain,
                policy: { ...asActor, ...run, attemptsMax: 1, restartFrom: 'initial' },
              },
            ],
            templates: [],
          },
        },
      ],
      templates: [
        {
          kind: 'actor',
          address: '/{guest}',
          id: 'guest',
          name: null,
          machine: 'counter',
          ...plain,
          policy: { ...asActor, ...run, attemptsMax: 1 },
        },
      ],
    });
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
    await lab.stop(system);
    expect(system.describe()).toEqual(told);
  });
});
