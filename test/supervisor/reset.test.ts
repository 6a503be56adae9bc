import { describe, expect, it } from 'vitest';
import type { ChildKey, Request } from '../../src/supervisor/input.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const reset = (id: string, by: ChildKey['by'] = 'id'): Request => ({
  kind: 'resetChild',
  child: { id, by },
});
const two = [child('a'), child('b')];
const poolOf = { strategy: 'simple_one_for_one', templates: [child('template')] } as const;

describe('a child that is reset', () => {
  it('is stopped and begins anew, alone, and nothing is counted', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all', intensity: 0 }, two).start();
    bench.takeLog();

    expect(bench.ask(reset('a'))).toBe('running #2');

    expect(bench.takeLog()).toEqual(['stop a#1', 'reset a#2']);
    expect(bench.statuses()).toEqual({ a: 'running', b: 'running' });
  });

  it.each([
    [
      'does not run',
      (bench: SupervisorBench) =>
        bench.ask({ kind: 'terminateChild', child: { id: 'a', by: 'id' } }),
    ],
    ['waits for its restart', (bench: SupervisorBench) => bench.crash('a')],
  ])('is started if it %s', (_, bring) => {
    const backoff = { minMs: 500, maxMs: 500, factor: 1, jitter: 'none' } as const;
    const bench = new SupervisorBench({ backoff }, two).start();
    bring(bench);
    bench.takeLog();

    expect(bench.ask(reset('a'))).toBe('running #2');
    bench.sleep(1_000);

    expect(bench.takeLog()).toEqual(['reset a#2']);
  });

  it('in quarantine is out of it, with an empty window', () => {
    const fleet = { intensity: 1, intensityScope: 'child', onExceeded: 'quarantine' } as const;
    const bench = new SupervisorBench(fleet, two).start().crash('a').crash('a');

    expect(bench.ask(reset('a'))).toBe('running #3');

    bench.crash('a');
    expect(bench.statuses()).toEqual({ a: 'running', b: 'running' });
  });

  it('stays known if it is temporary or an instance of a pool', () => {
    const brief = new SupervisorBench({}, [child('a', { restart: 'temporary' })]).start();
    expect(brief.ask(reset('a'))).toBe('running #2');
    const pool = new SupervisorBench(poolOf, []).start();
    pool.ask({ kind: 'startChild', spec: child('x', { template: 'template' }) });
    expect(pool.ask(reset('x', 'handle'))).toBe('running #2');
    expect([brief.statuses(), pool.statuses()]).toEqual([{ a: 'running' }, { x: 'running' }]);
  });

  it('is refused where there is none', () => {
    const bench = new SupervisorBench({}, two).start();
    expect([bench.ask(reset('x')), bench.ask(reset('a', 'handle'))]).toEqual([
      'not_found',
      'not_found',
    ]);
  });

  it('that does not start stays down, and is not reset once more when it is restarted', () => {
    const bench = new SupervisorBench({}, two).start().nextStarts('a', 'fail');

    expect(bench.ask(reset('a'))).toContain('start failed');
    expect(bench.statuses()['a']).toBe('undefined');

    bench.takeLog();
    bench.ask({ kind: 'restartChild', child: { id: 'a', by: 'id' } });
    expect(bench.takeLog()).toEqual(['restart a#3']);
  });

  it('that does not start is quarantined in a pool, where nobody could restart it', () => {
    const pool = new SupervisorBench(poolOf, []).start();
    pool.ask({ kind: 'startChild', spec: child('x', { template: 'template' }) });
    pool.nextStarts('x', 'fail');

    expect(pool.ask(reset('x', 'handle'))).toContain('start failed');

    expect(pool.statuses()).toEqual({ x: 'quarantined' });
    expect(pool.ask(reset('x', 'handle'))).toBe('running #3');
  });

  it('is reset once, also if the process dies in the middle', () => {
    const bench = new SupervisorBench({}, two).start();
    bench.held.add('a');
    bench.ask(reset('a'));
    bench.takeLog();

    bench.dieAndResume();
    expect(bench.takeLog()).toEqual(['reset a#2', 'resume b#2', 'up']);

    bench.dieAndResume();
    expect(bench.takeLog()).toEqual(['resume a#3', 'resume b#3', 'up']);
  });

  it('whose start was told when the process died is not reset again', () => {
    const bench = new SupervisorBench({}, two).start();
    bench.held.add('a');
    bench.ask(reset('a'));
    bench.letThrough('a');
    bench.takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual(['restart a#3', 'resume b#2', 'up']);
  });

  it('is begun anew when its supervisor starts again, should that end meanwhile', () => {
    const bench = new SupervisorBench({}, two).start();
    bench.held.add('a');
    const asked = bench.request(reset('a'));
    bench.settle();
    bench.terminate().release('a');
    expect(bench.answerTo(asked)).toBe('noproc');
    bench.takeLog();

    bench.start();

    expect(bench.takeLog()).toEqual(['reset a#2', 'restart b#2', 'up']);
  });
});

describe('siblings that wait for the retry of a child that is reset', () => {
  const backoff = { minMs: 500, maxMs: 500, factor: 1, jitter: 'none' } as const;
  const three = [child('a'), child('b'), child('c')];
  const waitFor = (id: string, strategy: 'one_for_all' | 'rest_for_one'): SupervisorBench => {
    const bench = new SupervisorBench({ strategy, backoff }, three).start().crash(id);
    bench.takeLog();
    return bench;
  };
  const allRun = { a: 'running', b: 'running', c: 'running' };

  it('are started after it, in start order, and that retry does nothing more', () => {
    const bench = waitFor('b', 'one_for_all');

    expect(bench.ask(reset('b'))).toBe('running #2');
    bench.sleep(1_000);

    expect(bench.takeLog()).toEqual(['reset b#2', 'restart a#2', 'restart c#2']);
    expect(bench.statuses()).toEqual(allRun);
  });

  it('come with it also if it has nothing to run', () => {
    const bench = waitFor('b', 'rest_for_one').nextStarts('b', 'ignored');

    bench.ask(reset('b'));

    expect(bench.statuses()).toEqual({ a: 'running', b: 'undefined', c: 'running' });
  });

  it('stay down if it cannot start, as if its retry was withdrawn', () => {
    const bench = waitFor('b', 'one_for_all').nextStarts('b', 'fail');

    expect(bench.ask(reset('b'))).toContain('start failed');
    expect(bench.statuses()).toEqual({ a: 'undefined', b: 'undefined', c: 'undefined' });

    bench.dieAndResume();
    expect(bench.statuses()).toEqual({ a: 'undefined', b: 'undefined', c: 'undefined' });
  });

  it('are retried if they cannot start', () => {
    const bench = waitFor('a', 'rest_for_one').nextStarts('b', 'fail');

    expect(bench.ask(reset('a'))).toBe('running #2');
    expect(bench.statuses()).toEqual({ a: 'running', b: 'restarting', c: 'undefined' });

    bench.sleep(1_000);
    expect(bench.statuses()).toEqual(allRun);
  });

  it.each(['one_for_all', 'rest_for_one'] as const)(
    'run in the next process too, wherever this one dies or is stopped (%s)',
    (strategy) => {
      for (const isStopped of [false, true]) {
        for (let messages = 1; messages < 8; messages += 1) {
          const bench = waitFor('a', strategy);
          bench.request(reset('a'));
          bench.settle(messages);
          if (isStopped) bench.terminate();
          bench.dieAndResume().sleep(1_000);

          expect({ isStopped, messages, ...bench.statuses() }).toEqual({
            isStopped,
            messages,
            ...allRun,
          });
        }
      }
    },
  );
});
