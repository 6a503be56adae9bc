import { describe, expect, it } from 'vitest';
import type { ChildKey } from '../../src/supervisor/input.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const byId = (id: string): ChildKey => ({ id, by: 'id' });
const fleet = { intensity: 1, intensityScope: 'child', onExceeded: 'quarantine' } as const;
const two = [child('a'), child('b')];

describe("onExceeded 'quarantine'", () => {
  it('stops only the child that fails too often, and nobody else', () => {
    const bench = new SupervisorBench({ ...fleet, strategy: 'one_for_all' }, two).start();
    bench.crash('a').takeLog();

    bench.crash('a');

    expect(bench.takeLog()).toEqual(['[quarantine a, 1 in window]', 'quarantine a']);
    expect(bench.statuses()).toEqual({ a: 'quarantined', b: 'running' });
  });

  it('stays until a caller restarts the child, who begins with an empty window', () => {
    const bench = new SupervisorBench(fleet, two).start().crash('a').crash('a');
    expect(bench.ask({ kind: 'whichChildren' })).toBe('b running, a quarantined');
    expect(bench.ask({ kind: 'startChild', spec: child('a') })).toBe('already_present');
    expect(bench.ask({ kind: 'terminateChild', child: byId('a') })).toBe('done');
    expect(bench.statuses()['a']).toBe('quarantined');

    expect(bench.ask({ kind: 'restartChild', child: byId('a') })).toBe('running #3');

    bench.crash('a');
    expect(bench.statuses()).toEqual({ a: 'running', b: 'running' });
  });

  it('stays through group restarts, restarts of the supervisor and deaths of the process', () => {
    const bench = new SupervisorBench({ ...fleet, strategy: 'one_for_all' }, two).start();
    bench.crash('a').crash('a');

    bench.crash('b');
    expect(bench.statuses()).toEqual({ a: 'quarantined', b: 'running' });

    bench.dieAndResume();
    expect(bench.statuses()).toEqual({ a: 'quarantined', b: 'running' });

    bench.terminate().start();
    expect(bench.statuses()).toEqual({ a: 'quarantined', b: 'running' });
  });

  it('stays when a restart by a caller fails', () => {
    const bench = new SupervisorBench(fleet, two).start().crash('a').crash('a');
    bench.nextStarts('a', 'fail');

    bench.ask({ kind: 'restartChild', child: byId('a') });

    expect(bench.statuses()['a']).toBe('quarantined');
  });

  it('can be left by deleting the child', () => {
    const bench = new SupervisorBench(fleet, two).start().crash('a').crash('a');

    expect(bench.ask({ kind: 'deleteChild', child: byId('a') })).toBe('done');
    expect(bench.statuses()).toEqual({ b: 'running' });
  });

  it('holds for instances of a pool, which a caller may then restart or delete', () => {
    const template = child('template');
    const bench = new SupervisorBench(
      { ...fleet, strategy: 'simple_one_for_one', templates: [template] },
      [],
    );
    bench.start();
    bench.ask({ kind: 'startChild', spec: child('1') });
    bench.ask({ kind: 'startChild', spec: child('2') });
    bench.crash('1').crash('1').crash('2').crash('2');
    expect(bench.statuses()).toEqual({ 1: 'quarantined', 2: 'quarantined' });

    expect(bench.ask({ kind: 'restartChild', child: { id: '1', by: 'handle' } })).toBe(
      'running #3',
    );
    expect(bench.ask({ kind: 'deleteChild', child: { id: '2', by: 'handle' } })).toBe('done');
    expect(bench.statuses()).toEqual({ 1: 'running' });
  });
});

describe('a child that is put away because its restart failed', () => {
  it('leaves down those that were to start after it, in the next process too', () => {
    const bench = new SupervisorBench(
      {
        strategy: 'rest_for_one',
        intensity: 1,
        onExceeded: 'quarantine',
        backoff: { minMs: 50, maxMs: 50, factor: 1, jitter: 'none' },
      },
      [child('a'), child('b'), child('c')],
    );
    const left = { a: 'running', b: 'quarantined', c: 'undefined' };
    bench.start().nextStarts('b', 'fail').crash('a').sleep(50);
    expect(bench.statuses()).toEqual(left);

    bench.dieAndResume();
    expect(bench.statuses()).toEqual(left);
  });
});

describe("intensityScope 'child'", () => {
  it('gives each child a window of its own', () => {
    const bench = new SupervisorBench({ intensity: 1, intensityScope: 'child' }, two).start();

    bench.crash('a').crash('b');
    expect(bench.statuses()).toEqual({ a: 'running', b: 'running' });

    bench.crash('a');
    expect(bench.state.phase).toBe('ended');
  });
});

describe('an exit with reason quarantined', () => {
  for (const restart of ['permanent', 'transient', 'temporary'] as const) {
    it(`puts a ${restart} child away, without a restart and without forgetting it`, () => {
      const bench = new SupervisorBench({}, [child('a', { restart })]).start();
      bench.takeLog();

      bench.exit('a', { kind: 'quarantined', why: 'too many dead letters' });

      expect(bench.takeLog()).toEqual(['[quarantine a, 0 in window]', 'quarantine a']);
      expect(bench.state.window).toEqual([]);
    });
  }
});
