import { describe, expect, it } from 'vitest';
import { crash, killed, normal, shutdown, type ExitReason } from '../../src/actors/exit-reason.ts';
import type { RestartType } from '../../src/supervisor/child-spec.ts';
import { afterExit, type AfterExit } from '../../src/supervisor/restart-type.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

const inOrder: readonly ExitReason[] = [normal, shutdown, { kind: 'shutdown', detail: 'term' }];
const abnormal: readonly ExitReason[] = [crash(new Error('broke')), killed];

const table: readonly [RestartType, readonly ExitReason[], AfterExit][] = [
  ['permanent', inOrder, 'restart'],
  ['permanent', abnormal, 'restart'],
  ['transient', inOrder, 'keep'],
  ['transient', abnormal, 'restart'],
  ['temporary', inOrder, 'forget'],
  ['temporary', abnormal, 'forget'],
];

const consequence: Record<AfterExit, readonly string[]> = {
  restart: ['[restart a, 1 in window]', 'restart a#2'],
  keep: ['[keep a, 0 in window]'],
  forget: ['[forget a, 0 in window]', 'forget a: temporary'],
};

describe('afterExit', () => {
  for (const [restart, reasons, after] of table) {
    for (const reason of reasons) {
      const detail = 'detail' in reason ? ' with a detail' : '';
      it(`a ${restart} child that ended with ${reason.kind}${detail}: ${after}`, () => {
        expect(afterExit(restart, reason)).toBe(after);
      });
    }
  }
});

describe('an exit', () => {
  for (const strategy of ['one_for_one', 'one_for_all', 'rest_for_one'] as const) {
    for (const [restart, reasons, after] of table) {
      if (strategy !== 'one_for_one' && after === 'restart') continue;
      for (const reason of reasons) {
        it(`${strategy}: of a ${restart} child with ${reason.kind} leads to ${after}`, () => {
          const bench = new SupervisorBench({ strategy }, [child('a', { restart }), child('b')]);
          bench.start().takeLog();

          bench.exit('a', reason);

          expect(bench.takeLog()).toEqual(consequence[after]);
          expect(bench.alive.get('b')).toBe(1);
        });
      }
    }
  }

  it('of a child that is not known, or of an earlier incarnation, is ignored', () => {
    const bench = new SupervisorBench({}, [child('a')]);
    bench.start().crash('a').takeLog();

    bench.give({ kind: 'exit', child: 'a', incarnation: 1, reason: killed });
    bench.give({ kind: 'exit', child: 'stranger', incarnation: 1, reason: killed });

    expect(bench.takeLog()).toEqual([]);
    expect(bench.statuses()).toEqual({ a: 'running' });
  });
});
