import { describe, expect, it } from 'vitest';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const three = [child('a'), child('b'), child('c')];

describe("a supervisor's own start", () => {
  it('starts the children one after the other, in order', () => {
    const bench = new SupervisorBench({}, three);
    bench.held.add('b');

    bench.start();
    expect(bench.takeLog()).toEqual(['first a#1', 'first b#1']);

    bench.release('b');
    expect(bench.takeLog()).toEqual(['first c#1', 'up']);
  });

  it('is complete at once without children', () => {
    expect(new SupervisorBench({}, []).start().takeLog()).toEqual(['up']);
  });

  it('that fails stops what was started in reverse order, retries nothing, counts nothing', () => {
    const bench = new SupervisorBench({}, three).nextStarts('c', 'fail');

    bench.start();

    expect(bench.takeLog()).toEqual([
      'first a#1',
      'first b#1',
      'first c#1',
      'stop b#1',
      'stop a#1',
      "failed: could not start 'c': crash: c cannot start",
    ]);
    expect(bench.state.phase).toBe('new');
    expect(bench.state.window).toEqual([]);
  });

  it('nests the reason of a supervisor below it', () => {
    const bench = new SupervisorBench({}, [child('s', { type: 'supervisor' })]);
    bench.nextStarts('s', {
      kind: 'failed_to_start_child',
      child: 'w',
      reason: { kind: 'killed' },
    });

    expect(bench.start().takeLog()).toEqual([
      'first s#1',
      "failed: could not start 's': could not start 'w': killed",
    ]);
  });

  it('keeps the spec of a child that had nothing to run, unless it is temporary', () => {
    const named = [child('a'), child('t', { restart: 'temporary' })];
    const bench = new SupervisorBench({}, named)
      .nextStarts('a', 'ignored')
      .nextStarts('t', 'ignored');

    bench.start();

    expect(bench.takeLog()).toEqual(['first a#1', 'first t#1', 'forget t: ignored', 'up']);
    expect(bench.statuses()).toEqual({ a: 'undefined' });
  });

  it('goes on past a child that must not run', () => {
    const bench = new SupervisorBench({}, three).nextStarts('b', {
      kind: 'quarantined',
      why: 'unreadable',
    });

    bench.start();

    expect(bench.takeLog()).toEqual([
      'first a#1',
      'first b#1',
      '[quarantine b, 0 in window]',
      'quarantine b',
      'first c#1',
      'up',
    ]);
    expect(bench.statuses()).toEqual({ a: 'running', b: 'quarantined', c: 'running' });
  });

  it('lets exits and callers wait until it is complete', () => {
    const bench = new SupervisorBench({}, three);
    bench.held.add('c');
    bench.start();

    bench.crash('a');
    const asked = bench.request({ kind: 'whichChildren' });
    bench.settle();
    expect(bench.answerTo(asked)).toBeUndefined();
    bench.takeLog();

    bench.release('c');
    expect(bench.takeLog()).toEqual(['up', '[restart a, 1 in window]', 'restart a#2']);
    expect(bench.answerTo(asked)).toBe('c running, b running, a running');
  });

  it('treats an end before the start is complete as a failed start', () => {
    const bench = new SupervisorBench({}, [child('a')]);
    bench.held.add('a');
    bench.start();

    bench.crash('a');

    expect(bench.takeLog()).toEqual(['first a#1', "failed: could not start 'a': crash: a broke"]);
  });
});

describe('a supervisor that is started again', () => {
  it('begins with what its code names: what was deleted, ended or stopped is back', () => {
    const named = [
      child('deleted'),
      child('ended', { restart: 'temporary' }),
      child('stopped'),
      child('done', { restart: 'transient' }),
    ];
    const bench = new SupervisorBench({}, named).start().finish('ended').finish('done');
    for (const id of ['deleted', 'stopped']) {
      bench.ask({ kind: 'terminateChild', child: { id, by: 'id' } });
    }
    bench.ask({ kind: 'deleteChild', child: { id: 'deleted', by: 'id' } });
    bench.terminate().takeLog();

    bench.start();

    expect(bench.takeLog()).toEqual([
      'first deleted#1',
      'first ended#1',
      'restart stopped#2',
      'restart done#2',
      'up',
    ]);
  });

  it('forgets its dynamic children, as OTP does', () => {
    const bench = new SupervisorBench({}, [child('a')]).start();
    bench.ask({ kind: 'startChild', spec: child('x') });
    bench.terminate().takeLog();

    bench.start();

    expect(bench.takeLog()).toEqual(['forget x: supervisor_restarted', 'restart a#2', 'up']);
  });

  it('remembers them if it is told to, but not the temporary ones', () => {
    const bench = new SupervisorBench({ childrenOnRestart: 'remember' }, [child('a')]).start();
    bench.ask({ kind: 'startChild', spec: child('x') });
    bench.ask({ kind: 'startChild', spec: child('t', { restart: 'temporary' }) });
    bench.terminate().takeLog();

    bench.start();

    expect(bench.takeLog()).toEqual([
      'forget t: supervisor_restarted',
      'restart a#2',
      'restart x#2',
      'up',
    ]);
  });

  it('comes up although a remembered child cannot start, and retries it', () => {
    const bench = new SupervisorBench({ childrenOnRestart: 'remember' }, [child('a')]).start();
    bench.ask({ kind: 'startChild', spec: child('x') });
    bench.nextStarts('x', 'fail').terminate().takeLog();

    bench.start();

    expect(bench.takeLog()).toEqual([
      'restart a#2',
      'restart x#2',
      'retry x in 0',
      'up',
      '[restart x, 1 in window]',
      'restart x#3',
    ]);
  });
});
