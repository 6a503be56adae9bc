/** The first place where two values are not the same. */

export interface Difference {
  /** As in code: `actors['/payer'].context.charged`. */
  readonly path: string;
  readonly left: unknown;
  readonly right: unknown;
}

/** Stands for what is not there at all, which `undefined` is. */
export const absent: unique symbol = Symbol('absent');

type Parts = ReadonlyMap<string, unknown>;

/** Idempotency keys say in which process and batch a step was asked for, which is not the same after a crash. */
const stepKey = /\bid-\d+-\d+(\.\d+){3}\b/g;

/** A text as it is in each run. */
export function withoutKeys(text: string): string {
  return text.replace(stepKey, 'key');
}

function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'string' || typeof right !== 'string') return false;
  return withoutKeys(left) === withoutKeys(right);
}

export function firstDifference(left: unknown, right: unknown, path = ''): Difference | undefined {
  if (isSame(left, right)) return undefined;
  const leftParts = partsOf(left);
  const rightParts = partsOf(right);
  if (leftParts === undefined || rightParts === undefined || kindOf(left) !== kindOf(right))
    return { path, left, right };
  for (const name of new Set([...leftParts.keys(), ...rightParts.keys()])) {
    const inLeft = leftParts.has(name) ? leftParts.get(name) : absent;
    const inRight = rightParts.has(name) ? rightParts.get(name) : absent;
    const difference = firstDifference(
      inLeft,
      inRight,
      path === '' ? name.replace(/^\./, '') : path + name,
    );
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'Array' : Object.prototype.toString.call(value);
}

/** What a value consists of, by the code that leads there; undefined: it is one piece. */
function partsOf(value: unknown): Parts | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value))
    return new Map(value.map((item: unknown, index) => [`[${index}]`, item]));
  if (value instanceof Date) return new Map([['.getTime()', value.getTime()]]);
  if (value instanceof RegExp) return new Map([['.source', String(value)]]);
  if (value instanceof Map)
    return new Map([...value].map(([key, item]) => [`.get(${shown(key)})`, item as unknown]));
  if (value instanceof Set)
    return new Map([...value].map((item: unknown) => [`.has(${shown(item)})`, true]));
  if (value instanceof Error) return new Map([...namedParts(value), ...errorParts(value)]);
  if (ArrayBuffer.isView(value)) return new Map([['.bytes', bytesAsText(value)]]);
  if (value instanceof ArrayBuffer)
    return new Map([['.bytes', bytesAsText(new Uint8Array(value))]]);
  return new Map(namedParts(value));
}

function bytesAsText(view: ArrayBufferView): string {
  return Buffer.from(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength).toString('hex');
}

function namedParts(value: object): [string, unknown][] {
  return Object.entries(value).map(([name, item]) => [
    /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `['${name}']`,
    item as unknown,
  ]);
}

/** Stacks tell how the code ran, which is not the same after a crash. */
function errorParts({ name, message, cause }: Error): [string, unknown][] {
  return [
    ['.name', name],
    ['.message', message],
    ['.cause', cause],
  ];
}

const SHOWN_MAX = 300;

/** A value for people, on one line. */
export function shown(value: unknown): string {
  if (value === absent) return 'nothing';
  const text = written(value, 0);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

function written(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date || value instanceof RegExp || value instanceof Error)
    return value instanceof Date ? JSON.stringify(value) : String(value);
  if (depth > 6) return '…';
  const inner = (item: unknown): string => written(item, depth + 1);
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  if (value instanceof Map)
    return `Map {${[...value].map(([key, item]) => `${inner(key)} => ${inner(item)}`).join(', ')}}`;
  if (value instanceof Set) return `Set {${[...value].map(inner).join(', ')}}`;
  if (ArrayBuffer.isView(value)) return `<${bytesAsText(value)}>`;
  const fields = Object.entries(value).map(([name, item]) => `${name}: ${inner(item)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
