import { describe, expect, it } from 'vitest';
import type { ChildSettings } from '../../src/supervisor/child-spec.ts';
import type { ChildKey, Request } from '../../src/supervisor/input.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const byId = (id: string): ChildKey => ({ id, by: 'id' });
const byHandle = (id: string): ChildKey => ({ id, by: 'handle' });
const bad = (given: object): ChildSettings => ({ ...child('x'), ...given }) as ChildSettings;

/** With `up` running, `down` known but not running. */
function desk(): SupervisorBench {
  const bench = new SupervisorBench({}, [child('up'), child('down')]).start();
  bench.ask({ kind: 'terminateChild', child: byId('down') });
  bench.takeLog();
  return bench;
}

describe('the answers of an ordinary supervisor', () => {
  const table: readonly [Request, string][] = [
    [{ kind: 'startChild', spec: child('x') }, 'running #1'],
    [{ kind: 'startChild', spec: child('up') }, 'already_started'],
    [{ kind: 'startChild', spec: child('down') }, 'already_present'],
    [{ kind: 'startChild', spec: bad({ id: '' }) }, 'missing_id'],
    [{ kind: 'startChild', spec: bad({ restart: 'sometimes' }) }, 'invalid_restart_type'],
    [{ kind: 'startChild', spec: bad({ shutdownMs: -1 }) }, 'invalid_shutdown'],
    [{ kind: 'startChild', spec: bad({ type: 'manager' }) }, 'invalid_child_type'],
    [{ kind: 'startChild', spec: bad({ significant: 'very' }) }, 'invalid_significant'],
    [{ kind: 'startChild', spec: bad({ significant: true }) }, 'bad_combination'],
    [{ kind: 'startChild', spec: bad({ id: 'up', restart: 'never' }) }, 'invalid_restart_type'],
    [{ kind: 'terminateChild', child: byId('up') }, 'done'],
    [{ kind: 'terminateChild', child: byId('down') }, 'done'],
    [{ kind: 'terminateChild', child: byId('nobody') }, 'not_found'],
    [{ kind: 'terminateChild', child: byHandle('up') }, 'not_found'],
    [{ kind: 'restartChild', child: byId('up') }, 'running'],
    [{ kind: 'restartChild', child: byId('down') }, 'running #2'],
    [{ kind: 'restartChild', child: byId('nobody') }, 'not_found'],
    [{ kind: 'deleteChild', child: byId('up') }, 'running'],
    [{ kind: 'deleteChild', child: byId('down') }, 'done'],
    [{ kind: 'deleteChild', child: byId('nobody') }, 'not_found'],
    [{ kind: 'getChildSpec', child: byId('down') }, 'spec of down'],
    [{ kind: 'getChildSpec', child: byId('nobody') }, 'not_found'],
    [{ kind: 'whichChildren' }, 'down undefined, up running'],
    [{ kind: 'countChildren' }, '2 specs, 1 active, 0 supervisors, 2 workers'],
  ];
  for (const [request, answer] of table) {
    const about =
      'spec' in request ? request.spec.id : 'child' in request ? request.child.id : 'all';
    it(`${request.kind} of '${about}': ${answer}`, () => {
      expect(desk().ask(request)).toBe(answer);
    });
  }

  it('come only while it runs', () => {
    const bench = new SupervisorBench({}, []);
    expect(bench.ask({ kind: 'whichChildren' })).toBe('noproc');

    bench.start().terminate();
    expect(bench.ask({ kind: 'whichChildren' })).toBe('noproc');
  });
});

describe('startChild', () => {
  it('puts a new child at the end of the start order', () => {
    const bench = desk();
    bench.ask({ kind: 'startChild', spec: child('x') });

    expect(bench.ask({ kind: 'whichChildren' })).toBe('x running, down undefined, up running');
    expect(bench.terminate().takeLog()).toEqual([
      'first x#1',
      'stop x#1',
      'stop up#1',
      'exited: shutdown',
    ]);
  });

  it('stores nothing when the start fails, and retries nothing', () => {
    const bench = desk().nextStarts('x', 'fail');

    expect(bench.ask({ kind: 'startChild', spec: child('x') })).toBe(
      'start failed: crash: x cannot start',
    );
    expect(bench.takeLog()).toEqual(['first x#1', 'forget x: start_failed']);
    expect(bench.ask({ kind: 'startChild', spec: child('x') })).toBe('running #1');
  });

  it('keeps the spec of a child that has nothing to run, unless it is temporary', () => {
    const bench = desk().nextStarts('x', 'ignored').nextStarts('t', 'ignored');

    expect(bench.ask({ kind: 'startChild', spec: child('x') })).toBe('ignored');
    expect(bench.ask({ kind: 'startChild', spec: child('t', { restart: 'temporary' }) })).toBe(
      'ignored',
    );
    expect(bench.ask({ kind: 'whichChildren' })).toBe('x undefined, down undefined, up running');
  });

  it('keeps a child whose stored state cannot be read, in quarantine', () => {
    const bench = desk().nextStarts('x', { kind: 'quarantined', why: 'unreadable' });

    expect(bench.ask({ kind: 'startChild', spec: child('x') })).toBe(
      'start failed: quarantined: unreadable',
    );
    expect(bench.statuses()).toEqual({ up: 'running', down: 'undefined', x: 'quarantined' });
  });
});

describe('terminateChild', () => {
  it('waits for the end, then keeps the spec; of a temporary child it keeps nothing', () => {
    const bench = desk();
    bench.ask({ kind: 'startChild', spec: child('t', { restart: 'temporary' }) });
    bench.held.add('up').add('t');
    const first = bench.request({ kind: 'terminateChild', child: byId('up') });
    const second = bench.request({ kind: 'terminateChild', child: byId('t') });
    bench.settle();
    expect(bench.answerTo(first)).toBeUndefined();

    bench.release('up', 't');

    expect([bench.answerTo(first), bench.answerTo(second)]).toEqual(['done', 'done']);
    expect(bench.statuses()).toEqual({ up: 'undefined', down: 'undefined' });
  });

  it('has the last word about a child that ended just before', () => {
    const bench = new SupervisorBench({}, [child('a'), child('b')]).start();
    bench.held.add('a');
    bench.crash('a');
    const asked = bench.request({ kind: 'terminateChild', child: byId('b') });
    bench.crash('b');

    bench.release('a');

    expect(bench.answerTo(asked)).toBe('done');
    expect(bench.statuses()).toEqual({ a: 'running', b: 'undefined' });
    expect(bench.state.window.length).toBe(1);
  });

  it('never leads to a restart, whatever the child did in its clean-up', () => {
    const bench = desk();
    bench.held.add('up');
    const asked = bench.request({ kind: 'terminateChild', child: byId('up') });
    bench.settle();
    bench.held.clear();

    bench.give({ kind: 'exit', child: 'up', incarnation: 1, reason: { kind: 'killed' } });

    expect(bench.answerTo(asked)).toBe('done');
    expect(bench.statuses()['up']).toBe('undefined');
    expect(bench.state.window).toEqual([]);
  });
});

describe('restartChild', () => {
  it('leaves a child down whose start fails, in its place, without a retry', () => {
    const bench = desk().nextStarts('down', 'fail');

    expect(bench.ask({ kind: 'restartChild', child: byId('down') })).toBe(
      'start failed: crash: down cannot start',
    );
    expect(bench.takeLog()).toEqual(['restart down#2']);
    expect(bench.ask({ kind: 'whichChildren' })).toBe('down undefined, up running');
  });
});

describe('callers', () => {
  it('are served in order, each only when the one before has its answer', () => {
    const bench = desk();
    bench.held.add('up');
    const asked = [
      bench.request({ kind: 'terminateChild', child: byId('up') }),
      bench.request({ kind: 'restartChild', child: byId('up') }),
      bench.request({ kind: 'deleteChild', child: byId('up') }),
    ];
    bench.settle();

    bench.release('up');

    expect(asked.map((id) => bench.answerTo(id))).toEqual(['done', 'running #2', 'running']);
  });

  it('learn that there will be no answer when the supervisor gives up', () => {
    const bench = new SupervisorBench({ intensity: 0 }, [child('a'), child('b')]).start();
    bench.held.add('b');
    bench.crash('a');
    const asked = bench.request({ kind: 'whichChildren' });

    bench.release('b');

    expect(bench.answerTo(asked)).toBe('noproc');
  });
});

describe('siblings that wait for the retry of a child that is terminated', () => {
  const fixed = { minMs: 500, maxMs: 500, factor: 1, jitter: 'none' } as const;
  const three = [child('a'), child('b'), child('c')];
  const terminate: Request = { kind: 'terminateChild', child: byId('b') };

  it.each(['one_for_all', 'rest_for_one'] as const)('are started at once (%s)', (strategy) => {
    const bench = new SupervisorBench({ strategy, backoff: fixed }, three).start().crash('b');

    expect(bench.ask(terminate)).toBe('done');

    expect(bench.statuses()).toEqual({ a: 'running', b: 'undefined', c: 'running' });
    bench.sleep(1_000);
    expect(bench.statuses()).toEqual({ a: 'running', b: 'undefined', c: 'running' });
  });

  it('are retried if they cannot start', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all', backoff: fixed }, three).start();
    bench.crash('b').nextStarts('a', 'fail').ask(terminate);

    bench.sleep(1_000);

    // as any restart of a group it takes those along that did not run
    expect(bench.statuses()).toEqual({ a: 'running', b: 'running', c: 'running' });
  });

  it('run in the next process too, wherever this one dies', () => {
    for (let messages = 0; messages < 6; messages += 1) {
      const bench = new SupervisorBench({ strategy: 'one_for_all', backoff: fixed }, three).start();
      bench.crash('b').request(terminate);
      bench.settle(messages);
      bench.dieAndResume().sleep(1_000);

      expect({ messages, ...bench.statuses() }).toMatchObject({
        messages,
        a: 'running',
        c: 'running',
      });
    }
  });
});
