/** Schemas of what agents are made of. */
import * as v from 'valibot';
import { optionObject } from './option-object.ts';

const whole = (least: number): v.GenericSchema<number> =>
  v.custom<number>(
    (value) => Number.isSafeInteger(value) && (value as number) >= least,
    `expected a whole number, ${least} or more`,
  );

export interface PipelineFields {
  readonly id: string;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly onItemError: 'park' | 'pause';
  readonly total: number | undefined;
  readonly pageSize: number;
}

export const pipelineOptionsSchema: v.GenericSchema<unknown, PipelineFields> = optionObject({
  id: v.optional(v.pipe(v.string(), v.nonEmpty('expected a name')), 'pipeline'),
  source: v.custom<unknown>(
    (value) =>
      Array.isArray(value) ||
      typeof value === 'function' ||
      typeof (value as { address?: unknown } | null)?.address === 'string',
    'expected an array, a function that gives items, or fromEmissions()',
  ),
  step: v.custom<unknown>(
    (value) => typeof (value as { transition?: unknown } | null)?.transition === 'function',
    'expected what step() returns',
  ),
  concurrency: v.optional(whole(1), 1),
  ordered: v.optional(v.boolean(), true),
  onItemError: v.optional(v.picklist(['park', 'pause']), 'park'),
  total: v.optional(whole(0)),
  pageSize: v.optional(whole(1), 10),
}) as never;
