import { describe, expect, it } from 'vitest';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

describe('code that changed while the process was down', () => {
  it('decides about settings, order and new children', () => {
    const bench = new SupervisorBench({}, [child('a'), child('b')]).start();
    bench.takeLog();

    bench.dieAndResume([child('new'), child('b', { shutdownMs: 7 }), child('a')]);

    expect(bench.takeLog()).toEqual(['first new#1', 'resume b#2', 'resume a#2', 'up']);
    expect(bench.state.children.get('b')?.spec.shutdownMs).toBe(7);
    expect(bench.ask({ kind: 'whichChildren' })).toBe('a running, b running, new running');
  });

  it('that no longer names a child makes it an orphan: kept, not started, not shown', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all' }, [child('a'), child('b')]);
    bench.start().dieAndResume([child('a')]);
    expect([...bench.state.orphans.keys()]).toEqual(['b']);

    bench.crash('a');

    expect(bench.statuses()).toEqual({ a: 'running' });
    expect(bench.ask({ kind: 'startChild', spec: child('b') })).toBe('already_present');
  });

  it('that names the child again brings it back as it was', () => {
    const bench = new SupervisorBench({}, [child('a'), child('b')]).start();
    bench
      .dieAndResume([child('a')])
      .dieAndResume([child('a')])
      .takeLog();

    bench.dieAndResume([child('a'), child('b')]);

    expect(bench.takeLog()).toEqual(['resume a#4', 'resume b#2', 'up']);
    expect(bench.state.orphans.size).toBe(0);
  });

  it('keeps dynamic children after the static ones, with the settings they were given', () => {
    const bench = new SupervisorBench({}, [child('a')]).start();
    bench.ask({ kind: 'startChild', spec: child('x', { shutdownMs: 7 }) });
    bench.takeLog();

    bench.dieAndResume([child('a'), child('new')]);

    expect(bench.takeLog()).toEqual(['resume a#2', 'first new#1', 'resume x#2', 'up']);
    expect(bench.state.children.get('x')?.spec.shutdownMs).toBe(7);
  });

  it('may take over the id of a dynamic child', () => {
    const bench = new SupervisorBench({}, [child('a')]).start();
    bench.ask({ kind: 'startChild', spec: child('x') });

    bench.dieAndResume([child('a'), child('x', { shutdownMs: 9 })]);

    expect(bench.state.children.get('x')).toMatchObject({ dynamic: false, status: 'running' });
  });

  it('does not take over the id of one that was deleted and given to a dynamic child', () => {
    const bench = new SupervisorBench({}, [child('a')]).start();
    bench.ask({ kind: 'terminateChild', child: { id: 'a', by: 'id' } });
    bench.ask({ kind: 'deleteChild', child: { id: 'a', by: 'id' } });
    bench.ask({ kind: 'startChild', spec: child('a', { shutdownMs: 3 }) });

    bench.dieAndResume();

    expect(bench.state.children.get('a')).toMatchObject({ dynamic: true, status: 'running' });
  });
});
