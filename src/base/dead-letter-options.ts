/** Schema of what `deadLetters.list` takes. */
import * as v from 'valibot';
import { optionObject } from './option-object.ts';

interface DeadLetterFields {
  readonly address?: string | undefined;
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
}

const count = v.pipe(
  v.number('expected a whole number'),
  v.integer('expected a whole number'),
  v.minValue(0, 'expected 0 or more'),
);

export const deadLetterOptionsSchema: v.GenericSchema<unknown, DeadLetterFields> = optionObject({
  address: v.optional(v.string('expected an address')),
  from: v.optional(count),
  limit: v.optional(count),
}) as never;
