import { expect, test } from 'vitest';
import { askedDelayMs } from '../../src/runtime/retry-after.ts';

const nowMs = Date.UTC(2030, 0, 1);

test.each([
  ['a number on the error', { retryAfterMs: 250 }, 250],
  ['seconds', { responseHeaders: { 'retry-after': '3' } }, 3_000],
  ['parts of seconds', { headers: { 'Retry-After': '0.5' } }, 500],
  ['milliseconds before seconds', { headers: { 'retry-after': '3', 'retry-after-ms': '7' } }, 7],
  ['a date', { headers: { 'retry-after': 'Tue, 01 Jan 2030 00:00:09 GMT' } }, 9_000],
  ['a date that has passed', { headers: { 'retry-after': 'Tue, 01 Jan 2019 00:00:09 GMT' } }, 0],
  ['Headers of a response', { response: { headers: new Headers({ 'Retry-After': '1' }) } }, 1_000],
  ['words', { headers: { 'retry-after': 'soon' } }, undefined],
  ['nothing', { headers: { 'retry-after': '' } }, undefined],
  ['a delay below nothing', { retryAfterMs: -1 }, undefined],
  ['no headers', { headers: 7, response: 'x' }, undefined],
  ['no error at all', undefined, undefined],
])('an error asks for a delay by %s', (_, error, delayMs) => {
  expect(askedDelayMs(error, nowMs)).toBe(delayMs);
});
