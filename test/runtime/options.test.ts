/** Every way to configure a tree wrongly, with the path and the words of the refusal. */
import { createMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { treeEntries } from '../../src/base/tree-options.ts';
import { createSystem, memoryStore } from '../../src/index.ts';
import { presets } from '../../src/runtime/presets.ts';
import { actor, pool, supervisor, template } from '../../src/runtime/tree-spec.ts';
import { refused } from '../support/refused.ts';

const machine = createMachine({ id: 'm' });
const step = <S>(state: S): S => state;
/** What types would refuse. */
const given = (options: object): never => options as never;

const permanentNever =
  "it needs restart: 'transient' or 'temporary'; a permanent child never ends by itself";
const significantNeeds =
  "it needs restart: 'transient' or 'temporary', and a supervisor, no pool, with autoShutdown: 'any_significant' or 'all_significant'";

const ofActor: [object | null, string, string][] = [
  [null, '', 'expected an object of options, not null'],
  [
    { restart: 'always' },
    '.restart',
    'expected ("permanent" | "transient" | "temporary"), not "always"',
  ],
  [{ significant: 1 }, '.significant', 'expected boolean, not 1'],
  [{ significant: true }, '.significant', permanentNever],
  [{ significant: true, restart: 'permanent' }, '.significant', permanentNever],
  [
    { shutdownMs: -1 },
    '.shutdownMs',
    "expected a whole number of milliseconds, 'infinity' or 'brutal_kill', not -1",
  ],
  [{ attemptsMax: 0 }, '.attemptsMax', 'expected a whole number of at least 1, not 0'],
  [{ attemptsMax: '3' }, '.attemptsMax', 'expected a whole number of at least 1, not "3"'],
  [{ restartFrom: 'start' }, '.restartFrom', 'expected ("snapshot" | "initial"), not "start"'],
  [{ mailboxMax: 0 }, '.mailboxMax', 'expected a whole number from 1 to 1000000, not 0'],
  [
    { startTimeoutMs: 0.5 },
    '.startTimeoutMs',
    'expected a whole number of milliseconds, 1 or more, not 0.5',
  ],
  [{ history: 'yes' }, '.history', 'expected boolean, not "yes"'],
  [{ version: 0 }, '.version', 'expected a whole number of at least 1, not 0'],
  [
    { migrate: [step] },
    '.migrate',
    'expected functions by the version that they start from: { 1: (state) => state }, not Array',
  ],
  [
    { migrate: { 1: step }, version: 1 },
    '.migrate',
    'a step starts from a version that is not below version',
  ],
  [
    { migrate: { 1: step }, version: 3 },
    '.migrate',
    'a step is missing: from the oldest version on, each one below version needs its own',
  ],
  [{ trapExits: 1 }, '.trapExits', 'expected boolean, not 1'],
  [{ onStart: true }, '.onStart', 'expected a function, not true'],
  [{ onStop: 'x' }, '.onStop', 'expected a function, not "x"'],
  [{ onstop: step }, '.onstop', 'there is no such option; did you mean onStop?'],
  [
    { constructor: 1 },
    '.constructor',
    expect.stringContaining('there is no such option; there are '),
  ],
  [
    JSON.parse('{"__proto__": 1}'),
    '.__proto__',
    expect.stringContaining('there is no such option'),
  ],
];

const ofPlace: typeof ofActor = [
  [
    { restart: 'often' },
    '.restart',
    'expected ("permanent" | "transient" | "temporary"), not "often"',
  ],
  [{ significant: true }, '.significant', permanentNever],
  [
    { shutdownMs: NaN },
    '.shutdownMs',
    "expected a whole number of milliseconds, 'infinity' or 'brutal_kill', not NaN",
  ],
];

const ofIntensity: typeof ofActor = [
  [{ intensity: -1 }, '.intensity', 'expected a whole number of at least 0, not -1'],
  [{ periodMs: 0 }, '.periodMs', 'expected a whole number of milliseconds, 1 or more, not 0'],
  [{ period: 5 }, '.period', 'there is no such option; did you mean periodMs?'],
  [{ backoff: null }, '.backoff', 'expected false or { minMs, maxMs, factor, jitter }, not null'],
  [
    { backoff: { minMs: 'x' } },
    '.backoff.minMs',
    'expected a whole number of milliseconds, 0 or more, not "x"',
  ],
  [
    { backoff: { maxMs: -1 } },
    '.backoff.maxMs',
    'expected a whole number of milliseconds, 0 or more, not -1',
  ],
  [{ backoff: { maxMs: 10 } }, '.backoff.minMs', 'it is greater than maxMs'],
  [{ backoff: { factor: 0 } }, '.backoff.factor', 'expected a number of at least 1, not 0'],
  [{ backoff: { jitter: true } }, '.backoff.jitter', 'expected ("full" | "none"), not true'],
  [{ backoff: { min: 1 } }, '.backoff.min', 'there is no such option; did you mean minMs?'],
  [{ intensityScope: 'tree' }, '.intensityScope', 'expected ("supervisor" | "child"), not "tree"'],
  [{ onExceeded: 'stop' }, '.onExceeded', 'expected ("escalate" | "quarantine"), not "stop"'],
  [{ childrenOnRestart: true }, '.childrenOnRestart', 'expected ("remember" | "forget"), not true'],
];

const ofSupervisor: typeof ofActor = [
  [
    { strategy: 'simple_one_for_one' },
    '.strategy',
    'expected ("one_for_one" | "one_for_all" | "rest_for_one"), not "simple_one_for_one"',
  ],
  [
    { autoShutdown: 'always' },
    '.autoShutdown',
    'expected ("never" | "any_significant" | "all_significant"), not "always"',
  ],
  [{ finished: 'drop' }, '.finished', 'expected ("keep" | "rerun"), not "drop"'],
  [{ attemptsMax: 0 }, '.attemptsMax', 'expected a whole number of at least 1, not 0'],
  [{ restartFrom: 1 }, '.restartFrom', 'expected ("snapshot" | "initial"), not 1'],
  [
    { mailboxMax: 5 },
    '.mailboxMax',
    expect.stringContaining('there is no such option; there are intensity'),
  ],
  [{ children: undefined }, '.children', 'expected an array of specs, not undefined'],
  [
    { children: [machine] },
    '.children[0]',
    'expected what actor(), template(), pool() or supervisor() returns',
  ],
  [
    { children: [actor('a', machine), pool('a', machine)] },
    '.children[1].id',
    "the id 'a' is taken by one before it",
  ],
  [
    { children: [actor('a', machine, { restart: 'transient', significant: true })] },
    '.children[0].significant',
    significantNeeds,
  ],
  [
    { children: [supervisor('a', { restart: 'temporary', significant: true, children: [] })] },
    '.children[0].significant',
    significantNeeds,
  ],
  [
    { children: [pool('a', machine, { self: { restart: 'transient', significant: true } })] },
    '.children[0].significant',
    significantNeeds,
  ],
  [{ templates: {} }, '.templates', 'expected an array of specs, not Object'],
  [
    { templates: [machine] },
    '.templates[0]',
    'expected what actor(), template(), pool() or supervisor() returns',
  ],
  [
    { templates: [template('a', machine), template('a', machine)] },
    '.templates[1].id',
    "the id 'a' is taken by one before it",
  ],
  [
    { templates: [template('a', machine, { restart: 'transient', significant: true })] },
    '.templates[0].significant',
    significantNeeds,
  ],
  [
    { templates: [actor('a', machine, { input: 1 as never })] },
    '.templates[0].input',
    'each child gets its own when it is made: use template()',
  ],
  [
    { templates: [actor('a', machine, { name: 'x' })] },
    '.templates[0].name',
    'each child that is made of it would want it: use template()',
  ],
];

const below = (field: string, rows: typeof ofActor): typeof ofActor =>
  rows.map(([options, path, why]) => [{ [field]: options }, `.${field}${path}`, why]);

describe('actor()', () => {
  it.each([
    ...ofActor,
    [{ name: '' }, '.name', 'it is empty'],
    [{ childrenMax: 5 }, '.childrenMax', expect.stringContaining('there is no such option')],
  ] satisfies typeof ofActor)('refuses %j', (options, path, why) => {
    const make = (): unknown => actor('a', machine, given(options as object));
    expect(refused(make)).toEqual(['OPTION_INVALID', `actor('a')${path}`, why]);
  });
});

describe('template()', () => {
  it.each([
    ...ofActor,
    [{ name: 'x' }, '.name', expect.stringContaining('there is no such option')],
    [{ input: 1 }, '.input', expect.stringContaining('there is no such option')],
  ] satisfies typeof ofActor)('refuses %j', (options, path, why) => {
    const make = (): unknown => template('a', machine, given(options as object));
    expect(refused(make)).toEqual(['OPTION_INVALID', `template('a')${path}`, why]);
  });
});

describe('pool()', () => {
  it.each([
    ...ofActor.filter(([options]) => options === null || !('significant' in options)),
    ...ofIntensity,
    ...below('self', ofPlace),
    [
      { self: { strategy: 'x' } },
      '.self.strategy',
      'there is no such option; there are restart, shutdownMs, significant',
    ],
    [{ childrenMax: 0 }, '.childrenMax', 'expected a whole number of at least 1, not 0'],
    [{ significant: true }, '.significant', expect.stringContaining('there is no such option')],
    [{ ...presets.otp }, '.finished', expect.stringContaining('there is no such option')],
  ] satisfies typeof ofActor)('refuses %j', (options, path, why) => {
    const make = (): unknown => pool('p', machine, given(options as object));
    expect(refused(make)).toEqual(['OPTION_INVALID', `pool('p')${path}`, why]);
  });

  it.each([
    ...ofIntensity,
    ...below('self', ofPlace),
    [{ childrenMax: '5' }, '.childrenMax', 'expected a whole number of at least 1, not "5"'],
    [{ restart: 'transient' }, '.restart', expect.stringContaining('there is no such option')],
    [{ attemptsMax: 1 }, '.attemptsMax', expect.stringContaining('there is no such option')],
  ] satisfies typeof ofActor)('over a spec refuses %j', (options, path, why) => {
    const make = (): unknown =>
      pool('p', supervisor('s', { children: [] }), given(options as object));
    expect(refused(make)).toEqual(['OPTION_INVALID', `pool('p')${path}`, why]);
  });

  it('refuses specs that no instance can be made of', () => {
    const significant = { restart: 'transient', significant: true } as const;
    expect([
      refused(() => pool('p', actor('a', machine, significant))),
      refused(() => pool('p', supervisor('s', { ...significant, children: [] }))),
      refused(() => pool('p', actor('a', machine, { input: 1 as never }))),
      refused(() => pool('p', actor('a', machine, { name: 'x' }))),
    ]).toEqual([
      ['OPTION_INVALID', "pool('p').template.significant", significantNeeds],
      ['OPTION_INVALID', "pool('p').template.significant", significantNeeds],
      ['OPTION_INVALID', "pool('p').template.input", expect.stringContaining('template()')],
      ['OPTION_INVALID', "pool('p').template.name", expect.stringContaining('template()')],
    ]);
  });
});

describe('supervisor()', () => {
  it.each([...ofIntensity, ...ofPlace, ...ofSupervisor])('refuses %j', (options, path, why) => {
    const make = (): unknown => supervisor('s', { children: [], ...options });
    expect(refused(make)).toEqual(['OPTION_INVALID', `supervisor('s')${path}`, why]);
  });

  it.each([{}, null, undefined, []])('refuses %j in place of options', (options) => {
    expect(refused(() => supervisor('s', options as never))).toMatchObject([
      'OPTION_INVALID',
      {},
      {},
    ]);
  });

  it('needs children, even if there are none', () => {
    const make = (): unknown => supervisor('s', given({}));
    expect(refused(make)).toEqual(['OPTION_INVALID', "supervisor('s').children", 'it is required']);
  });
});

describe('createSystem', () => {
  const root = supervisor('app', { children: [] });
  const named = supervisor('s', { children: [actor('deep', machine, { name: 'x' })] });

  it.each<[object | undefined, string, string]>([
    [undefined, '', 'expected an object of options, not undefined'],
    [{ root: undefined }, '.root', 'expected what supervisor() returns, not undefined'],
    [{ root: actor('a', machine) }, '.root', 'expected what supervisor() returns, not Object'],
    [
      { store: undefined },
      '.store',
      expect.stringContaining('expected a directory, { directory, lockWaitMs } or a store'),
    ],
    [{ store: '' }, '.store', 'it is empty'],
    [{ store: { directory: 7 } }, '.store.directory', 'expected the path of a directory, not 7'],
    [
      { store: { directory: 'x', lockWaitMs: -1 } },
      '.store.lockWaitMs',
      'expected a number of milliseconds, 0 or more, not -1',
    ],
    [
      { store: { directory: 'x', lockWait: 1 } },
      '.store.lockWait',
      'there is no such option; did you mean lockWaitMs?',
    ],
    [{ store: { open: 1 } }, '.store', expect.stringContaining('or a store')],
    [{ durability: 'none' }, '.durability', 'expected ("fsync" | "os"), not "none"'],
    [
      { logger: console.log },
      '.logger',
      expect.stringContaining('expected a logger: debug, info, warn, error'),
    ],
    [{ logger: { info: step } }, '.logger', expect.stringContaining('expected a logger')],
    [{ signal: {} }, '.signal', 'expected an AbortSignal, not Object'],
    [{ keepAlive: 1 }, '.keepAlive', 'expected boolean, not 1'],
    [{ polices: {} }, '.polices', 'there is no such option; did you mean policies?'],
  ])('refuses %j', async (options, path, why) => {
    const all = options === undefined ? undefined : { root, store: memoryStore(), ...options };
    await expect(createSystem(all as never)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      facts: { path: `createSystem${path}`, why },
    });
  });

  it.each([
    [
      supervisor('app', { restart: 'transient', children: [] }),
      "supervisor('app').restart",
      /no supervisor/,
    ],
    [
      supervisor('app', { shutdownMs: 5, children: [] }),
      "supervisor('app').shutdownMs",
      /no supervisor/,
    ],
    [
      supervisor('app', { restart: 'temporary', significant: true, children: [] }),
      "supervisor('app').restart",
      /no supervisor/,
    ],
    [
      supervisor('app', { children: [pool('p', named)] }),
      "actor('deep').name",
      /each child would want it/,
    ],
    [
      supervisor('app', { children: [], templates: [named] }),
      "actor('deep').name",
      /each child would want it/,
    ],
  ])('refuses a tree that cannot stand there: %#', async (tree, path, why) => {
    await expect(createSystem({ root: tree, store: memoryStore() })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      facts: { path, why: expect.stringMatching(why) },
    });
  });
});

describe('the tables of this file', () => {
  it('name every option', () => {
    const named = (rows: typeof ofActor): string[] =>
      rows.flatMap(([options]) => Object.keys(options ?? {}));
    const missing = (entries: object, ...tables: (typeof ofActor)[]): string[] =>
      Object.keys(entries).filter((name) => !tables.flatMap(named).includes(name));

    expect(missing(treeEntries.actor, ofActor)).toEqual([]);
    expect(missing(treeEntries.supervisor, ofPlace, ofIntensity, ofSupervisor)).toEqual([]);
  });
});
