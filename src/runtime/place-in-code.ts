/**
 * Where in the tree of the code an actor is described: for each step down the id of a named child, or that of
 * a template. The store keeps it of actors that are gone, so that what they left can still be understood.
 */
import type { AnyChild } from './tree-spec.ts';

type Worker = Extract<AnyChild, { readonly kind: 'actor' }>;

export function namedStep(id: string): string {
  return `=${id}`;
}

export function templateStep(id: string): string {
  return `*${id}`;
}

/** undefined: the code does not describe it any more. */
export function workerAt(root: AnyChild, place: readonly string[]): Worker | undefined {
  let spec: AnyChild | undefined = root;
  for (const step of place) spec = below(spec, step);
  return spec?.kind === 'actor' ? spec : undefined;
}

function below(spec: AnyChild | undefined, step: string): AnyChild | undefined {
  if (spec === undefined || spec.kind === 'actor') return undefined;
  if (spec.kind === 'pool')
    return templateStep(spec.template.id) === step ? spec.template : undefined;
  const named = (spec.children as readonly AnyChild[]).find(({ id }) => namedStep(id) === step);
  const templates = spec.templates as readonly AnyChild[];
  return named ?? templates.find(({ id }) => templateStep(id) === step);
}
