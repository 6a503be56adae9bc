/**
 * What calls take. Those that come with every message are checked by hand, since that costs little; and they take
 * anything with the right fields, an AbortController too: only names of its own can be misspelt.
 */
import * as v from 'valibot';
import { PerdureError } from './errors.ts';
import { noSuchOption, optionObject } from './option-object.ts';

interface Check {
  readonly holds: (value: unknown) => boolean;
  readonly why: string;
}

const ms: Check = {
  holds: (value) => typeof value === 'number' && value >= 0,
  why: 'expected a number of milliseconds, 0 or more',
};
const signal: Check = {
  holds: (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['aborted', 'addEventListener', 'removeEventListener'].every((name) => name in value),
  why: 'expected an AbortSignal',
};
const position: Check = {
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  why: 'expected a position: a whole number, 0 or more',
};
const flag: Check = { holds: (value) => typeof value === 'boolean', why: 'expected a boolean' };
/** By who puts it into the message. */
const checkedThere: Check = { holds: () => true, why: '' };

type Checks = ReadonlyMap<string, Check>;

const ask: Checks = new Map([
  ['key', checkedThere],
  ['whenFull', checkedThere],
  ['timeoutMs', ms],
  ['signal', signal],
  ['headers', checkedThere],
]);
type Call = 'send' | 'ask' | 'waitFor' | 'done' | 'emitted';

const calls: Readonly<Record<Call, Checks>> = {
  ask,
  send: new Map([...ask, ['until', checkedThere]]),
  waitFor: new Map([
    ['timeoutMs', ms],
    ['signal', signal],
  ]),
  done: new Map([['signal', signal]]),
  emitted: new Map([
    ['from', position],
    ['follow', flag],
    ['signal', signal],
  ]),
};

/** No options were given, so that there is nothing to check. */
export const NO_OPTIONS: Readonly<Record<never, never>> = Object.freeze({});

/** @throws PerdureError OPTION_INVALID */
export function checkOptions(call: Call, given: unknown): void {
  if (given === NO_OPTIONS) return;
  const checks = calls[call];
  if (typeof given !== 'object' || given === null)
    throw invalid(call, `expected an object of options, not ${shown(given)}`);
  for (const name of Object.keys(given)) {
    const check = checks.get(name);
    if (check === undefined)
      throw invalid(`${call}.${name}`, noSuchOption(name, [...checks.keys()]));
    const value = (given as Record<string, unknown>)[name];
    if (value !== undefined && !check.holds(value)) throw invalid(`${call}.${name}`, check.why);
  }
}

/** In words for people: what is no object. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function invalid(path: string, why: string): PerdureError {
  return new PerdureError('OPTION_INVALID', { path, why });
}

const deadlineMs = v.optional(v.custom<number>(ms.holds, ms.why));

interface StopFields {
  readonly deadlineMs?: number;
  readonly reason?: string;
}

export const stopOptionsSchema: v.GenericSchema<unknown, StopFields> = optionObject({
  deadlineMs,
  reason: v.optional(v.string('expected a string')),
}) as never;

interface StopOnSignalsFields {
  readonly signals?: readonly NodeJS.Signals[];
  readonly before?: () => void | PromiseLike<void>;
  readonly deadlineMs?: number;
}

export const stopOnSignalsOptionsSchema: v.GenericSchema<unknown, StopOnSignalsFields> =
  optionObject({
    signals: v.optional(
      v.array(v.string('expected the name of a signal'), 'expected names of signals'),
    ),
    before: v.optional(v.custom((value) => typeof value === 'function', 'expected a function')),
    deadlineMs,
  }) as never;

interface NewChildFields {
  readonly input?: unknown;
  readonly template?: string;
}

/** Of an instance of a pool. */
export const instanceOptionsSchema: v.GenericSchema<unknown, NewChildFields> = optionObject({
  input: v.optional(v.unknown()),
}) as never;

export const newChildOptionsSchema: v.GenericSchema<unknown, NewChildFields> = optionObject({
  template: v.optional(v.string("expected a template's id")),
  input: v.optional(v.unknown()),
}) as never;
