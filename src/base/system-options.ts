/** Schema of what `createSystem` takes. */
import * as v from 'valibot';

const object = (what: string): v.GenericSchema<object> =>
  v.custom<object>((value) => typeof value === 'object' && value !== null, `expected ${what}`);

const store = v.custom<unknown>((value) => {
  if (typeof value === 'string') return value !== '';
  if (typeof value !== 'object' || value === null) return false;
  if ('open' in value) return typeof value.open === 'function';
  const { directory, lockWaitMs, ...rest } = value as Record<string, unknown>;
  const isWait = lockWaitMs === undefined || (typeof lockWaitMs === 'number' && lockWaitMs >= 0);
  return (
    typeof directory === 'string' && directory !== '' && isWait && Object.keys(rest).length === 0
  );
}, 'expected a directory, { directory, lockWaitMs } or a store');

export interface SystemFields {
  readonly durability: 'fsync' | 'os';
  readonly keepAlive: boolean;
}

export const systemOptionsSchema: v.GenericSchema<unknown, SystemFields> = v.strictObject({
  root: v.custom<unknown>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      (value as { kind?: unknown }).kind === 'supervisor',
    'expected what supervisor() returns',
  ),
  store,
  durability: v.optional(v.picklist(['fsync', 'os']), 'fsync'),
  logger: v.optional(object('a logger')),
  signal: v.optional(object('an AbortSignal')),
  keepAlive: v.optional(v.boolean(), true),
}) as never;
