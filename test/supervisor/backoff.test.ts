import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelayMs, type Backoff } from '../../src/supervisor/backoff.ts';
import { property } from '../support/property.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const backoff: Backoff = { minMs: 100, maxMs: 1_000, factor: 2, jitter: 'none' };

describe('backoffDelayMs', () => {
  it('grows by the factor up to the longest delay', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((nth) => backoffDelayMs(backoff, nth, 0.9));

    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('takes any part of that with full jitter', () => {
    const jittered: Backoff = { ...backoff, jitter: 'full' };

    expect(backoffDelayMs(jittered, 3, 0)).toBe(0);
    expect(backoffDelayMs(jittered, 3, 0.5)).toBe(200);
    expect(backoffDelayMs(jittered, 3, 0.9999)).toBe(400);
  });

  property(
    'is a whole number of ms between 0 and the longest delay, for any number of restarts',
    [
      fc.nat(10_000),
      fc.nat(100_000),
      fc.double({ min: 1, max: 100, noNaN: true }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
    ],
    (minMs, moreMs, factor, nth, random) => {
      const maxMs = minMs + moreMs;
      const delayMs = backoffDelayMs({ minMs, maxMs, factor, jitter: 'full' }, nth, random);

      expect(Number.isInteger(delayMs)).toBe(true);
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThanOrEqual(maxMs);
    },
  );
});

describe('a supervisor with backoff', () => {
  const bounds = { backoff, intensity: 5, periodMs: 10_000 };

  it('counts at once, waits, then starts', () => {
    const bench = new SupervisorBench(bounds, [child('a'), child('b')]);
    bench.start().takeLog();

    bench.crash('a');
    expect(bench.takeLog()).toEqual(['[restart a, 1 in window]', 'retry a in 100']);
    expect(bench.statuses()).toEqual({ a: 'restarting', b: 'running' });

    bench.sleep(99);
    expect(bench.takeLog()).toEqual([]);
    bench.sleep(1);
    expect(bench.takeLog()).toEqual(['restart a#2']);
    expect(bench.state.window.length).toBe(1);
  });

  it('waits longer each time a child fails again soon', () => {
    const bench = new SupervisorBench(bounds, [child('a')]).start();
    bench.crash('a').sleep(100).crash('a').takeLog();

    bench.sleep(200).crash('a');

    expect(bench.takeLog()).toEqual(['restart a#3', '[restart a, 3 in window]', 'retry a in 400']);
  });

  it('begins anew with a child that ran for a whole period', () => {
    const bench = new SupervisorBench(bounds, [child('a')]).start();
    bench.crash('a').sleep(100).crash('a').sleep(200).takeLog();

    bench.sleep(10_000).crash('a');

    expect(bench.takeLog()).toEqual(['[restart a, 1 in window]', 'retry a in 100']);
  });

  it('treats a failed start as the next failure in the row', () => {
    const bench = new SupervisorBench(bounds, [child('a')]).start().nextStarts('a', 'fail', 'fail');
    bench.crash('a').takeLog();

    bench.sleep(100).sleep(200).sleep(400);

    expect(bench.takeLog()).toEqual([
      'restart a#2',
      '[restart a, 2 in window]',
      'retry a in 200',
      'restart a#3',
      '[restart a, 3 in window]',
      'retry a in 400',
      'restart a#4',
    ]);
    expect(bench.statuses()).toEqual({ a: 'running' });
  });

  it('stops a group at once and starts it after the delay', () => {
    const bench = new SupervisorBench({ ...bounds, strategy: 'one_for_all' }, [
      child('a'),
      child('b'),
      child('c'),
    ]);
    bench.start().takeLog();

    bench.crash('b');
    expect(bench.takeLog()).toEqual([
      '[restart b, 1 in window]',
      'stop c#1',
      'stop a#1',
      'retry b in 100',
    ]);
    expect(bench.statuses()).toEqual({ a: 'undefined', b: 'restarting', c: 'undefined' });

    bench.sleep(100);
    expect(bench.takeLog()).toEqual(['restart a#2', 'restart b#2', 'restart c#2']);
  });

  it('is overtaken by a group restart, which calls the retry off', () => {
    const named = [child('a'), child('b'), child('c')];
    const bench = new SupervisorBench({ ...bounds, strategy: 'rest_for_one' }, named).start();
    bench.crash('b').sleep(50).crash('a').takeLog();

    bench.sleep(60_000);

    expect(bench.takeLog()).toEqual(['restart a#2', 'restart b#2', 'restart c#2']);
    expect(bench.state.window.length).toBe(2);
  });

  it('of a group that calls off another takes over those that wait for that one', () => {
    const named = [child('a'), child('b'), child('c')];
    const bench = new SupervisorBench({ ...bounds, strategy: 'rest_for_one' }, named).start();

    bench.crash('b').crash('a').dieAndResume();
    expect(bench.statuses()).toEqual({ a: 'restarting', b: 'undefined', c: 'undefined' });

    bench.sleep(60_000);
    expect(bench.statuses()).toEqual({ a: 'running', b: 'running', c: 'running' });
  });

  it('answers callers while it waits, and a caller may call the restart off', () => {
    const bench = new SupervisorBench(bounds, [child('a')]);
    bench.start().crash('a').takeLog();

    expect(bench.ask({ kind: 'whichChildren' })).toBe('a restarting');
    expect(bench.ask({ kind: 'terminateChild', child: { id: 'a', by: 'id' } })).toBe('done');
    bench.sleep(60_000);

    expect(bench.takeLog()).toEqual([]);
    expect(bench.statuses()).toEqual({ a: 'undefined' });
  });

  it('keeps the time of the restart when the process dies meanwhile', () => {
    const bench = new SupervisorBench(bounds, [child('a')]);
    bench.start().crash('a').sleep(60).takeLog();

    bench.dieAndResume();
    expect(bench.takeLog()).toEqual(['retry a in 40', 'up']);

    bench.sleep(40);
    expect(bench.takeLog()).toEqual(['restart a#2']);
  });
});
