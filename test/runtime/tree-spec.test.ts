import { createMachine, fromPromise, fromTransition } from 'xstate';
import type { AnyActorLogic } from 'xstate';
import { describe, expect, it } from 'vitest';
import { step } from '../../src/actors/step.ts';
import { limits } from '../../src/base/limits.ts';
import { presets } from '../../src/runtime/presets.ts';
import { actor, childSettingsOf, pool, supervisor } from '../../src/runtime/tree-spec.ts';

const machine = createMachine({});
const invalid = (path: string, why = /./) =>
  expect.objectContaining({
    code: 'OPTION_INVALID',
    facts: { path, why: expect.stringMatching(why) },
  });

describe('actor', () => {
  it('has complete settings', () => {
    expect(actor('reader', machine)).toMatchObject({
      kind: 'actor',
      id: 'reader',
      logic: machine,
      settings: {
        id: 'reader',
        type: 'worker',
        restart: 'permanent',
        significant: false,
        shutdownMs: limits.shutdownMs,
        attemptsMax: limits.attemptsMax,
        mailboxMax: limits.mailboxMax,
        startTimeoutMs: limits.startTimeoutMs,
        history: false,
        version: 1,
        migrate: {},
        restartFrom: 'snapshot',
        name: undefined,
        input: undefined,
        onStart: undefined,
        onStop: undefined,
      },
    });
  });

  it('takes every option', () => {
    const options = {
      restart: 'transient',
      significant: true,
      shutdownMs: 'brutal_kill',
      attemptsMax: 1,
      mailboxMax: 5,
      startTimeoutMs: 100,
      history: true,
      version: 3,
      migrate: { 1: <S>(state: S) => state, 2: <S>(state: S) => state },
      restartFrom: 'initial',
      name: 'reader',
      input: { a: 1 },
      onStart: () => undefined,
      onStop: () => undefined,
    } as const;

    expect(actor('reader', machine, options).settings).toMatchObject(options);
    expect(
      actor(
        'r',
        fromTransition((state) => state, {}),
        { shutdownMs: 'infinity' },
      ).settings.shutdownMs,
    ).toBe('infinity');
  });

  it('cannot be changed afterwards', () => {
    const spec = actor('reader', machine);
    expect(
      [spec, spec.settings, spec.settings.migrate].every((part) => Object.isFrozen(part)),
    ).toBe(true);
  });

  it.each<[object, path: string, why: RegExp]>([
    [{ shutdownMs: -1 }, '.shutdownMs', /'infinity' or 'brutal_kill', not -1/],
    [{ shutdownMs: 1.5 }, '.shutdownMs', /1.5/],
    [{ shutdownMs: 'soon' }, '.shutdownMs', /"soon"/],
    [{ shutdown: 5 }, '.shutdown', /no such option; did you mean shutdownMs\?/],
    [{ attemptsMax: 0 }, '.attemptsMax', /at least 1/],
    [{ maxAttempts: 3 }, '.maxAttempts', /did you mean attemptsMax\?/],
    [{ mailboxMax: 0 }, '.mailboxMax', /from 1 to/],
    [{ mailboxMax: limits.mailboxHardMax + 1 }, '.mailboxMax', /from 1 to/],
    [{ startTimeoutMs: 0 }, '.startTimeoutMs', /1 or more/],
    [{ startTimeoutMs: Infinity }, '.startTimeoutMs', /Infinity/],
    [{ restart: 'always' }, '.restart', /"permanent" \| "transient" \| "temporary"/],
    [{ significant: true }, '.significant', /transient/],
    [{ history: 'yes' }, '.history', /boolean/],
    [{ version: 0 }, '.version', /at least 1/],
    [{ migrate: { 1: 5 }, version: 2 }, '.migrate', /version that they start from/],
    [{ migrate: { 0: () => 1 }, version: 2 }, '.migrate', /version that they start from/],
    [{ migrate: { 2: () => 1 }, version: 2 }, '.migrate', /not below version/],
    [{ migrate: { 1: () => 1 }, version: 3 }, '.migrate', /a step is missing/],
    [{ migrate: { 1: () => 1, 3: () => 1 }, version: 4 }, '.migrate', /a step is missing/],
    [{ restartFrom: 'start' }, '.restartFrom', /"snapshot" \| "initial"/],
    [{ onStart: 1 }, '.onStart', /function/],
    [{ onStop: {} }, '.onStop', /function/],
    [{ name: '' }, '.name', /empty/],
    [{ trapExits: 'yes' }, '.trapExits', /boolean/],
  ])('refuses %j', (options, path, why) => {
    expect(() => actor('reader', machine, options)).toThrow(invalid(`actor('reader')${path}`, why));
  });

  it('refuses options that are no object', () => {
    expect(() => actor('reader', machine, 5 as never)).toThrow(invalid("actor('reader')"));
  });

  it.each(['', '.', '..', '\ud800', 7])('refuses the id %j', (id) => {
    expect(() => actor(id as string, machine)).toThrow(invalid('actor(id)'));
  });

  it('refuses logic that is an effect', () => {
    expect(() =>
      actor(
        's',
        step(async () => 1),
      ),
    ).toThrow(invalid("actor('s').logic", /a step/));
    expect(() =>
      actor(
        's',
        fromPromise(async () => 1),
      ),
    ).toThrow(invalid("actor('s').logic"));
  });

  it('refuses what is no logic', () => {
    expect(() => actor('s', {} as AnyActorLogic)).toThrow(
      expect.objectContaining({ code: 'MACHINE_NOT_DURABLE' }),
    );
  });
});

describe('pool', () => {
  it('has complete settings, of itself and of its instances', () => {
    expect(pool('clerks', machine, { restart: 'transient', attemptsMax: 2 })).toMatchObject({
      kind: 'pool',
      id: 'clerks',
      childrenMax: limits.childrenMax,
      settings: {
        strategy: 'simple_one_for_one',
        autoShutdown: 'never',
        intensity: limits.intensity,
        intensityScope: 'supervisor',
        childrenOnRestart: 'remember',
      },
      template: {
        settings: { restart: 'transient', significant: false, attemptsMax: 2, name: undefined },
      },
    });
  });

  it.each<[object, path: string]>([
    [{ childrenMax: 0 }, '.childrenMax'],
    [{ strategy: 'one_for_one' }, '.strategy'],
    [{ name: 'x' }, '.name'],
    [{ input: 1 }, '.input'],
    [{ significant: false }, '.significant'],
    [{ intensity: -1 }, '.intensity'],
  ])('refuses %j', (options, path) => {
    expect(() => pool('clerks', machine, options)).toThrow(invalid(`pool('clerks')${path}`));
  });

  it('takes the preset for fleets', () => {
    expect(pool('clerks', machine, { ...presets.fleet }).settings).toMatchObject(presets.fleet);
  });
});

describe('supervisor', () => {
  it('has complete settings', () => {
    expect(supervisor('desk', { children: [] })).toMatchObject({
      kind: 'supervisor',
      id: 'desk',
      children: [],
      settings: {
        strategy: 'one_for_one',
        intensity: limits.intensity,
        periodMs: limits.periodMs,
        backoff: {
          minMs: limits.backoffMinMs,
          maxMs: limits.backoffMaxMs,
          factor: limits.backoffFactor,
          jitter: 'full',
        },
        intensityScope: 'supervisor',
        onExceeded: 'escalate',
        autoShutdown: 'never',
        childrenOnRestart: 'remember',
        finished: 'keep',
      },
    });
  });

  it('fills in what a part of backoff leaves out', () => {
    const { settings } = supervisor('desk', { backoff: { minMs: 1 }, children: [] });
    expect(settings.backoff).toEqual({ minMs: 1, maxMs: 30_000, factor: 2, jitter: 'full' });
    expect(supervisor('desk', { backoff: false, children: [] }).settings.backoff).toBe(false);
  });

  it.each<[object, path: string, why: RegExp]>([
    [{ strategy: 'all' }, '.strategy', /one_for_all/],
    [{ strategy: 'simple_one_for_one' }, '.strategy', /one_for_all/],
    [{ intensity: 1.5 }, '.intensity', /at least 0/],
    [{ periodMs: 0 }, '.periodMs', /1 or more/],
    [{ period: 5 }, '.period', /no such option/],
    [{ backoff: true }, '.backoff', /false or \{ minMs, maxMs, factor, jitter \}, not true/],
    [{ backoff: { minMs: 50, maxMs: 10 } }, '.backoff.minMs', /greater than maxMs/],
    [{ backoff: { minMs: 40_000 } }, '.backoff.minMs', /greater than maxMs/],
    [{ backoff: { minMs: -1 } }, '.backoff.minMs', /0 or more/],
    [{ backoff: { factor: 0.5 } }, '.backoff.factor', /at least 1/],
    [{ backoff: { max: 5 } }, '.backoff.max', /no such option/],
    [{ intensityScope: 'tree' }, '.intensityScope', /child/],
    [{ onExceeded: 'ignore' }, '.onExceeded', /quarantine/],
    [{ autoShutdown: true }, '.autoShutdown', /any_significant/],
    [{ childrenOnRestart: 'keep' }, '.childrenOnRestart', /remember/],
    [{ finished: 'stay' }, '.finished', /rerun/],
    [{ children: machine }, '.children', /an array of specs/],
    [{ children: [actor('a', machine), machine] }, '.children[1]', /actor\(\)/],
    [{ children: [undefined] }, '.children[0]', /actor\(\)/],
    [
      { children: [actor('a', machine), pool('b', machine), supervisor('a', { children: [] })] },
      '.children[2].id',
      /the id 'a' is taken/,
    ],
    [
      { children: [actor('a', machine, { restart: 'transient', significant: true })] },
      '.children[0].significant',
      /autoShutdown/,
    ],
  ])('refuses %j', (options, path, why) => {
    expect(() => supervisor('desk', { children: [], ...options })).toThrow(
      invalid(`supervisor('desk')${path}`, why),
    );
  });

  it('refuses to be without children', () => {
    expect(() => supervisor('desk', {} as never)).toThrow(invalid("supervisor('desk').children"));
    expect(() => supervisor('desk', undefined as never)).toThrow(invalid("supervisor('desk')"));
  });

  it('sets for its children what they do not say themselves', () => {
    const shared = actor('shared', machine);
    const desk = supervisor('desk', {
      attemptsMax: 1,
      restartFrom: 'initial',
      children: [
        shared,
        actor('own', machine, { attemptsMax: 7 }),
        pool('clerks', machine, { restartFrom: 'snapshot' }),
        supervisor('inner', { children: [actor('deep', machine)] }),
      ],
    });

    expect(desk.children[0].settings).toMatchObject({ attemptsMax: 1, restartFrom: 'initial' });
    expect(desk.children[1].settings).toMatchObject({ attemptsMax: 7, restartFrom: 'initial' });
    expect(desk.children[2].template).toHaveProperty(
      'settings',
      expect.objectContaining({ attemptsMax: 1, restartFrom: 'snapshot' }),
    );
    expect(desk.children[3].children[0].settings).toMatchObject({
      attemptsMax: limits.attemptsMax,
      restartFrom: 'snapshot',
    });
    expect(shared.settings.attemptsMax).toBe(limits.attemptsMax);
  });
});

describe('presets', () => {
  it('are taken as they are', () => {
    expect(supervisor('d', { ...presets.durable, children: [] }).settings).toEqual(
      supervisor('d', { children: [] }).settings,
    );

    const otp = supervisor('d', { ...presets.otp, children: [actor('a', machine)] });
    expect(otp.settings).toMatchObject({
      backoff: false,
      childrenOnRestart: 'forget',
      finished: 'rerun',
    });
    expect(otp.children[0].settings).toMatchObject({ attemptsMax: 1, restartFrom: 'initial' });
  });
});

describe('childSettingsOf', () => {
  it('describes a child as its supervisor needs it', () => {
    expect(
      childSettingsOf(actor('a', machine, { restart: 'temporary', shutdownMs: 1 })),
    ).toMatchObject({
      id: 'a',
      type: 'worker',
      restart: 'temporary',
      shutdownMs: 1,
      significant: false,
    });
    const nested = {
      type: 'supervisor',
      restart: 'permanent',
      shutdownMs: 'infinity',
      significant: false,
    };
    expect(childSettingsOf(pool('p', machine))).toEqual({ id: 'p', ...nested });
    expect(childSettingsOf(supervisor('s', { children: [] }))).toEqual({ id: 's', ...nested });
  });
});
