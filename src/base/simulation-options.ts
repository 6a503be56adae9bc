/** What all takes that opens systems in a simulated world, and schema of what `openTestSystem` takes. */
import * as v from 'valibot';
import { optionObject } from './option-object.ts';
import { having, resourcesSchema } from './system-options.ts';

export function whole(least: number): v.GenericSchema<number> {
  return v.custom<number>(
    (value) => Number.isSafeInteger(value) && (value as number) >= least,
    `expected a whole number, ${least} or more`,
  );
}

/** A tree, or what makes one for each process. */
export const simulatedRoot: v.GenericSchema<unknown> = v.custom<unknown>(
  (value) =>
    typeof value === 'function' ||
    (typeof value === 'object' &&
      value !== null &&
      (value as { kind?: unknown }).kind === 'supervisor'),
  'expected what supervisor() returns, or a function that returns it',
);

export interface TestSystemFields {
  readonly seed: number;
  readonly durability: 'fsync' | 'os';
}

export const testSystemOptionsSchema: v.GenericSchema<unknown, TestSystemFields> = optionObject({
  root: simulatedRoot,
  seed: v.optional(whole(0), 1),
  durability: v.optional(v.picklist(['fsync', 'os']), 'fsync'),
  startMs: v.optional(whole(0)),
  logger: v.optional(
    having('a logger: debug, info, warn, error', 'debug', 'info', 'warn', 'error'),
  ),
  resources: resourcesSchema,
  /** Checked by `readPolicies`. */
  policies: v.optional(v.unknown()),
}) as never;

const failing = ['write', 'open', 'step', 'hook', 'action', 'callback'] as const;
const moments = ['now', 'before write', 'in write', 'after write'] as const;

export const failingSchema: v.GenericSchema<unknown, (typeof failing)[number]> =
  v.picklist(failing);

export const momentSchema: v.GenericSchema<unknown, (typeof moments)[number]> = v.picklist(moments);

const times = v.optional(whole(1));

/** How a write fails: its writer learns no more than that nobody knows. */
export const lostWriteSchema: v.GenericSchema = optionObject({
  times,
  lands: v.optional(v.boolean()),
});

/** How anything else fails. */
export const failureSchema: v.GenericSchema = optionObject({
  times,
  error: v.optional(v.instance(Error, 'expected an Error')),
});

/** Forward or back. */
export const shiftSchema: v.GenericSchema<unknown, number> = v.custom<number>(
  (value) => Number.isFinite(value),
  'expected a number of milliseconds',
);

export const durationSchema: v.GenericSchema<unknown, number> = v.custom<number>(
  (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  'expected a number of milliseconds, 0 or more',
);
