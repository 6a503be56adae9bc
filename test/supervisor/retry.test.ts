import { describe, expect, it } from 'vitest';
import type { Request } from '../../src/supervisor/input.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const three = [child('a'), child('b'), child('c')];
const byId = (id: string): { id: string; by: 'id' } => ({ id, by: 'id' });

describe('a start that fails during a restart', () => {
  it('is retried without delay, each retry a decision that counts', () => {
    const bench = new SupervisorBench({}, three).start().nextStarts('a', 'fail', 'fail');
    bench.takeLog();

    bench.crash('a');

    expect(bench.takeLog()).toEqual([
      '[restart a, 1 in window]',
      'restart a#2',
      'retry a in 0',
      '[restart a, 2 in window]',
      'restart a#3',
      'retry a in 0',
      '[restart a, 3 in window]',
      'restart a#4',
    ]);
  });

  it('burns through the intensity and escalates', () => {
    const bench = new SupervisorBench({ intensity: 1 }, three).start();
    bench.nextStarts('b', 'fail', 'fail').takeLog();

    bench.crash('b');

    expect(bench.takeLog()).toEqual([
      '[restart b, 1 in window]',
      'restart b#2',
      'retry b in 0',
      '[escalate b, 1 in window]',
      'stop c#1',
      'stop a#1',
      'exited: shutdown, intensity by b',
    ]);
  });

  it('one_for_all: what was started again is stopped, and all begin anew', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all' }, three).start();
    bench.nextStarts('b', 'fail').takeLog();

    bench.crash('c');

    expect(bench.takeLog()).toEqual([
      '[restart c, 1 in window]',
      'stop b#1',
      'stop a#1',
      'restart a#2',
      'restart b#2',
      'retry b in 0',
      '[restart b, 2 in window]',
      'stop a#2',
      'restart a#3',
      'restart b#3',
      'restart c#2',
    ]);
  });

  it('rest_for_one: the retry begins at the one that failed, not at the one that had ended', () => {
    const bench = new SupervisorBench({ strategy: 'rest_for_one' }, three).start();
    bench.nextStarts('b', 'fail').takeLog();

    bench.crash('a');

    expect(bench.takeLog()).toEqual([
      '[restart a, 1 in window]',
      'stop c#1',
      'stop b#1',
      'restart a#2',
      'restart b#2',
      'retry b in 0',
      '[restart b, 2 in window]',
      'restart b#3',
      'restart c#2',
    ]);
  });

  it('that says there is nothing to run is a success', () => {
    const named = [child('a'), child('b', { restart: 'transient' })];
    const bench = new SupervisorBench({ strategy: 'one_for_all' }, named).start();
    bench.nextStarts('b', 'ignored').takeLog();

    bench.crash('a');

    expect(bench.takeLog()).toEqual([
      '[restart a, 1 in window]',
      'stop b#1',
      'restart a#2',
      'restart b#2',
    ]);
    expect(bench.statuses()).toEqual({ a: 'running', b: 'undefined' });
  });
});

describe('between the attempts', () => {
  const table: readonly [Request, string][] = [
    [{ kind: 'whichChildren' }, 'c running, b restarting, a running'],
    [{ kind: 'countChildren' }, '3 specs, 2 active, 0 supervisors, 3 workers'],
    [{ kind: 'startChild', spec: child('b') }, 'already_present'],
    [{ kind: 'restartChild', child: byId('b') }, 'restarting'],
    [{ kind: 'deleteChild', child: byId('b') }, 'restarting'],
    [{ kind: 'terminateChild', child: byId('b') }, 'done'],
    [{ kind: 'getChildSpec', child: byId('b') }, 'spec of b'],
  ];
  for (const [request, answer] of table) {
    it(`${request.kind} is answered: ${answer}`, () => {
      const bench = new SupervisorBench({}, three).start().nextStarts('b', 'fail');
      bench.held.add('b');
      bench.crash('b');
      const asked = bench.request(request);
      bench.settle();
      expect(bench.answerTo(asked)).toBeUndefined();

      bench.release('b');

      expect(bench.answerTo(asked)).toBe(answer);
    });
  }

  it('terminateChild calls the retry off, and the rest of the group stays as it is', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all' }, three).start();
    bench.nextStarts('b', 'fail').held.add('b');
    bench.crash('a').letThrough('b');
    const asked = bench.request({ kind: 'terminateChild', child: byId('b') });
    bench.settle();

    bench.release('b');

    expect(bench.answerTo(asked)).toBe('done');
    expect(bench.statuses()).toEqual({ a: 'running', b: 'undefined', c: 'undefined' });
  });

  it('a stop of the supervisor gets through', () => {
    const bench = new SupervisorBench({ intensity: 1_000_000 }, three).start();
    bench.nextStarts('b', ...Array.from({ length: 100 }, () => 'fail' as const));
    bench.held.add('b');
    bench.crash('b');
    bench.post({ kind: 'terminate', reason: { kind: 'shutdown' } });

    bench.release('b');

    expect(bench.state.phase).toBe('ended');
  });
});
