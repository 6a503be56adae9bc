/** Schema of what `createSystem` takes. */
import * as v from 'valibot';
import { limits } from './limits.ts';
import { optionObject } from './option-object.ts';

/** Something of which these members are functions. */
export function having(what: string, ...methods: readonly string[]): v.GenericSchema<object> {
  return v.custom<object>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function'),
    `expected ${what}`,
  );
}

const whatStoreIs = 'a directory, { directory, lockWaitMs } or a store';
const directory = v.pipe(v.string('expected the path of a directory'), v.nonEmpty('it is empty'));
const place = optionObject(
  {
    directory,
    lockWaitMs: v.optional(
      v.custom<number>(
        (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
        'expected a number of milliseconds, 0 or more',
      ),
    ),
  },
  whatStoreIs,
);
const store = v.lazy((value) => {
  if (typeof value === 'string') return directory;
  const isStore = typeof value === 'object' && value !== null && 'open' in value;
  return isStore ? having(whatStoreIs, 'open') : place;
});

const watchdog = optionObject({
  turnMs: v.optional(
    v.custom<number>(
      (value) => Number.isSafeInteger(value) && (value as number) >= 1,
      'expected a whole number of milliseconds, 1 or more',
    ),
    limits.watchdogTurnMs,
  ),
  onStuck: v.optional(v.picklist(['report', 'kill']), 'report'),
});

const aCount = v.custom<number>(
  (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  'expected a whole number, 1 or more',
);
const rate = optionObject({
  max: aCount,
  perMs: v.custom<number>(
    (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
    'expected a number of milliseconds, more than 0',
  ),
});

/** Limits that steps share, by name. */
export const resourcesSchema: v.GenericSchema<unknown, object> = v.optional(
  v.record(
    v.pipe(v.string(), v.nonEmpty('a resource needs a name')),
    optionObject({ concurrency: v.optional(aCount), rate: v.optional(rate) }),
  ),
  {},
);

export interface SystemFields {
  readonly durability: 'fsync' | 'os';
  readonly keepAlive: boolean;
  readonly watchdog?: { readonly turnMs: number; readonly onStuck: 'report' | 'kill' } | undefined;
}

export const rootSchema: v.GenericSchema<unknown> = v.custom<unknown>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    (value as { kind?: unknown }).kind === 'supervisor',
  'expected what supervisor() returns',
);

export const systemOptionsSchema: v.GenericSchema<unknown, SystemFields> = optionObject({
  root: rootSchema,
  store,
  durability: v.optional(v.picklist(['fsync', 'os']), 'fsync'),
  logger: v.optional(
    having('a logger: debug, info, warn, error', 'debug', 'info', 'warn', 'error'),
  ),
  signal: v.optional(
    having('an AbortSignal', 'addEventListener', 'removeEventListener', 'throwIfAborted'),
  ),
  keepAlive: v.optional(v.boolean(), true),
  watchdog: v.optional(watchdog),
  resources: resourcesSchema,
  /** Checked by `readPolicies`. */
  policies: v.optional(v.unknown()),
}) as never;
