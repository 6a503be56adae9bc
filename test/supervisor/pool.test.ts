import { describe, expect, it } from 'vitest';
import type { ChildSettings } from '../../src/supervisor/child-spec.ts';
import type { ChildKey, Request } from '../../src/supervisor/input.ts';
import type { SupervisorSettings } from '../../src/supervisor/supervisor-settings.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const byId = (id: string): ChildKey => ({ id, by: 'id' });
const byHandle = (id: string): ChildKey => ({ id, by: 'handle' });

/** A pool with running instances of these labels. */
function pool(
  labels: readonly string[],
  given: Partial<SupervisorSettings> = {},
  made: Partial<ChildSettings> = {},
): SupervisorBench {
  const template = child('template', made);
  const bench = new SupervisorBench(
    { strategy: 'simple_one_for_one', templates: [template], ...given },
    [],
  );
  bench.start();
  for (const id of labels)
    bench.ask({ kind: 'startChild', spec: { ...template, id, template: template.id } });
  bench.takeLog();
  return bench;
}

describe('the answers of a pool', () => {
  const table: readonly [Request, string][] = [
    [{ kind: 'startChild', spec: child('3') }, 'running #1'],
    [{ kind: 'startChild', spec: child('1') }, 'already_started'],
    [{ kind: 'startChild', spec: child('3', { significant: true }) }, 'bad_combination'],
    [{ kind: 'terminateChild', child: byHandle('1') }, 'done'],
    [{ kind: 'terminateChild', child: byHandle('9') }, 'not_found'],
    [{ kind: 'terminateChild', child: byId('1') }, 'simple_one_for_one'],
    [{ kind: 'restartChild', child: byId('1') }, 'simple_one_for_one'],
    [{ kind: 'restartChild', child: byHandle('1') }, 'simple_one_for_one'],
    [{ kind: 'deleteChild', child: byId('1') }, 'simple_one_for_one'],
    [{ kind: 'deleteChild', child: byHandle('9') }, 'simple_one_for_one'],
    [{ kind: 'getChildSpec', child: byId('template') }, 'spec of template'],
    [{ kind: 'getChildSpec', child: byHandle('1') }, 'spec of 1'],
    [{ kind: 'getChildSpec', child: byId('1') }, 'not_found'],
    [{ kind: 'whichChildren' }, '2 running, 1 running'],
    [{ kind: 'countChildren' }, '1 specs, 2 active, 0 supervisors, 2 workers'],
  ];
  for (const [request, answer] of table) {
    const about =
      'spec' in request
        ? request.spec.id
        : 'child' in request
          ? `${request.child.id} by ${request.child.by}`
          : 'all';
    it(`${request.kind} of ${about}: ${answer}`, () => {
      expect(pool(['1', '2']).ask(request)).toBe(answer);
    });
  }
});

describe('an instance of a pool', () => {
  it('is restarted alone', () => {
    const bench = pool(['1', '2']);

    bench.crash('1');

    expect(bench.takeLog()).toEqual(['[restart 1, 1 in window]', 'restart 1#2']);
  });

  it('shares the window with the others', () => {
    const bench = pool(['1', '2'], { intensity: 1 });

    bench.crash('1').crash('2');

    expect(bench.state.phase).toBe('ended');
  });

  it('disappears when it ends and is not restarted', () => {
    const bench = pool(['1', '2'], {}, { restart: 'transient' });

    bench.finish('1');

    expect(bench.takeLog()).toEqual(['[keep 1, 0 in window]', 'forget 1: finished']);
    expect(bench.statuses()).toEqual({ 2: 'running' });
  });

  it('disappears when it is terminated, also while it waits for a retry', () => {
    const backoff = { minMs: 100, maxMs: 100, factor: 1, jitter: 'none' } as const;
    const bench = pool(['1', '2'], { backoff });
    bench.crash('2').takeLog();

    expect(bench.ask({ kind: 'countChildren' })).toBe(
      '1 specs, 1 active, 0 supervisors, 2 workers',
    );
    bench.ask({ kind: 'terminateChild', child: byHandle('1') });
    bench.ask({ kind: 'terminateChild', child: byHandle('2') });

    expect(bench.takeLog()).toEqual(['stop 1#1', 'forget 1: terminated', 'forget 2: terminated']);
  });

  it('is not stored when its first start fails or has nothing to run', () => {
    const bench = pool([]).nextStarts('1', 'fail').nextStarts('2', 'ignored');

    expect(bench.ask({ kind: 'startChild', spec: child('1') })).toBe(
      'start failed: crash: 1 cannot start',
    );
    expect(bench.ask({ kind: 'startChild', spec: child('2') })).toBe('ignored');
    expect(bench.statuses()).toEqual({});
  });

  it('is dropped when its restart has nothing to run', () => {
    const bench = pool(['1']).nextStarts('1', 'ignored');

    bench.crash('1');

    expect(bench.takeLog().at(-1)).toBe('forget 1: ignored');
  });

  it('is retried when its restart fails', () => {
    const bench = pool(['1']).nextStarts('1', 'fail');

    bench.crash('1');

    expect(bench.statuses()).toEqual({ 1: 'running' });
    expect(bench.state.window.length).toBe(2);
  });
});

describe('the end of a pool', () => {
  it('stops all instances at once and waits for the last', () => {
    const bench = pool(['1', '2', '3']);
    bench.held.add('2');

    bench.terminate();
    expect(bench.takeLog()).toEqual(['stop 3#1', 'stop 2#1', 'stop 1#1']);

    bench.release('2');
    expect(bench.takeLog()).toEqual(['exited: shutdown']);
  });

  it('is the end of its instances: after a restart it has none, as in OTP', () => {
    const bench = pool(['1', '2']);
    bench.terminate().takeLog();

    bench.start();

    expect(bench.takeLog()).toEqual([
      'forget 1: supervisor_restarted',
      'forget 2: supervisor_restarted',
      'up',
    ]);
  });

  it('is survived by its instances if it is told to remember them', () => {
    const bench = pool(['1', '2'], { childrenOnRestart: 'remember' });
    bench.terminate().takeLog();

    bench.start();

    expect(bench.takeLog()).toEqual(['restart 1#2', 'restart 2#2', 'up']);
  });
});

describe('a pool after the death of the process', () => {
  it('resumes all instances at once, with the settings of today', () => {
    const bench = pool(['1', '2', '3']);
    bench.held.add('1');

    bench.dieAndResume();

    expect(bench.takeLog()).toEqual(['resume 1#2', 'resume 2#2', 'resume 3#2', 'up']);
    expect(bench.state.children.get('2')?.spec).toEqual({
      ...bench.settings.templates[0],
      id: '2',
      template: 'template',
    });
  });
});

describe('a pool of many', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `i${index}`);

  it('handles each exit at a cost that does not grow with the number of instances', () => {
    const intensity = 1_000_000;
    const bench = pool(many, { intensity }, { restart: 'transient' });

    for (const id of many) bench.finish(id);

    expect(bench.statuses()).toEqual({});
  }, 20_000);
});
