import { describe as group, expect, it } from 'vitest';
import {
  crash,
  describe,
  errorRecord,
  exitReasonOf,
  isNormal,
  killed,
  normal,
  shutdown,
  type ExitReason,
} from '../../src/actors/exit-reason.ts';

const table: readonly [ExitReason, boolean, string][] = [
  [normal, true, 'normal'],
  [shutdown, true, 'shutdown'],
  [{ kind: 'shutdown', detail: 'told so' }, true, 'shutdown: told so'],
  [{ kind: 'shutdown', detail: { code: 1 } }, true, 'shutdown'],
  [killed, false, 'killed'],
  [crash(new Error('broke')), false, 'crash: broke'],
  [{ kind: 'quarantined', why: 'unreadable' }, false, 'quarantined: unreadable'],
];

group('isNormal', () => {
  for (const [reason, isInOrder, words] of table) {
    it(`calls ${words} ${isInOrder ? 'normal' : 'abnormal'}, as OTP does`, () => {
      expect(isNormal(reason)).toBe(isInOrder);
    });
  }
});

group('describe', () => {
  for (const [reason, , words] of table) {
    it(`says '${words}'`, () => {
      expect(describe(reason)).toBe(words);
    });
  }
});

group('exitReasonOf', () => {
  it('reads what an actor said', () => {
    expect(exitReasonOf({ reason: 'normal', detail: undefined })).toEqual({ kind: 'normal' });
    expect(exitReasonOf({ reason: 'shutdown', detail: undefined })).toEqual({ kind: 'shutdown' });
    expect(exitReasonOf({ reason: 'shutdown', detail: 7 })).toEqual({
      kind: 'shutdown',
      detail: 7,
    });
  });
});

group('errorRecord', () => {
  it('keeps name, message, stack and code of an error', () => {
    const error = Object.assign(new TypeError('no such thing'), { code: 'ENOENT' });

    expect(errorRecord(error)).toEqual({
      name: 'TypeError',
      message: 'no such thing',
      stack: error.stack,
      code: 'ENOENT',
    });
  });

  it('takes anything that can be thrown', () => {
    const hostile = {
      toString(): string {
        throw new Error('not even that');
      },
    };

    expect(errorRecord('plain')).toEqual({ name: 'Error', message: 'plain' });
    expect(errorRecord(undefined)).toEqual({ name: 'Error', message: 'undefined' });
    expect(errorRecord(hostile).message).toBe('something was thrown that cannot be shown');
  });
});
