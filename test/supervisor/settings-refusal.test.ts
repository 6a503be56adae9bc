import { describe, expect, it } from 'vitest';
import {
  refuseBadChild,
  refuseBadSettings,
  type RawChild,
  type RawSupervisor,
  type SettingsFault,
} from '../../src/supervisor/settings-refusal.ts';
import { child, settings } from '../support/supervisor-bench.ts';

const good: RawSupervisor = { ...settings(), children: [child('a')] };
const pool: Partial<RawSupervisor> = { strategy: 'simple_one_for_one' };

describe('refuseBadSettings', () => {
  const faults: readonly [Partial<RawSupervisor>, SettingsFault, string][] = [
    [{ strategy: 'none_for_one' }, 'invalid_strategy', 'strategy'],
    [{ intensity: -1 }, 'invalid_intensity', 'intensity'],
    [{ intensity: 1.5 }, 'invalid_intensity', 'intensity'],
    [{ periodMs: 0 }, 'invalid_period', 'periodMs'],
    [{ periodMs: '5s' }, 'invalid_period', 'periodMs'],
    [{ autoShutdown: 'sometimes' }, 'invalid_auto_shutdown', 'autoShutdown'],
    [{ intensityScope: 'world' }, 'invalid_intensity_scope', 'intensityScope'],
    [{ onExceeded: 'ignore' }, 'invalid_on_exceeded', 'onExceeded'],
    [{ childrenOnRestart: 'sell' }, 'invalid_children_on_restart', 'childrenOnRestart'],
    [{ backoff: true }, 'invalid_backoff', 'backoff'],
    [{ backoff: { minMs: 5, maxMs: 4, factor: 2, jitter: 'full' } }, 'invalid_backoff', 'backoff'],
    [
      { backoff: { minMs: 1, maxMs: 4, factor: 0.5, jitter: 'full' } },
      'invalid_backoff',
      'backoff',
    ],
    [{ backoff: { minMs: 1, maxMs: 4, factor: 2, jitter: 'half' } }, 'invalid_backoff', 'backoff'],
    [{ ...pool, autoShutdown: 'any_significant' }, 'bad_combination', 'autoShutdown'],
    [{ ...pool, children: [] }, 'bad_start_spec', 'children'],
    [{ ...pool, children: [child('a'), child('b')] }, 'bad_start_spec', 'children'],
    [{ children: [child('a'), child('b'), child('a')] }, 'duplicate_child_name', 'children[2].id'],
    [
      { children: [child('a'), { ...child('b'), restart: 'often' }] },
      'invalid_restart_type',
      'children[1].restart',
    ],
    // The supervisor's own settings come first, then the children in order.
    [{ intensity: -1, children: [child('')] }, 'invalid_intensity', 'intensity'],
    [{ children: [child(''), child('a'), child('a')] }, 'missing_id', 'children[0].id'],
  ];
  for (const [given, fault, path] of faults) {
    it(`refuses ${JSON.stringify(given).slice(0, 60)}: ${fault}`, () => {
      expect(refuseBadSettings({ ...good, ...given })).toMatchObject({ fault, path });
    });
  }

  it('says in OTP’s words whether the supervisor or a child is at fault', () => {
    expect(refuseBadSettings({ ...good, periodMs: 0 })?.area).toBe('supervisor_data');
    expect(refuseBadSettings({ ...good, children: [child('')] })?.area).toBe('start_spec');
  });

  it('says what would be right and what was given', () => {
    expect(refuseBadSettings({ ...good, strategy: 'none_for_one' })?.why).toBe(
      "expected 'one_for_one', 'one_for_all', 'rest_for_one' or 'simple_one_for_one', not 'none_for_one'",
    );
  });

  const fine: readonly Partial<RawSupervisor>[] = [
    {},
    { children: [] },
    { intensity: 0, periodMs: 1 },
    pool,
    { backoff: { minMs: 0, maxMs: 0, factor: 1, jitter: 'none' } },
    { autoShutdown: 'all_significant', onExceeded: 'quarantine', intensityScope: 'child' },
  ];
  for (const given of fine) {
    it(`takes ${JSON.stringify(given)}`, () => {
      expect(refuseBadSettings({ ...good, ...given })).toBeUndefined();
    });
  }
});

describe('refuseBadChild', () => {
  /** OTP's table: `significant: true` only where the child may end for good and that may matter. */
  for (const autoShutdown of ['never', 'any_significant', 'all_significant']) {
    for (const restart of ['permanent', 'transient', 'temporary'] as const) {
      const isAllowed = autoShutdown !== 'never' && restart !== 'permanent';
      it(`${isAllowed ? 'takes' : 'refuses'} a significant ${restart} child with ${autoShutdown}`, () => {
        const raw = child('a', { restart, significant: true });
        const refusal = refuseBadChild(raw, { strategy: 'one_for_one', autoShutdown });

        expect(refusal?.fault).toBe(isAllowed ? undefined : 'bad_combination');
      });
    }
  }

  const shutdowns: readonly [unknown, boolean][] = [
    [0, true],
    [15, true],
    ['infinity', true],
    ['brutal_kill', true],
    [-1, false],
    [0.5, false],
    [Infinity, false],
    ['later', false],
    [undefined, false],
  ];
  for (const [shutdownMs, isGood] of shutdowns) {
    it(`${isGood ? 'takes' : 'refuses'} shutdownMs ${String(shutdownMs)}`, () => {
      const raw: RawChild = { ...child('a'), shutdownMs };

      expect(refuseBadChild(raw, good)?.fault).toBe(isGood ? undefined : 'invalid_shutdown');
    });
  }
});
