import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRestart, type WindowEntry } from '../../src/supervisor/restart-intensity.ts';
import { property } from '../support/property.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

function entry(atMs: number, faultKey?: string, of = 'a'): WindowEntry {
  return { atMs, child: of, faultKey };
}

const bounds = { intensity: 2, periodMs: 1_000 };

describe('countRestart', () => {
  it('takes intensity restarts within the period, and not one more', () => {
    const one = countRestart([], entry(0), bounds);
    const two = countRestart(one.window, entry(1), bounds);
    const three = countRestart(two.window, entry(2), bounds);

    expect([one.kind, two.kind, three.kind]).toEqual(['within', 'within', 'exceeded']);
  });

  it('takes none with an intensity of 0', () => {
    expect(countRestart([], entry(0), { intensity: 0, periodMs: 1 }).kind).toBe('exceeded');
  });

  it('still counts a restart that is exactly one period old', () => {
    const window = [entry(0), entry(500)];

    expect(countRestart(window, entry(1_000), bounds).kind).toBe('exceeded');
    expect(countRestart(window, entry(1_001), bounds).kind).toBe('within');
  });

  it('slides: what was long ago is forgotten one by one, not all at once', () => {
    const window = [entry(0), entry(900)];

    const verdict = countRestart(window, entry(1_100), bounds);

    expect(verdict).toEqual({ kind: 'within', window: [entry(900), entry(1_100)] });
    expect(countRestart(verdict.window, entry(1_200), bounds).kind).toBe('exceeded');
  });

  it('counts crashes of one child by one envelope once', () => {
    const window = [entry(0, 'm1'), entry(1, 'm2')];

    expect(countRestart(window, entry(2, 'm1'), bounds)).toEqual({ kind: 'within', window });
    expect(countRestart(window, entry(2, 'm3'), bounds).kind).toBe('exceeded');
    expect(countRestart(window, entry(2, 'm1', 'b'), bounds).kind).toBe('exceeded');
    expect(countRestart(window, entry(2), bounds).kind).toBe('exceeded');
  });

  it('counts the same envelope again when its entry has left the window', () => {
    expect(countRestart([entry(0, 'm1')], entry(1_001, 'm1'), bounds).window).toEqual([
      entry(1_001, 'm1'),
    ]);
  });

  property(
    'agrees with counting all restarts of the last period by hand',
    [fc.array(fc.tuple(fc.nat(700), fc.option(fc.constantFrom('m1', 'm2')))), fc.nat(4)],
    (restarts, intensity) => {
      const accepted: WindowEntry[] = [];
      let window: readonly WindowEntry[] = [];
      let atMs = 0;
      for (const [passedMs, faultKey] of restarts) {
        atMs += passedMs;
        const restart = entry(atMs, faultKey ?? undefined);
        const inPeriod = accepted.filter((one) => atMs - one.atMs <= 1_000);
        const isKnown =
          faultKey !== null && inPeriod.some((one) => one.faultKey === restart.faultKey);
        const isWithin = isKnown || inPeriod.length < intensity;

        const verdict = countRestart(window, restart, { intensity, periodMs: 1_000 });

        expect(verdict.kind).toBe(isWithin ? 'within' : 'exceeded');
        if (isWithin && !isKnown) accepted.push(restart);
        ({ window } = verdict);
        expect(window.length).toBeLessThanOrEqual(intensity);
      }
    },
    { runs: 500 },
  );
});

describe('the intensity of a supervisor', () => {
  const one = [child('a'), child('b')];

  it('gives up at the restart that is one too many, and starts nothing', () => {
    const bench = new SupervisorBench({ intensity: 1 }, one);
    bench.start().crash('a').takeLog();

    bench.crash('b');

    expect(bench.takeLog()).toEqual([
      '[escalate b, 1 in window]',
      'stop a#2',
      'exited: shutdown, intensity by b',
    ]);
  });

  it('counts normal ends of permanent children', () => {
    const bench = new SupervisorBench({ intensity: 1 }, one);

    bench.start().finish('a').finish('a');

    expect(bench.state.phase).toBe('ended');
  });

  it('is not exceeded by restarts that are far enough apart', () => {
    const bench = new SupervisorBench({ intensity: 1, periodMs: 1_000 }, one).start();

    for (let round = 0; round < 5; round += 1) bench.crash('a').sleep(1_001);

    expect(bench.statuses()).toEqual({ a: 'running', b: 'running' });
  });

  it('counts a group restart once, however large the group', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all', intensity: 1 }, one);

    bench.start().crash('a');

    expect(bench.statuses()).toEqual({ a: 'running', b: 'running' });
    expect(bench.state.window.length).toBe(1);
  });

  it('does not count what callers ask for', () => {
    const bench = new SupervisorBench({ intensity: 0 }, one).start();

    bench.ask({ kind: 'terminateChild', child: { id: 'a', by: 'id' } });
    bench.ask({ kind: 'restartChild', child: { id: 'a', by: 'id' } });
    bench.ask({ kind: 'startChild', spec: child('c') });

    expect(bench.state.window).toEqual([]);
  });

  it('sees one failure in crashes by one envelope', () => {
    const bench = new SupervisorBench({ intensity: 1 }, one).start();

    bench.crash('a', 'm1').crash('a', 'm1').crash('a', 'm1');
    expect(bench.statuses()).toEqual({ a: 'running', b: 'running' });

    bench.crash('a', 'm2');
    expect(bench.state.phase).toBe('ended');
  });

  it('counts failed starts after such a crash, each for itself', () => {
    const bench = new SupervisorBench({ intensity: 2 }, one).start();
    bench.nextStarts('a', 'fail', 'fail');

    bench.crash('a', 'm1');

    expect(bench.state.phase).toBe('ended');
  });

  it('is empty again after a restart by the parent, and survives the death of the process', () => {
    const bench = new SupervisorBench({ intensity: 1 }, one);
    bench.start().crash('a').dieAndResume();
    expect(bench.state.window.length).toBe(1);

    bench.crash('a');
    expect(bench.state.phase).toBe('ended');

    bench.start();
    expect(bench.state.window).toEqual([]);
    expect(bench.statuses()).toEqual({ a: 'running', b: 'running' });
  });
});
