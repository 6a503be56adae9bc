import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupOf } from '../../src/supervisor/strategy.ts';
import type { Strategy } from '../../src/supervisor/supervisor-settings.ts';
import { property } from '../support/property.ts';
import { child, SupervisorBench } from '../support/supervisor-bench.ts';

describe('groupOf', () => {
  const table: readonly [Strategy, string, readonly string[]][] = [
    ['one_for_one', 'b', ['b']],
    ['simple_one_for_one', 'b', ['b']],
    ['one_for_all', 'b', ['a', 'b', 'c']],
    ['rest_for_one', 'a', ['a', 'b', 'c']],
    ['rest_for_one', 'b', ['b', 'c']],
    ['rest_for_one', 'c', ['c']],
  ];
  for (const [strategy, trigger, group] of table) {
    it(`${strategy} of ${trigger} in a, b, c: ${group.join(', ')}`, () => {
      expect(groupOf(strategy, ['a', 'b', 'c'], trigger)).toEqual(group);
    });
  }
});

describe('a group restart', () => {
  const three = [child('a'), child('b'), child('c')];

  it('one_for_all: stops the others in reverse start order, then starts all in start order', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all' }, three);
    bench.start().takeLog();

    bench.crash('b');

    expect(bench.takeLog()).toEqual([
      '[restart b, 1 in window]',
      'stop c#1',
      'stop a#1',
      'restart a#2',
      'restart b#2',
      'restart c#2',
    ]);
  });

  it('rest_for_one: leaves those before it alone', () => {
    const bench = new SupervisorBench({ strategy: 'rest_for_one' }, three);
    bench.start().takeLog();

    bench.crash('b');

    expect(bench.takeLog()).toEqual([
      '[restart b, 1 in window]',
      'stop c#1',
      'restart b#2',
      'restart c#2',
    ]);
  });

  it('takes temporary siblings down for good', () => {
    const named = [child('a'), child('t', { restart: 'temporary' })];
    const bench = new SupervisorBench({ strategy: 'one_for_all' }, named);
    bench.start().takeLog();

    bench.crash('a');

    expect(bench.takeLog()).toEqual([
      '[restart a, 1 in window]',
      'stop t#1',
      'forget t: temporary',
      'restart a#2',
    ]);
  });

  it('revives what did not run: finished, terminated, ignored', () => {
    const named = [
      child('a'),
      child('finished', { restart: 'transient' }),
      child('terminated'),
      child('ignored'),
    ];
    const bench = new SupervisorBench({ strategy: 'one_for_all' }, named);
    bench.nextStarts('ignored', 'ignored').start().finish('finished');
    bench.ask({ kind: 'terminateChild', child: { id: 'terminated', by: 'id' } });
    bench.takeLog();

    bench.crash('a');

    expect(bench.takeLog()).toEqual([
      '[restart a, 1 in window]',
      'restart a#2',
      'restart finished#2',
      'restart terminated#2',
      'first ignored#2',
    ]);
  });

  it('waits for each stop before the next', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all' }, three);
    bench.start().takeLog();
    bench.held.add('c');

    bench.crash('a');
    expect(bench.takeLog()).toEqual(['[restart a, 1 in window]', 'stop c#1']);

    bench.release('c');
    expect(bench.takeLog()).toEqual(['stop b#1', 'restart a#2', 'restart b#2', 'restart c#2']);
  });

  it('does not hear twice of a sibling that ended before it could be stopped', () => {
    const bench = new SupervisorBench({ strategy: 'one_for_all', intensity: 1 }, three).start();
    bench.held.add('c');
    bench.crash('a');

    bench.crash('b').release('c');

    expect(bench.statuses()).toEqual({ a: 'running', b: 'running', c: 'running' });
    expect(bench.state.window.length).toBe(1);
  });

  it('hears later of a child that ended while another was starting', () => {
    const bench = new SupervisorBench({ strategy: 'rest_for_one' }, three).start();
    bench.held.add('c');
    bench.crash('c').takeLog();

    bench.crash('a');
    expect(bench.takeLog()).toEqual([]);

    bench.release('c');
    expect(bench.takeLog()).toEqual([
      '[restart a, 2 in window]',
      'stop c#2',
      'stop b#1',
      'restart a#2',
      'restart b#2',
      'restart c#3',
    ]);
  });

  property(
    'stops in the reverse of the start order and starts in it, whoever crashed',
    [fc.constantFrom('one_for_all', 'rest_for_one'), fc.integer({ min: 1, max: 8 }), fc.nat(7)],
    (strategy, size, at) => {
      const names = Array.from({ length: size }, (_, index) => `w${index}`);
      const trigger = names[at % size] ?? '';
      const bench = new SupervisorBench(
        { strategy },
        names.map((name) => child(name)),
      );
      bench.start().takeLog();

      bench.crash(trigger);

      const group = groupOf(strategy, names, trigger);
      const stopped = group.filter((name) => name !== trigger).toReversed();
      expect(bench.takeLog().slice(1)).toEqual([
        ...stopped.map((name) => `stop ${name}#1`),
        ...group.map((name) => `restart ${name}#2`),
      ]);
    },
  );
});
