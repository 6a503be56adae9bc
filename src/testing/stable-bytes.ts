/**
 * A row as it is on every machine and line of Node: stacks of errors name Node's own code, and where the
 * program lies.
 */
import { plainCodec } from './ending.ts';

const FRAME = Buffer.from('\n    at ');
const FRAMES = /\n {4}at [^\n]*/g;

/** The bytes themselves, unless they hold a stack. */
export function stableBytes(key: string, bytes: Uint8Array): Uint8Array {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(FRAME)) return bytes;
  return Buffer.from(plainJson(plainCodec.decode(bytes, key)));
}

/** As JSON, with all that JSON has no word for, and without the stacks of errors. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value, withoutStack);
}

function withoutStack(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return value.replace(FRAMES, '');
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map || value instanceof Set) return [...value];
  if (!(value instanceof Error)) return value;
  const { name, message, cause } = value;
  return { ...Object.fromEntries(Object.entries(value)), name, message, cause };
}
