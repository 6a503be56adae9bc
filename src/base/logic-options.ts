/** Schemas of what `step` and `fromAsk` take. */
import * as v from 'valibot';
import { limits } from './limits.ts';
import { checked, optionObject, type Schema } from './option-object.ts';

type AnyFunction = (...args: never[]) => unknown;

const aFunction = v.custom<AnyFunction>(
  (value) => typeof value === 'function',
  'expected a function',
);
const someMs = v.custom<number>(
  (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  'expected a number of milliseconds, more than 0',
);
const noOrSomeMs = v.custom<number>(
  (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  'expected a number of milliseconds, 0 or more',
);

interface RetryOptions {
  readonly minMs?: number;
  readonly maxMs?: number;
}

export const retrySchema: Schema<object> = checked<RetryOptions>(
  optionObject({
    attemptsMax: v.optional(
      v.custom<number>(
        (value) => Number.isSafeInteger(value) && (value as number) > 0,
        'expected a whole number, 1 or more',
      ),
    ),
    minMs: v.optional(noOrSomeMs),
    maxMs: v.optional(noOrSomeMs),
    factor: v.optional(
      v.custom<number>(
        (value) => typeof value === 'number' && Number.isFinite(value) && value >= 1,
        'expected a number, 1 or more',
      ),
    ),
    when: v.optional(aFunction),
  }),
  [
    {
      field: 'maxMs',
      holds: ({ minMs = limits.backoffMinMs, maxMs = limits.backoffMaxMs }) => maxMs >= minMs,
      why: `must be no less than minMs`,
    },
  ],
);

const stepEntries = {
  timeoutMs: v.optional(someMs),
  totalTimeoutMs: v.optional(someMs),
  retry: v.optional(retrySchema),
  onInterrupted: v.optional(
    v.custom<unknown>(
      (value) => value === 'rerun' || value === 'report' || typeof value === 'function',
      "expected 'rerun', 'report' or a function",
    ),
  ),
  resource: v.optional(
    v.custom<string>(
      (value) => typeof value === 'string' && value !== '',
      'expected the name of a resource',
    ),
  ),
};

export const stepOptionsSchema: v.GenericSchema<unknown, { readonly run: AnyFunction }> =
  optionObject({ run: aFunction, heartbeatMs: v.optional(someMs), ...stepEntries }) as never;

export const workerStepOptionsSchema: v.GenericSchema<unknown, object> = optionObject({
  module: v.custom<URL>(
    (value) => value instanceof URL && value.protocol === 'file:',
    "expected the URL of a file, such as new URL('./work.js', import.meta.url)",
  ),
  ...stepEntries,
}) as never;

export const askOptionsSchema: v.GenericSchema<unknown, { readonly timeoutMs: number }> =
  optionObject({
    timeoutMs: v.optional(noOrSomeMs, limits.askTimeoutMs),
  }) as never;
