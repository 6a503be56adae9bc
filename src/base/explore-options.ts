/** Schema of what `explore` takes. */
import * as v from 'valibot';
import { checked, optionObject } from './option-object.ts';
import { simulatedRoot, whole } from './simulation-options.ts';
import { having, resourcesSchema } from './system-options.ts';

/** Runs above which an exploration has to be a sample. */
export const exploreRunsMax = 2_000;

function callable(what: string): v.GenericSchema<() => unknown> {
  return v.custom<() => unknown>((value) => typeof value === 'function', `expected ${what}`);
}

const whatBoundariesAre = "'all' or { sample }";
const boundaries = v.lazy((value) =>
  value === 'all' ? v.literal('all') : optionObject({ sample: whole(1) }, whatBoundariesAre),
);
const point: v.GenericSchema = optionObject(
  {
    write: whole(1),
    moment: v.picklist(['before', 'torn', 'after']),
    again: v.optional(v.lazy(() => point)),
  },
  'a write and a moment of it, as a counterexample tells them',
);

export interface ExploreFields {
  readonly boundaries: 'all' | { readonly sample: number };
  readonly seed: number;
  readonly durability: 'fsync' | 'os';
  readonly runsMax: number;
}

const fields = optionObject({
  root: simulatedRoot,
  script: callable('a function (system, world) => …'),
  invariant: v.optional(callable('a function (end) => …')),
  boundaries: v.optional(boundaries, 'all'),
  seed: v.optional(whole(0), 1),
  same: v.optional(
    v.custom(
      (value) => value === false || typeof value === 'function',
      'expected false or a function (end) => …',
    ),
  ),
  only: v.optional(point),
  durability: v.optional(v.picklist(['fsync', 'os']), 'fsync'),
  startMs: v.optional(whole(0)),
  runsMax: v.optional(whole(1), exploreRunsMax),
  onProgress: v.optional(callable('a function (progress) => …')),
  signal: v.optional(having('an AbortSignal', 'addEventListener', 'throwIfAborted')),
  resources: resourcesSchema,
  /** Checked by `readPolicies`. */
  policies: v.optional(v.unknown()),
});

export const exploreOptionsSchema: v.GenericSchema<unknown, ExploreFields> = checked<{
  readonly same?: unknown;
  readonly invariant?: unknown;
}>(fields, [
  {
    field: 'same',
    holds: ({ same, invariant }) => same !== false || invariant !== undefined,
    why: 'nothing would be checked: give an invariant, or let the ends be compared',
  },
]) as never;
