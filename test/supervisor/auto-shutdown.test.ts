import { describe, expect, it } from 'vitest';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const transient = (id: string, significant = true) =>
  child(id, { restart: 'transient', significant });
const temporary = (id: string) => child(id, { restart: 'temporary', significant: true });

describe('autoShutdown any_significant', () => {
  const any = { autoShutdown: 'any_significant' } as const;

  it('ends the supervisor when a significant child ends and is not restarted', () => {
    const bench = new SupervisorBench(any, [transient('a'), transient('b')]).start();
    bench.takeLog();

    bench.finish('a');

    expect(bench.takeLog()).toEqual([
      '[keep a, 0 in window]',
      '[shutdown a, 0 in window]',
      'stop b#1',
      'exited: shutdown, auto_shutdown by a',
    ]);
  });

  it('does so for temporary ones whatever their reason', () => {
    const bench = new SupervisorBench(any, [temporary('a'), child('b')]).start();

    bench.crash('a');

    expect(bench.state.phase).toBe('ended');
  });

  it('leaves it running when the child is restarted instead', () => {
    const bench = new SupervisorBench(any, [transient('a')]).start();

    bench.crash('a');

    expect(bench.statuses()).toEqual({ a: 'running' });
  });

  it('does not mind the end of children that are not significant', () => {
    const bench = new SupervisorBench(any, [transient('a'), transient('b', false)]).start();

    bench.finish('b');

    expect(bench.statuses()).toEqual({ a: 'running', b: 'undefined' });
  });

  it('is not triggered by terminateChild, a group stop or a start that says ignore', () => {
    const named = [transient('a'), temporary('t'), child('p')];
    const bench = new SupervisorBench({ ...any, strategy: 'one_for_all' }, named);
    bench.start().nextStarts('a', 'ignored').crash('p');
    bench.ask({ kind: 'restartChild', child: { id: 'a', by: 'id' } });
    bench.ask({ kind: 'terminateChild', child: { id: 'a', by: 'id' } });

    expect(bench.statuses()).toEqual({ a: 'undefined', p: 'running' });
    expect(bench.state.phase).toBe('running');
  });
});

describe('autoShutdown all_significant', () => {
  const all = { autoShutdown: 'all_significant' } as const;

  it('waits for the last significant child', () => {
    const bench = new SupervisorBench(all, [transient('a'), temporary('b'), child('c')]).start();

    bench.finish('a');
    expect(bench.state.phase).toBe('running');

    bench.finish('b');
    expect(bench.state.phase).toBe('ended');
  });

  it('no longer counts one that was terminated', () => {
    const bench = new SupervisorBench(all, [transient('a'), transient('b')]).start();
    bench.ask({ kind: 'terminateChild', child: { id: 'b', by: 'id' } });

    bench.finish('a');

    expect(bench.state.phase).toBe('ended');
  });

  it('still counts one that waits for its retry', () => {
    const backoff = { minMs: 100, maxMs: 100, factor: 1, jitter: 'none' } as const;
    const bench = new SupervisorBench({ ...all, backoff }, [transient('a'), transient('b')]);
    bench.start().crash('b');

    bench.finish('a');

    expect(bench.state.phase).toBe('running');
  });
});

describe('autoShutdown never', () => {
  it('keeps the supervisor when all its children are done', () => {
    const bench = new SupervisorBench({}, [transient('a', false)]).start();

    bench.finish('a');

    expect(bench.state.phase).toBe('running');
  });
});
