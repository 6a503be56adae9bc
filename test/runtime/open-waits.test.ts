/** Who waits outside is found by what is waited for, and forgotten when the wait is over. */
import { describe, expect, test } from 'vitest';
import { AppliedWaits } from '../../src/runtime/applied-waits.ts';
import { OpenQuestions } from '../../src/runtime/open-questions.ts';

function caller(address: string) {
  return { address, type: 'q', resolve: () => undefined, reject: () => undefined };
}

describe('open questions', () => {
  test('are taken by their id, or by whom they were put to, once', () => {
    const questions = new OpenQuestions();
    const [a, again, other, b] = [caller('/a'), caller('/a'), caller('/a'), caller('/b')];
    questions.add('1', a);
    questions.add('1', again);
    questions.add('2', other);
    questions.add('3', b);

    expect(questions.take('1')).toEqual([a, again]);
    expect(questions.take('1')).toEqual([]);
    expect(questions.takeFrom('/a')).toEqual([other]);
    expect(questions.takeFrom('/a')).toEqual([]);
    expect(questions.takeAll()).toEqual([b]);
    expect(questions.takeAll()).toEqual([]);
  });

  test('that were left are not taken, and leaving twice takes nobody else away', () => {
    const questions = new OpenQuestions();
    const [a, b] = [caller('/a'), caller('/a')];
    const leave = questions.add('1', a);
    questions.add('1', b);
    leave();
    leave();

    expect(questions.takeFrom('/a')).toEqual([b]);
    expect(questions.take('1')).toEqual([]);
  });
});

describe('waits for the handling of a message', () => {
  const settler = () => ({ landed: () => undefined, failed: () => undefined });

  test('are taken by place, or all of one actor, once', () => {
    const waits = new AppliedWaits();
    const [a, b, c, d] = [settler(), settler(), settler(), settler()];
    waits.add(1, 5, a);
    waits.add(1, 5, b);
    waits.add(1, 6, c);
    waits.add(11, 5, d);

    expect(waits.take(1, 5)).toEqual([a, b]);
    expect(waits.take(1, 5)).toEqual([]);
    expect(waits.takeAllOf(1)).toEqual([c]);
    expect(waits.isEmpty).toBe(false);
    expect(waits.takeAll()).toEqual([d]);
    expect(waits.isEmpty).toBe(true);
  });

  test('that were left are not taken, nor when they come back from a batch that failed', () => {
    const waits = new AppliedWaits();
    const [a, b, c] = [settler(), settler(), settler()];
    const [leave, leaveAlone] = [waits.add(1, 5, a), waits.add(1, 6, c)];
    waits.add(1, 5, b);
    leave();
    leaveAlone();
    leave();

    expect(waits.take(1, 5)).toEqual([b]);
    waits.add(1, 5, a);
    expect(waits.isEmpty).toBe(true);
  });
});
