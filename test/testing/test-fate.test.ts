import { describe, expect, test } from 'vitest';
import { noFate } from '../../src/testing/fate.ts';
import { TestFate } from '../../src/testing/test-fate.ts';

describe('the fate that a test asks for', () => {
  test('is none unless it asks', () => {
    const fate = new TestFate();
    const mortal = { number: 1, phase: 'turn' } as const;

    for (const each of [fate, noFate]) {
      expect(each.dies(mortal)).toBe(false);
      expect(each.writes(mortal, 1)).toBe('lands');
      expect(each.opens(mortal)).toBe(undefined);
      expect(each.fails('step')).toBe(undefined);
    }
  });

  test('comes in the order in which it was asked for, as often as it was', () => {
    const fate = new TestFate();
    fate.add('write', { times: 2 });
    fate.add('write', { lands: true });

    expect([fate.writes(), fate.writes(), fate.writes(), fate.writes()]).toEqual([
      'is lost',
      'is lost',
      'lands unheard',
      'lands',
    ]);
  });

  test('is of one kind of code only, with the error that was given or one that says so', () => {
    const fate = new TestFate();
    const error = new TypeError('mine');
    fate.add('step', { error });
    fate.add('open', {});

    expect(fate.fails('hook')).toBe(undefined);
    expect(fate.fails('step')).toBe(error);
    expect(fate.fails('step')).toBe(undefined);
    expect(fate.opens()?.message).toBe('this open was made to fail');
  });

  test.each([
    ['before write', 'dies before'],
    ['in write', 'dies torn'],
    ['after write', 'dies after'],
  ] as const)('of a death %s is a write that %s, before any that fails', (moment, end) => {
    const fate = new TestFate();
    fate.add('write', {});
    fate.doom(moment);

    expect([fate.writes(), fate.writes(), fate.writes()]).toEqual([end, 'is lost', 'lands']);
  });

  test('of a death can be taken back', () => {
    const fate = new TestFate();
    fate.doom('in write');
    fate.spare();

    expect(fate.writes()).toBe('lands');
  });
});
