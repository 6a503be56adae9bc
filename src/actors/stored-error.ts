/** What of an error is stored, and how it is made anew. */
import { toWellFormed } from './well-formed.ts';

export interface ErrorProperty {
  /** A symbol only if it is one of the global registry. */
  readonly key: string | symbol;
  readonly value: unknown;
  readonly isEnumerable: boolean;
  readonly isAccessor: boolean;
}

export interface ErrorParts {
  /** The class of the language that it is an instance of. */
  readonly base: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own enumerable ones, registered symbols, `cause`, `errors`, and `code` wherever it comes from. */
  readonly properties: readonly ErrorProperty[];
}

const classes: Readonly<Record<string, new (message?: string) => Error>> = {
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};
const skipped = new Set<string | symbol>(['message', 'stack']);
const keptHidden = new Set<string | symbol>(['cause', 'errors']);

/** Whether `value` is an error, of this or another realm. */
export function isError(value: object): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** Texts are made well-formed: an error must not fail to be stored for what it quotes. */
export function partsOfError(error: Error): ErrorParts {
  const properties: ErrorProperty[] = [];
  for (const key of Reflect.ownKeys(error)) {
    const descriptor = Object.getOwnPropertyDescriptor(error, key);
    if (descriptor === undefined || skipped.has(key)) continue;
    if (typeof key === 'symbol' && Symbol.keyFor(key) === undefined) continue;
    const isEnumerable = descriptor.enumerable === true;
    if (!isEnumerable && typeof key === 'string' && !keptHidden.has(key)) continue;
    properties.push({
      key,
      value: descriptor.value,
      isEnumerable,
      isAccessor: !('value' in descriptor),
    });
  }
  const code: unknown = (error as { code?: unknown }).code;
  if (code !== undefined && !Object.hasOwn(error, 'code')) {
    properties.push({ key: 'code', value: code, isEnumerable: true, isAccessor: false });
  }
  return {
    base: baseOf(error),
    name: toWellFormed(String(error.name)),
    message: toWellFormed(String(error.message)),
    stack: typeof error.stack === 'string' ? toWellFormed(error.stack) : undefined,
    properties,
  };
}

/** An error with these parts. A class of the user becomes the class of the language below it. */
export function errorOf(parts: Omit<ErrorParts, 'properties'>): Error {
  const error = blank(parts.base, parts.message);
  if (error.name !== parts.name) define(error, 'name', parts.name, false);
  define(error, 'stack', parts.stack, false);
  return error;
}

export function define(
  error: Error,
  key: string | symbol,
  value: unknown,
  enumerable: boolean,
): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}

function baseOf(error: Error): string {
  if (error instanceof AggregateError) return 'AggregateError';
  return Object.keys(classes).find((name) => error instanceof (classes[name] as never)) ?? 'Error';
}

function blank(base: string, message: string): Error {
  // An own empty message and none at all read the same; none is what `new Error()` has.
  const text = message === '' ? undefined : message;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0; // its own stack is about to be replaced, and is dear to make
  try {
    if (base === 'AggregateError') return new AggregateError([], text);
    return new (classes[base] ?? Error)(text);
  } finally {
    Error.stackTraceLimit = limit;
  }
}
