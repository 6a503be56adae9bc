/** Schemas of what `step` and `fromAsk` take. */
import * as v from 'valibot';
import { limits } from './limits.ts';
import { optionObject } from './option-object.ts';

type AnyFunction = (...args: never[]) => unknown;

export const stepOptionsSchema: v.GenericSchema<unknown, { readonly run: AnyFunction }> =
  optionObject({
    run: v.custom<AnyFunction>((value) => typeof value === 'function', 'expected a function'),
  }) as never;

export const askOptionsSchema: v.GenericSchema<unknown, { readonly timeoutMs: number }> =
  optionObject({
    timeoutMs: v.optional(
      v.custom<number>(
        (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
        'expected a number of milliseconds, 0 or more',
      ),
      limits.askTimeoutMs,
    ),
  }) as never;
