import { createMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { createSystem, memoryStore, presets, readPolicies } from '../../src/index.ts';
import { withPolicies } from '../../src/runtime/policies.ts';
import type { Policies } from '../../src/runtime/policy-types.ts';
import type { AnyRoot } from '../../src/runtime/system-types.ts';
import { actor, pool, supervisor, template } from '../../src/runtime/tree-spec.ts';
import { counter } from './machines.ts';
import { codeOf, eventsOf, Lab } from './lab.ts';

const machine = createMachine({ id: 'm' });
const onStart = (): void => undefined;
const tenant = supervisor('tenant', {
  children: [actor('reader', machine), pool('clerks', machine)],
  templates: [template('extra', machine)],
});
const desk = supervisor('desk', {
  strategy: 'rest_for_one',
  autoShutdown: 'any_significant',
  backoff: { minMs: 5, maxMs: 50 },
  attemptsMax: 4,
  children: [
    actor('ledger', machine, { onStart, version: 3, mailboxMax: 7 }),
    actor('own', machine, { attemptsMax: 9, restart: 'transient' }),
    pool('clerks', machine, { restart: 'transient', intensity: 2, self: { shutdownMs: 9 } }),
  ],
  templates: [template('guest', machine), tenant],
});
const root = supervisor('app', {
  children: [
    desk,
    pool('tenants', tenant, { childrenMax: 3 }),
    pool('rooms', actor('room', machine)),
    actor('{odd}', machine),
    actor('a/b', machine),
  ],
  templates: [template('odd', machine)],
});

const laid = (policies: Policies, tree: AnyRoot = root): AnyRoot =>
  withPolicies(tree, readPolicies(policies));
/** The desk of the tree with these policies. */
const deskWith = (policies: Policies): typeof desk => laid(policies).children[0] as typeof desk;

const refusal = (call: () => unknown): unknown => {
  try {
    call();
    return 'taken';
  } catch (error) {
    const { code, facts } = error as { code: string; facts: { path: string; why: string } };
    return code === 'OPTION_INVALID' ? `${facts.path}: ${facts.why}` : error;
  }
};

describe('readPolicies', () => {
  it('gives a frozen copy of what JSON says', () => {
    const file = {
      '/': { intensity: 5 },
      '/desk': { backoff: { minMs: 1 }, attemptsMax: 2 },
      '/desk/{tenant}/clerks': { self: { restart: 'transient' }, shutdownMs: 'infinity' },
      '/%7Bodd}': { history: true },
    };
    const policies = readPolicies(JSON.parse(JSON.stringify(file)));

    expect(policies).toEqual(file);
    const parts = [policies, policies['/desk'], policies['/desk']?.backoff];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
    expect(readPolicies(policies)).toEqual(policies);
    expect(readPolicies({})).toEqual({});
  });

  it.each<[unknown, string]>([
    [undefined, 'policies: expected an object of policies by address'],
    [null, 'policies: expected an object of policies by address'],
    [[{}], 'policies: expected an object of policies by address'],
    ['{}', 'policies: expected an object of policies by address'],
    [{ desk: {} }, "policies['desk']: an address begins with '/'"],
    [{ '/desk/': {} }, "policies['/desk/']: it has an empty part between, or after, its slashes"],
    [{ '/a b%': {} }, expect.stringContaining("policies['/a b%']: '")],
    [
      { '/desk/{}': {} },
      "policies['/desk/{}']: it has an empty part between, or after, its slashes",
    ],
    [JSON.parse('{"__proto__": {}}'), "policies['__proto__']: an address begins with '/'"],
    [{ '/desk': null }, "policies['/desk']: expected an object of policies, not null"],
    [{ '/desk': 5 }, "policies['/desk']: expected an object of policies, not 5"],
    [
      { '/desk': { maxAttempts: 1 } },
      "policies['/desk'].maxAttempts: there is no such option; did you mean attemptsMax?",
    ],
    [
      { '/desk': { intensity: '3' } },
      'policies[\'/desk\'].intensity: expected a whole number of at least 0, not "3"',
    ],
    [
      { '/desk': { restart: null } },
      expect.stringMatching(/^policies\['\/desk'\]\.restart: expected .*not null$/),
    ],
    [
      { '/desk': { backoff: true } },
      "policies['/desk'].backoff: expected false or { minMs, maxMs, factor, jitter }, not true",
    ],
    [
      { '/desk': { backoff: { minMs: -5 } } },
      "policies['/desk'].backoff.minMs: expected a whole number of milliseconds, 0 or more, not -5",
    ],
    [
      { '/desk': { backoff: { minMs: 5, maxMs: 4 } } },
      "policies['/desk'].backoff.minMs: it is greater than maxMs",
    ],
    [
      { '/desk': { self: { name: 'x' } } },
      "policies['/desk'].self.name: there is no such option; there are restart, shutdownMs, significant",
    ],
    [
      { '/desk': { restart: 'permanent', significant: true } },
      expect.stringContaining("policies['/desk'].significant: it needs restart: 'transient'"),
    ],
    ...[
      'children',
      'templates',
      'logic',
      'input',
      'name',
      'version',
      'migrate',
      'onStart',
      'onStop',
      'trapExits',
    ].map((field): [unknown, string] => [
      { '/desk': { [field]: onStart } },
      `policies['/desk'].${field}: it belongs to the code; a policy cannot change it`,
    ]),
  ])('refuses %j', (given, words) => {
    expect(refusal(() => readPolicies(given))).toEqual(words);
  });
});

describe('policies over a tree', () => {
  it('replace what the code says, field by field', () => {
    const { settings } = deskWith({ '/desk': { strategy: 'one_for_all', backoff: { minMs: 9 } } });

    expect(settings).toEqual({
      ...desk.settings,
      strategy: 'one_for_all',
      backoff: { minMs: 9, maxMs: 50, factor: 2, jitter: 'full' },
    });
  });

  it('can take a backoff away, and give one where there was none', () => {
    expect(deskWith({ '/desk': { backoff: false } }).settings.backoff).toBe(false);
    const otp = supervisor('app', { ...presets.otp, children: [] });
    expect(laid({ '/': { backoff: { maxMs: 700 } } }, otp).settings.backoff).toEqual({
      minMs: 100,
      maxMs: 700,
      factor: 2,
      jitter: 'full',
    });
  });

  it('leave everything alone that they do not name', () => {
    expect(laid({})).toBe(root);
    expect(laid({ '/desk': {} })).toEqual(root);
    const { children } = deskWith({ '/desk/ledger': { history: true } });
    const { settings } = desk.children[0];
    expect(children[0].settings).toEqual({ ...settings, history: true });
    expect(children[1]).toEqual(desk.children[1]);
    expect(desk.children[0].settings.history).toBe(false);
  });

  it('reach templates, pools, what pools are made of, and what is below all of them', () => {
    const over = laid({
      '/desk/{guest}': { shutdownMs: 1 },
      '/desk/{tenant}': { intensity: 1 },
      '/desk/{tenant}/reader': { shutdownMs: 2 },
      '/desk/{tenant}/{extra}': { shutdownMs: 3 },
      '/desk/{tenant}/clerks': { shutdownMs: 4, childrenMax: 5 },
      '/desk/clerks': { shutdownMs: 6, self: { restart: 'transient', significant: true } },
      '/tenants': { childrenMax: 7 },
      '/tenants/{tenant}': { intensity: 8 },
      '/tenants/{tenant}/reader': { shutdownMs: 9 },
      '/rooms/{room}': { shutdownMs: 10 },
      '/%7Bodd}': { shutdownMs: 11 },
      '/{odd}': { shutdownMs: 12 },
      '/a%2Fb': { shutdownMs: 13 },
    });
    const shutdown = { shutdownMs: 0 };
    const worker = (shutdownMs: number): object => ({ settings: { ...shutdown, shutdownMs } });

    expect(over).toMatchObject({
      children: [
        {
          children: [
            {},
            {},
            {
              place: { shutdownMs: 9, restart: 'transient', significant: true },
              settings: { intensity: 2 },
              template: { settings: { shutdownMs: 6, restart: 'transient' } },
            },
          ],
          templates: [
            worker(1),
            {
              settings: { intensity: 1 },
              children: [worker(2), { childrenMax: 5, template: worker(4) }],
              templates: [worker(3)],
            },
          ],
        },
        { childrenMax: 7, template: { settings: { intensity: 8 }, children: [worker(9), {}] } },
        { template: worker(10) },
        worker(11),
        worker(13),
      ],
      templates: [worker(12)],
    });
  });

  it.each<[Policies, ledger: number, own: number]>([
    [{}, 4, 9],
    [{ '/desk': { attemptsMax: 5 } }, 5, 9],
    [{ '/desk/ledger': { attemptsMax: 6 }, '/desk/own': { attemptsMax: 8 } }, 6, 8],
    [{ '/desk': { attemptsMax: 5 }, '/desk/own': { attemptsMax: 8 } }, 5, 8],
  ])('stand before the code: a child’s own, then its supervisor’s: %j', (policies, ledger, own) => {
    const { children } = deskWith(policies);
    expect(children[0].settings.attemptsMax).toBe(ledger);
    expect(children[1].settings.attemptsMax).toBe(own);
    expect(children[2].template).toMatchObject({
      settings: { attemptsMax: policies['/desk']?.attemptsMax ?? 4 },
    });
  });

  it('take presets', () => {
    expect(deskWith({ '/desk': presets.otp }).settings).toMatchObject({
      backoff: false,
      finished: 'rerun',
    });
    expect(laid({ '/tenants': presets.fleet }).children[1].settings).toMatchObject(presets.fleet);
  });

  it.each<[Policies, string]>([
    [
      { '/dest': {} },
      "policies['/dest']: the tree has no such address; near it are '/desk', '/', ",
    ],
    [
      { '/desk/leger': {} },
      "policies['/desk/leger']: the tree has no such address; near it are '/desk/ledger', ",
    ],
    [
      { '/desk/clerks/7': {} },
      "policies['/desk/clerks/7']: the tree has no such address; near it are '/desk/clerks', ",
    ],
    [
      { '/desk/guest': {} },
      "policies['/desk/guest']: the tree has no such address; near it are '/desk/{guest}', ",
    ],
    [
      { '/desk/ledger': { strategy: 'one_for_all' } },
      "policies['/desk/ledger'].strategy: an actor does not take it; it takes attemptsMax, restartFrom, ",
    ],
    [
      { '/desk': { mailboxMax: 5 } },
      "policies['/desk'].mailboxMax: a supervisor does not take it; it takes intensity, ",
    ],
    [
      { '/desk': { childrenMax: 5 } },
      "policies['/desk'].childrenMax: a supervisor does not take it; ",
    ],
    [
      { '/desk/clerks': { significant: false } },
      "policies['/desk/clerks'].significant: a pool does not take it; ",
    ],
    [
      { '/tenants': { restart: 'transient' } },
      "policies['/tenants'].restart: a pool of subtrees does not take it; ",
    ],
    [
      { '/': { restart: 'transient' } },
      "policies['/'].restart: the root has no supervisor that could heed it",
    ],
    [
      {
        '/desk/own': { restart: 'permanent', shutdownMs: 1, significant: false },
        '/desk/ledger': { significant: true },
      },
      "policies['/desk/ledger'].significant: it needs restart: 'transient'",
    ],
    [
      { '/desk': { backoff: { minMs: 51 } } },
      "policies['/desk'].backoff.minMs: it is greater than maxMs",
    ],
    [
      { '/desk/own': { significant: true }, '/desk': { autoShutdown: 'never' } },
      "policies['/desk/own'].significant: it needs restart: 'transient' or 'temporary', and a supervisor",
    ],
    [
      { '/desk/clerks': { self: { significant: true } } },
      "policies['/desk/clerks'].self.significant: it needs restart: 'transient'",
    ],
    [
      {
        '/desk/clerks': { self: { significant: true, restart: 'transient' } },
        '/desk': { autoShutdown: 'never' },
      },
      "policies['/desk/clerks'].self.significant: it needs",
    ],
    [
      {
        '/desk/{guest}': { significant: true, restart: 'transient' },
        '/desk': { autoShutdown: 'never' },
      },
      "policies['/desk/{guest}'].significant: it needs",
    ],
    [
      { '/tenants/{tenant}': { significant: true, restart: 'transient' } },
      "policies['/tenants/{tenant}'].significant: it needs",
    ],
  ])('that do not fit are refused: %j', (policies, words) => {
    const refused = refusal(() => laid(policies)) as string;
    expect(refused.slice(0, words.length)).toBe(words);
  });

  it('blame the supervisor’s policy for what only the code says of a child', () => {
    const significant = { restart: 'transient', significant: true } as const;
    const tree = supervisor('app', {
      autoShutdown: 'any_significant',
      children: [actor('a', machine, significant)],
    });

    expect(refusal(() => laid({ '/': { autoShutdown: 'never' } }, tree))).toBe(
      "policies['/'].autoShutdown: /a is significant in the code, which needs 'any_significant' or 'all_significant'",
    );
    expect(refusal(() => laid({ '/a': { restart: 'permanent' } }, tree))).toContain(
      "policies['/a'].significant: it needs restart",
    );
    expect(
      laid({ '/': { autoShutdown: 'never' }, '/a': { significant: false } }, tree),
    ).toMatchObject({
      settings: { autoShutdown: 'never' },
      children: [{ settings: { significant: false } }],
    });
  });
});

describe('a system with policies', () => {
  it('runs by them', async () => {
    const tree = supervisor('app', { backoff: false, children: [actor('a', counter)] });
    const poison = async (policies: Policies): Promise<number> => {
      const lab = new Lab();
      const system = await lab.open(tree, { policies });
      const events = eventsOf(system);
      await system.ref('/a').send({ type: 'crash' });
      await lab.settle();
      await lab.stop(system);
      return events.filter(({ type }) => type === 'actor.exited').length;
    };

    expect(await poison({})).toBe(3);
    expect(await poison({ '/a': { attemptsMax: 5 } })).toBe(5);
    expect(await poison({ '/': { attemptsMax: 2 } })).toBe(2);
  });

  it('has them in the next process too if they are given again, for children that were added before', async () => {
    const tree = supervisor('app', { children: [], templates: [template('guest', counter)] });
    const lab = new Lab();
    const restartIn = async (policies: Policies): Promise<unknown> => {
      const system = await lab.open(tree, { policies });
      await system.supervisor('/').startChild('ada');
      const answer = await system.supervisor('/').getChildSpec('ada');
      await lab.stop(system);
      return answer.ok ? answer.spec.restart : answer.error;
    };

    expect(await restartIn({})).toBe('permanent');
    expect(await restartIn({ '/{guest}': { restart: 'transient' } })).toBe('transient');
    expect(await restartIn({})).toBe('permanent');
  });

  it('is not opened if they do not fit, and checks what was not read by readPolicies', async () => {
    const tree = supervisor('app', { children: [actor('a', machine)] });
    const open = (policies: unknown): Promise<string> =>
      codeOf(createSystem({ root: tree, store: memoryStore(), policies: policies as Policies }));

    expect(await open({ '/b': {} })).toBe('OPTION_INVALID');
    expect(await open({ '/a': { attemptsMax: 0 } })).toBe('OPTION_INVALID');
    expect(await open(null)).toBe('OPTION_INVALID');
  });
});
