/** What calls are given is checked: a name that is misspelt, a value of another kind. */
import { describe, expect, test, vi } from 'vitest';
import {
  actor,
  at,
  type PerdureError,
  pool,
  poolAt,
  startChild,
  stopOnSignals,
  supervisor,
  template,
  terminateChild,
} from '../../src/index.ts';
import { refused } from '../support/refused.ts';
import { all, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', {
  children: [
    actor('counter', counter, { name: 'abacus' }),
    pool('counters', counter),
    pool('branches', supervisor('branch', { children: [actor('till', counter)] })),
  ],
  templates: [template('more', counter)],
});
const add = { type: 'add', n: 1 } as const;
/** As a caller from JavaScript would give it. */
const given = (value: unknown): never => value as never;
const facts = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => {
      const { code, facts: told } = error as PerdureError<'OPTION_INVALID'>;
      return [code, told.path, told.why];
    },
  );

describe('options of a call', () => {
  test('are refused if there is none of that name, with the one that was meant', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    const instances = system.pool('/counters');
    const calls = {
      'send.unti': [ref.send(add, given({ unti: 'applied' })), 'until'],
      'ask.timeout': [ref.ask({ type: 'total' }, given({ timeout: 5 })), 'timeoutMs'],
      'waitFor.timeoutMS': [ref.waitFor(() => true, given({ timeoutMS: 5 })), 'timeoutMs'],
      'done.signa': [ref.done(given({ signa: undefined })), 'signal'],
      'emitted.form': [all(ref.emitted(given({ form: 1 }))), 'from'],
      "startChild('1').inptu": [instances.startChild('1', given({ inptu: 1 })), 'input'],
      "ensureChild('1').inptu": [instances.ensureChild('1', given({ inptu: 1 })), 'input'],
      "startChild('2').templat": [
        system.supervisor('/').startChild('2', given({ templat: 'more' })),
        'template',
      ],
      'stop.deadlineMS': [system.stop(given({ deadlineMS: 5 })), 'deadlineMs'],
    } as const;
    for (const [path, [call, meant]] of Object.entries(calls)) {
      const why = `there is no such option; did you mean ${meant}?`;
      expect(await facts(call)).toEqual(['OPTION_INVALID', path, why]);
    }
    const named = system.named('abacus');
    expect(await facts(named.send(given(add), given({ unti: 1 })))).toMatchObject({
      1: 'send.unti',
    });
    expect(system.health().status).toBe('running');
    expect((await ref.snapshot()).context.total).toBe(0);
    await system.stop();
  });

  test('are refused if they are of another kind', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    const ms = 'expected a number of milliseconds, 0 or more';
    const calls = [
      [ref.send(add, given(null)), 'send', 'expected an object of options, not null'],
      [ref.send(add, given('wait')), 'send', 'expected an object of options, not "wait"'],
      [ref.send(add, given({ timeoutMs: '5' })), 'send.timeoutMs', ms],
      [ref.send(add, given({ signal: {} })), 'send.signal', 'expected an AbortSignal'],
      [ref.ask({ type: 'total' }, given({ timeoutMs: NaN })), 'ask.timeoutMs', ms],
      [
        ref.ask({ type: 'total' }, given({ until: 'applied' })),
        'ask.until',
        'there is no such option; there are key, whenFull, timeoutMs, signal, headers',
      ],
      [ref.waitFor(() => true, given({ timeoutMs: -1 })), 'waitFor.timeoutMs', ms],
      [all(ref.emitted(given({ follow: 1 }))), 'emitted.follow', 'expected a boolean'],
      [system.stop(given({ deadlineMs: 'x' })), 'stop.deadlineMs', expect.stringContaining(ms)],
    ] as const;
    for (const [call, path, why] of calls)
      expect(await facts(call)).toEqual(['OPTION_INVALID', path, why]);
    await system.stop();
  });

  test('may be anything with the right fields: also an AbortController', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    const abort = new AbortController();
    await ref.send(add, abort);
    const { context } = await ref.waitFor(({ context: { total } }) => total === 1, abort);
    expect(context.seen).toEqual([1]);
    await system.stop();
  });

  test('that are refused are told as a send that failed', async () => {
    const system = await new Lab().open(tree);
    const events = eventsOf(system);
    await facts(system.ref('/counter').send(add, given({ unti: 1 })));
    expect(events).toMatchObject([{ type: 'send.failed', error: { code: 'OPTION_INVALID' } }]);
    await system.stop();
  });
});

describe('what names a child, an actor or a system', () => {
  test('is refused by name if it cannot', async () => {
    const system = await new Lab().open(tree);
    const desk = system.supervisor('/');
    const why = 'expected the id of a child, or a ref to it, not undefined';
    for (const call of ['terminateChild', 'restartChild', 'deleteChild', 'getChildSpec'] as const)
      expect(await facts(desk[call](given(undefined)))).toEqual([
        'OPTION_INVALID',
        `${call}(child)`,
        why,
      ]);
    await expect(system.pool('/counters').terminateChild(given(undefined))).rejects.toMatchObject({
      code: 'ADDRESS_INVALID',
      facts: { why: 'an id is a string' },
    });
    await expect(desk.terminateChild(given({ address: 7 }))).rejects.toMatchObject({
      code: 'ADDRESS_INVALID',
    });
    expect(refused(() => system.pool(given(7)))[0]).toBe('ADDRESS_INVALID');
    expect(refused(() => system.named(given(7)))).toEqual([
      'OPTION_INVALID',
      'named(name)',
      'expected a name, not 7',
    ]);
    expect(refused(() => system.named(''))).toMatchObject({ 2: 'it is empty' });
    await system.stop();
  });

  test('is refused where a machine names it', () => {
    const counters = poolAt<typeof counter>('/counters');
    expect(refused(() => terminateChild(counters, given(undefined)))).toMatchObject([
      'OPTION_INVALID',
      'terminateChild(pool, id)',
      {},
    ]);
    expect(refused(() => startChild(counters, given({ id: '1' })))).toMatchObject([
      'OPTION_INVALID',
      'startChild(pool, child)',
      {},
    ]);
    expect(refused(() => terminateChild(given(at('/counter')), '1'))[0]).toBe('OPTION_INVALID');
  });
});

describe('stopOnSignals()', () => {
  test('refuses what is no system, and what are no options, before it listens', async () => {
    const system = await new Lab().open(tree);
    const on = vi.spyOn(process, 'on');
    const none = 'expected what createSystem() resolves with';
    for (const value of [undefined, null, 7, {}, Promise.resolve(system)])
      expect(refused(() => stopOnSignals(given(value)))).toEqual([
        'OPTION_INVALID',
        'stopOnSignals(system)',
        none,
      ]);
    expect(refused(() => stopOnSignals(system, given({ deadline: 5 })))).toMatchObject({
      1: 'stopOnSignals.deadline',
    });
    expect(refused(() => stopOnSignals(system, given({ signals: 'SIGTERM' })))).toMatchObject({
      1: 'stopOnSignals.signals',
    });
    expect(on).not.toHaveBeenCalled();
    on.mockRestore();
    await system.stop();
  });
});

describe('the input of a child', () => {
  const large = { text: 'x'.repeat(1_100_000) };
  const unstorable = { plan: () => undefined };

  test('of a pool has a bound, as that of any other supervisor has', async () => {
    const system = await new Lab().open(tree);
    const code = { code: 'VALUE_TOO_LARGE', facts: { what: "input of '1'" } };
    await expect(
      system.pool('/counters').startChild('1', given({ input: large })),
    ).rejects.toMatchObject(code);
    await expect(
      system.pool('/counters').ensureChild('1', given({ input: large })),
    ).rejects.toMatchObject(code);
    await system.stop();
  });

  test.each([
    [unstorable, "actor('reader').input.plan", 'it is a function'],
    [large, "actor('reader').input", 'more than the limit'],
  ])('that is written in the tree is configuration: %#', async (input, path, why) => {
    const reader = actor('reader', counter, given({ input }));
    const root = supervisor('app', { children: [supervisor('desk', { children: [reader] })] });
    await expect(new Lab().open(root)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      exitCode: 78,
      facts: { path, why: expect.stringContaining(why) },
      message: expect.stringContaining('/desk/reader'),
    });
  });
});

describe('a pool of subtrees', () => {
  test('hands out what the root of an instance is', async () => {
    const system = await new Lab().open(tree);
    const branches = system.pool('/branches');
    const north = await branches.startChild('north');
    expect(north.address).toBe('/branches/north');
    expect(await north.countChildren()).toMatchObject({ ok: true, counts: { active: 1 } });
    expect((await branches.ensureChild('north')).address).toBe('/branches/north');
    const south = [{ input: 1 }] as unknown as [];
    expect(await facts(branches.startChild('south', ...south))).toEqual([
      'OPTION_INVALID',
      "startChild('south').input",
      'a supervisor takes no input',
    ]);
    await system.ref('/branches/north/till').send(add, { until: 'applied' });
    await branches.terminateChild('north');
    expect(await north.countChildren()).toEqual({ ok: false, error: 'noproc' });
    await system.stop();
  });
});
