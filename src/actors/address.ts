/**
 * Addresses: the path of ids below the root, such as `/intake/reader`. An id may hold anything but is
 * written with `/`, `%` and control characters percent-escaped, so every address has one spelling.
 */
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';

/** The address of the root supervisor. */
export const rootAddress = '/';

const ESCAPED = /[/%\p{Cc}]/gu;
const NEEDS_CARE = /[/%\p{Cc}\p{Surrogate}]/u;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The address of the child `id` of `parent`.
 *
 * @throws {@link PerdureError} ADDRESS_INVALID when the id is empty, `.`, `..` or no well-formed
 * string, or when the address gets longer than `limits.addressBytesMax`.
 */
export function childAddress(parent: string, id: string): string {
  const address = `${parent === rootAddress ? '' : parent}/${escapeId(id)}`;
  refuseLong(address);
  return address;
}

/**
 * The ids on the way from the root to `address`, unescaped; none for the root.
 *
 * @throws {@link PerdureError} ADDRESS_INVALID
 */
export function parseAddress(address: string): readonly string[] {
  if (typeof address !== 'string') throw refusal(String(address), 'an address is a string');
  if (!address.startsWith('/')) throw refusal(address, "an address begins with '/'");
  if (address === rootAddress) return [];

  refuseLong(address);
  return address
    .slice(1)
    .split('/')
    .map((segment) => parseSegment(address, segment));
}

/** The address of the parent, undefined for the root. `address` is taken to be valid. */
export function parentOf(address: string): string | undefined {
  if (address === rootAddress) return undefined;
  const end = address.lastIndexOf('/');
  return end === 0 ? rootAddress : address.slice(0, end);
}

/** The id at the end of `address`, unescaped; empty for the root. `address` is taken to be valid. */
export function idOf(address: string): string {
  const segment = address.slice(address.lastIndexOf('/') + 1);
  return segment.includes('%') ? decodeURIComponent(segment) : segment;
}

/** Says why `id` cannot be the id of an actor; undefined when it can. */
export function whyNoId(id: unknown): string | undefined {
  if (typeof id !== 'string') return 'an id is a string';
  if (id === '') return 'an id is not empty';
  if (id === '.' || id === '..') return `'${id}' cannot be an id`;
  if (LONE_SURROGATE.test(id)) return 'an id is well-formed Unicode (no lone surrogates)';
  return undefined;
}

function escapeId(id: string): string {
  const why = whyNoId(id);
  if (why !== undefined) throw refusal(String(id), why);
  return NEEDS_CARE.test(id) ? id.replace(ESCAPED, encodeURIComponent) : id;
}

function parseSegment(address: string, segment: string): string {
  const id = unescapeId(address, segment);
  const why = whyNoId(id);
  if (why !== undefined) {
    throw refusal(
      address,
      segment === '' ? 'it has an empty part between, or after, its slashes' : why,
    );
  }
  const canonical = escapeId(id);
  if (canonical !== segment) throw refusal(address, `'${segment}' is to be written '${canonical}'`);
  return id;
}

function unescapeId(address: string, segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw refusal(
      address,
      `'${segment}' has a '%' that starts no escape; a percent sign is written '%25'`,
    );
  }
}

function refuseLong(address: string): void {
  // A string of n units takes at most 3n bytes: the common address is never encoded.
  if (address.length * 3 <= limits.addressBytesMax) return;
  const bytes = new TextEncoder().encode(address).length;
  if (bytes > limits.addressBytesMax) {
    throw refusal(
      `${address.slice(0, 80)}…`,
      `it takes ${bytes} bytes, more than the limit of ${limits.addressBytesMax}`,
    );
  }
}

function refusal(address: string, why: string): PerdureError {
  return new PerdureError('ADDRESS_INVALID', { address, why });
}
