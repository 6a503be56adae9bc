/**
 * Addresses of what the code names, templates included: `/desk/{tenant}/reader`. An id that begins with a
 * brace is told from a template by its escape: `/desk/%7Btenant}`.
 */
import { childAddress, parseAddress, rootAddress } from '../actors/address.ts';
import { type ErrorFacts, isPerdureError } from '../base/errors.ts';
import type { AnyChild } from './spec-kinds.ts';

/** Of a child that the code names. */
export function childPlace(parent: string, { id }: AnyChild): string {
  return `${prefixOf(parent)}/${segmentOf(id).replace(/^\{/, ESCAPED_BRACE)}`;
}

/** Of all children that are made of this template. */
export function templatePlace(parent: string, { id }: AnyChild): string {
  return `${prefixOf(parent)}/{${segmentOf(id)}}`;
}

/** Every place below and including `place` that may have an entry. */
export function* placesOf(spec: AnyChild, place: string): Generator<string> {
  yield place;
  for (const [child, at] of below(spec, place)) yield* placesOf(child, at);
}

/** What stands below a spec in code: children, then templates. */
export function* below(
  spec: AnyChild,
  place: string,
): Generator<readonly [child: AnyChild, place: string]> {
  if (spec.kind === 'pool' && !spec.isOfMachine)
    yield [spec.template, templatePlace(place, spec.template)];
  if (spec.kind !== 'supervisor') return;
  for (const child of spec.children as readonly AnyChild[]) yield [child, childPlace(place, child)];
  for (const template of spec.templates as readonly AnyChild[])
    yield [template, templatePlace(place, template)];
}

/** Why nothing can have this address, or undefined. */
export function whyNoPlace(place: string): string | undefined {
  const odd = place
    .split('/')
    .find((segment) => segment.startsWith(ESCAPED_BRACE) && segment.includes('%7D'));
  if (odd !== undefined) return `'${odd}' is to be written '${odd.replaceAll('%7D', '}')}'`;
  const plain = place.split('/').map((segment) => {
    if (segment.startsWith(ESCAPED_BRACE)) return `{${segment.slice(ESCAPED_BRACE.length)}`;
    return segment.startsWith('{') && segment.endsWith('}') ? segment.slice(1, -1) : segment;
  });
  try {
    parseAddress(plain.join('/'));
    return undefined;
  } catch (error) {
    if (isPerdureError(error)) return (error.facts as ErrorFacts<'ADDRESS_INVALID'>).why;
    throw error;
  }
}

const ESCAPED_BRACE = '%7B';

function segmentOf(id: string): string {
  return childAddress(rootAddress, id).slice(1);
}

function prefixOf(parent: string): string {
  return parent === rootAddress ? '' : parent;
}
