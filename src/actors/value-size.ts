import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { isActorRef } from './light-ref.ts';

/**
 * Refuses a value that would take more than `limits.valueBytesMax` in the store, by an estimate that is
 * never far above the truth. Looks no further than the limit.
 *
 * @throws {@link PerdureError} VALUE_TOO_LARGE
 */
export function refuseLarge(value: unknown, what: string): void {
  if (typeof value !== 'object' || value === null) {
    if (typeof value !== 'string' || value.length <= limits.valueBytesMax) return;
  }
  const bytes = sizeOf(value, limits.valueBytesMax);
  if (bytes <= limits.valueBytesMax) return;
  throw new PerdureError('VALUE_TOO_LARGE', { what, bytes, limit: limits.valueBytesMax });
}

/** Bytes of a judged value, about; stops counting beyond `enough`. */
function sizeOf(value: unknown, enough: number): number {
  switch (typeof value) {
    case 'string':
      return value.length;
    case 'object':
      break;
    case 'number':
    case 'bigint':
      return 8;
    case 'boolean':
    case 'undefined':
    case 'function':
    case 'symbol':
      return 1;
  }
  if (value === null) return 1;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (isActorRef(value)) return 32;
  if (value instanceof Error) return value.message.length + (value.stack?.length ?? 0);
  let bytes = 2;
  for (const part of partsOf(value)) {
    bytes += sizeOf(part, enough - bytes);
    if (bytes > enough) return bytes;
  }
  return bytes;
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value].flat();
  return Object.values(value);
}
