import { describe, expect, it } from 'vitest';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const three = [child('a'), child('b'), child('c')];

describe('a supervisor that is stopped', () => {
  it('stops its children in reverse start order, one at a time, and exits as it was told', () => {
    const bench = new SupervisorBench({}, three).start();
    bench.takeLog();
    bench.held.add('b');

    bench.terminate({ kind: 'shutdown', detail: 'for the night' });
    expect(bench.takeLog()).toEqual(['stop c#1', 'stop b#1']);

    bench.release('b');
    expect(bench.takeLog()).toEqual(['stop a#1', 'exited: shutdown']);
  });

  it('tells each child how long it has', () => {
    const named = [
      child('a', { shutdownMs: 'brutal_kill' }),
      child('b', { shutdownMs: 'infinity' }),
      child('c', { shutdownMs: 7 }),
    ];
    const bench = new SupervisorBench({}, named).start();
    const told: unknown[] = [];
    bench.onStep = (commands) => {
      for (const command of commands)
        if (command.kind === 'stopChild') told.push(command.shutdownMs);
    };

    bench.terminate();

    expect(told).toEqual([7, 'infinity', 'brutal_kill']);
  });

  it('does not care how the children end, nor when', () => {
    const bench = new SupervisorBench({ intensity: 0 }, three).start();
    bench.held.add('c');
    bench.terminate().takeLog();

    bench.crash('a');
    bench.give({ kind: 'exit', child: 'c', incarnation: 1, reason: { kind: 'killed' } });

    expect(bench.takeLog()).toEqual(['stop b#1', 'exited: shutdown']);
  });

  it('does not wait for a start that is under way', () => {
    const bench = new SupervisorBench({}, three);
    bench.held.add('b');
    bench.start().takeLog();

    bench.terminate();
    expect(bench.takeLog()).toEqual(['stop b#1']);

    bench.release('b');
    expect(bench.takeLog()).toEqual(['stop a#1', 'exited: shutdown']);
  });

  it('breaks off a restart that is under way', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all' }, three).start();
    bench.held.add('c');
    bench.crash('a').takeLog();

    bench.terminate();
    expect(bench.takeLog()).toEqual([]);

    bench.release('c');
    expect(bench.takeLog()).toEqual(['stop b#1', 'exited: shutdown']);
  });

  it('breaks off what it does for a caller, who is told', () => {
    const bench = new SupervisorBench({}, three).start();
    bench.held.add('x');
    const asked = bench.request({ kind: 'startChild', spec: child('x') });
    bench.settle();

    bench.terminate().release('x');

    expect(bench.answerTo(asked)).toBe('noproc');
    expect(bench.state.phase).toBe('ended');
  });

  it('exits once, however often it is told', () => {
    const bench = new SupervisorBench({}, three).start();
    bench.held.add('c');
    bench.terminate().terminate();
    bench.release('c').terminate();

    expect(bench.takeLog().filter((line) => line.startsWith('exited'))).toEqual([
      'exited: shutdown',
    ]);
  });

  it('exits at once if it was never started', () => {
    expect(new SupervisorBench({}, three).terminate().takeLog()).toEqual(['exited: shutdown']);
  });

  it('brings back exactly what ran when its process returns', () => {
    const named = [
      child('a'),
      child('done', { restart: 'transient' }),
      child('t', { restart: 'temporary' }),
    ];
    const bench = new SupervisorBench({}, named).start().finish('done');
    bench.terminate().takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual(['resume a#2', 'resume t#2', 'up']);
  });

  it.each(['one_for_all', 'rest_for_one'] as const)(
    'brings back a group that it was about to restart when its process returns (%s)',
    (strategy) => {
      const backoff = { minMs: 50, maxMs: 50, factor: 1, jitter: 'none' } as const;
      for (const given of [{ strategy }, { strategy, backoff }]) {
        for (let messages = 0; messages < 12; messages += 1) {
          const bench = new SupervisorBench(given, three).start().nextStarts('b', 'fail');
          bench.exitLater('a', { kind: 'killed' });
          bench.settle(messages);
          if (messages > 6) bench.sleep(50);

          bench.terminate().dieAndResume().sleep(1_000).sleep(1_000);

          expect({ messages, ...bench.statuses() }).toEqual({
            messages,
            a: 'running',
            b: 'running',
            c: 'running',
          });
        }
      }
    },
  );
});
