import { describe, expect, it } from 'vitest';
import { crash } from '../../src/actors/exit-reason.ts';
import type { Request } from '../../src/supervisor/input.ts';
import type { SupervisorSettings } from '../../src/supervisor/supervisor-settings.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const three = [child('a'), child('b'), child('c')];

describe('a supervisor whose process died', () => {
  it('resumes what ran, in start order, and leaves down what was down', () => {
    const named = [child('a'), child('done', { restart: 'transient' }), child('off'), child('z')];
    const bench = new SupervisorBench({}, named).start().finish('done');
    bench.ask({ kind: 'terminateChild', child: { id: 'off', by: 'id' } });
    bench.ask({ kind: 'startChild', spec: child('x', { restart: 'temporary' }) });
    bench.takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual(['resume a#2', 'resume z#2', 'resume x#2', 'up']);
    expect(bench.ask({ kind: 'whichChildren' })).toBe(
      'x running, z running, off undefined, done undefined, a running',
    );
  });

  it('does not bring back what was deleted or ended for good', () => {
    const named = [child('a'), child('gone'), child('t', { restart: 'temporary' })];
    const bench = new SupervisorBench({}, named).start().finish('t');
    bench.ask({ kind: 'terminateChild', child: { id: 'gone', by: 'id' } });
    bench.ask({ kind: 'deleteChild', child: { id: 'gone', by: 'id' } });

    bench.dieAndResume();

    expect(bench.statuses()).toEqual({ a: 'running' });
  });

  it('keeps its window', () => {
    const bench = new SupervisorBench({ intensity: 1 }, three).start().crash('a').dieAndResume();

    bench.crash('b');

    expect(bench.state.phase).toBe('ended');
  });

  it('comes up although a child cannot start, then retries it as after a failed restart', () => {
    const bench = new SupervisorBench({}, three).start();
    bench.nextStarts('b', 'fail').takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual([
      'resume a#2',
      'resume b#2',
      'retry b in 0',
      'resume c#2',
      'up',
      '[restart b, 1 in window]',
      'restart b#3',
    ]);
  });

  it('does not start what depends on a child that cannot start before that one runs', () => {
    const bench = new SupervisorBench({ strategy: 'rest_for_one' }, three).start();
    bench.nextStarts('b', 'fail').takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual([
      'resume a#2',
      'resume b#2',
      'retry b in 0',
      'up',
      '[restart b, 1 in window]',
      'restart b#3',
      'restart c#2',
    ]);
  });

  it('gives up, once it is up, on a child that never starts', () => {
    const bench = new SupervisorBench({ intensity: 1 }, three).start();
    bench.nextStarts('a', 'fail', 'fail', 'fail').takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual([
      'resume a#2',
      'retry a in 0',
      'resume b#2',
      'resume c#2',
      'up',
      '[restart a, 1 in window]',
      'restart a#3',
      'retry a in 0',
      '[escalate a, 1 in window]',
      'stop c#2',
      'stop b#2',
      'exited: shutdown, intensity by a',
    ]);
  });

  it('forgets a temporary child that cannot be resumed', () => {
    const named = [child('a'), child('t', { restart: 'temporary' })];
    const bench = new SupervisorBench({}, named).start();
    bench.nextStarts('t', 'fail').takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual([
      'resume a#2',
      'resume t#2',
      'up',
      '[forget t, 0 in window]',
      'forget t: temporary',
    ]);
  });

  it('still decides about an exit that had been noted', () => {
    const bench = new SupervisorBench({}, three);
    bench.held.add('c');
    bench.start().crash('a').takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual([
      'resume b#2',
      'first c#2',
      'up',
      '[restart a, 1 in window]',
      'restart a#2',
    ]);
  });

  it('begins anew if it had given up, with an empty window', () => {
    const bench = new SupervisorBench({ intensity: 0 }, three).start().crash('b');
    bench.takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual(['restart a#2', 'restart b#2', 'restart c#2', 'up']);
    expect(bench.state.window).toEqual([]);
  });

  it('still gives up if it was about to', () => {
    const bench = new SupervisorBench({ intensity: 0 }, three).start();
    bench.held.add('c');
    bench.crash('b').takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual(['up', 'exited: shutdown, intensity by b']);
  });

  it('resumes a supervisor below it whose own start was under way', () => {
    const bench = new SupervisorBench({}, [child('s', { type: 'supervisor' }), child('a')]);
    bench.held.add('s');
    bench.start().takeLog();

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual(['resume s#2', 'first a#1', 'up']);
  });

  it('answers who was waiting when it comes back', () => {
    const bench = new SupervisorBench({}, three).start();
    bench.held.add('a');
    const first = bench.request({ kind: 'terminateChild', child: { id: 'a', by: 'id' } });
    const second = bench.request({ kind: 'startChild', spec: child('x') });
    bench.settle();

    bench.dieAndResume();

    expect([bench.answerTo(first), bench.answerTo(second)]).toEqual(['done', 'running #1']);
    expect(bench.statuses()).toEqual({
      a: 'undefined',
      b: 'running',
      c: 'running',
      x: 'running',
    });
  });
});

/** What happens, and what is there in the end, wherever the process died on the way. */
interface Course {
  readonly name: string;
  readonly given?: Partial<SupervisorSettings>;
  readonly exits?: readonly string[];
  readonly asks?: readonly Request[];
  readonly fails?: readonly string[];
  readonly end: Record<string, string>;
}

const named = [child('a'), child('b'), child('t', { restart: 'temporary' }), child('d')];
const all = { a: 'running', b: 'running', t: 'running', d: 'running' };
const withoutT = { a: 'running', b: 'running', d: 'running' };
const key = (id: string) => ({ id, by: 'id' }) as const;
const backoff = { minMs: 50, maxMs: 50, factor: 1, jitter: 'none' } as const;

const courses: readonly Course[] = [
  { name: 'its own start', end: all },
  { name: 'a restart', exits: ['b'], end: all },
  { name: 'a restart with a delay', given: { backoff }, exits: ['b'], end: all },
  {
    name: 'a restart of all',
    given: { strategy: 'one_for_all' },
    exits: ['b'],
    end: withoutT,
  },
  {
    name: 'a restart of all with a delay',
    given: { strategy: 'one_for_all', backoff },
    exits: ['b'],
    end: withoutT,
  },
  {
    name: 'a restart of the rest',
    given: { strategy: 'rest_for_one' },
    exits: ['b'],
    end: withoutT,
  },
  {
    name: 'a restart of the rest in which a start fails',
    given: { strategy: 'rest_for_one' },
    exits: ['a'],
    fails: ['b'],
    end: withoutT,
  },
  {
    name: 'the end of a temporary child',
    exits: ['t'],
    end: withoutT,
  },
  {
    name: 'a terminateChild',
    asks: [{ kind: 'terminateChild', child: key('b') }],
    end: { ...all, b: 'undefined' },
  },
  {
    name: 'a terminateChild of a temporary child',
    asks: [{ kind: 'terminateChild', child: key('t') }],
    end: withoutT,
  },
  {
    name: 'a startChild',
    asks: [{ kind: 'startChild', spec: child('x') }],
    end: { ...all, x: 'running' },
  },
  {
    name: 'a terminateChild and a restartChild',
    asks: [
      { kind: 'terminateChild', child: key('a') },
      { kind: 'restartChild', child: key('a') },
    ],
    end: all,
  },
  {
    name: 'a terminateChild and a deleteChild',
    asks: [
      { kind: 'terminateChild', child: key('a') },
      { kind: 'deleteChild', child: key('a') },
    ],
    end: { b: 'running', t: 'running', d: 'running' },
  },
];

function begin(course: Course): SupervisorBench {
  const bench = new SupervisorBench(course.given ?? {}, named);
  if (course.exits === undefined && course.asks === undefined) {
    bench.post({ kind: 'start', children: named });
    bench.settle(1);
    return bench;
  }
  bench.start();
  for (const id of course.fails ?? []) bench.nextStarts(id, 'fail');
  for (const id of course.exits ?? []) bench.exitLater(id, crash(new Error('broke')));
  for (const request of course.asks ?? []) bench.request(request);
  // What it was told is known to it; what follows is cut short.
  bench.settle((course.exits ?? course.asks ?? []).length);
  return bench;
}

describe('the process may die anywhere', () => {
  for (const course of courses) {
    it(`in ${course.name}`, () => {
      for (let messages = 0; messages < 30; messages += 1) {
        for (const deaths of [1, 2, 20]) {
          const bench = begin(course);
          bench.settle(messages);
          for (let death = 0; death < deaths; death += 1) {
            bench.die();
            bench.post({ kind: 'resume', children: named });
            bench.settle(1 + (death % 4));
          }
          bench.settle();
          bench.sleep(1_000);

          expect({ messages, ...bench.statuses() }).toEqual({ messages, ...course.end });
          expect(bench.state.operation).toBeUndefined();
        }
      }
    });
  }
});
