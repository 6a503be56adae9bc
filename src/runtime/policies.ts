/** Policies beside the code: read and checked by themselves, then laid over a tree and checked with it. */
import { rootAddress } from '../actors/address.ts';
import { PerdureError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { readOptions } from '../base/option-reading.ts';
import { policySchema, type PolicyKind, whyNoPolicyField } from '../base/policy-options.ts';
import {
  actorOptionsSchema,
  poolOptionsSchema,
  specPoolOptionsSchema,
  supervisorOwnSchema,
} from '../base/tree-options.ts';
import { refuseBadChild } from '../supervisor/settings-refusal.ts';
import { childPlace, placesOf, templatePlace, whyNoPlace } from './policy-address.ts';
import type { Policies, Policy } from './policy-types.ts';
import {
  actorSpec,
  type AnyChild,
  childSettingsOf,
  poolOfActors,
  poolOfSpecs,
  type PoolSpec,
  poolSurroundings,
  type SupervisorSpec,
  supervisorSpec,
} from './spec-kinds.ts';

type AnyPool = PoolSpec<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: a supervisor over any children
type AnySupervisor = SupervisorSpec<string, any, any>;
type Entry = Readonly<Record<string, unknown>>;

/**
 * Policies out of a file, for `createSystem({ policies })`: `given` is what `JSON.parse` returned. Each entry
 * is checked by itself; whether it fits the tree shows in `createSystem`. The result is a frozen copy.
 *
 * @throws {@link PerdureError} OPTION_INVALID with the address and the path, as in
 * `policies['/desk'].backoff.minMs`: what is no policy (`children`, `input`, `onStart`, …), what does not
 * exist, and wrong values
 * @example createSystem({ root, store, policies: readPolicies(JSON.parse(await readFile(file, 'utf8'))) })
 * @public
 */
export function readPolicies(given: unknown): Policies {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid('policies', 'expected an object of policies by address');
  const entries = Object.entries(given).map(([address, entry]) => {
    const path = pathOf(address);
    const why = whyNoPlace(address);
    if (why !== undefined) throw invalid(path, why);
    return [address, frozen(readOptions(path, policySchema, entry))];
  });
  return Object.freeze(Object.fromEntries(entries)) as Policies;
}

/** What was given, without `undefined`, so that it can be laid over the code. */
function frozen(entry: Entry): Policy {
  const given = Object.entries(entry)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, isFields(value) ? frozen(value) : value]);
  return Object.freeze(Object.fromEntries(given)) as Policy;
}

/**
 * The tree with policies laid over: an entry's fields stand before the code's, and a supervisor's
 * `attemptsMax` and `restartFrom` are for the children that say nothing of their own, in code or policy.
 *
 * @throws {@link PerdureError} OPTION_INVALID
 */
export function withPolicies(root: AnySupervisor, policies: Policies): AnySupervisor {
  const entries = new Map(Object.entries(policies) as [string, Entry][]);
  if (entries.size === 0) return root;
  refuseUnknownPlaces(root, entries);
  return new Overlay(entries).supervisor(root, rootAddress, 'root');
}

function refuseUnknownPlaces(root: AnySupervisor, entries: ReadonlyMap<string, Entry>): void {
  const known = new Set(placesOf(root, rootAddress));
  for (const place of entries.keys()) {
    if (known.has(place)) continue;
    const close = nearest(place, known, 3).map((each) => `'${each}'`);
    throw invalid(pathOf(place), `the tree has no such address; near it are ${close.join(', ')}`);
  }
}

class Overlay {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  supervisor(spec: AnySupervisor, place: string, kind: 'root' | 'supervisor'): AnySupervisor {
    const fields = this.#read(place, kind, supervisorOwnSchema, spec.fields);
    const laid = (child: AnyChild, at: string): AnyChild => {
      const over = this.#over(child, at);
      this.#refuseMisplaced(over, at, fields, place);
      return over;
    };
    const children = spec.children as readonly AnyChild[];
    const templates = spec.templates as readonly AnyChild[];
    return supervisorSpec(spec.id, fields, {
      children: children.map((child) => laid(child, childPlace(place, child))),
      templates: templates.map((template) => laid(template, templatePlace(place, template))),
    });
  }

  #over(spec: AnyChild, place: string): AnyChild {
    switch (spec.kind) {
      case 'actor':
        return actorSpec(
          spec.id,
          spec.logic,
          this.#read(place, 'actor', actorOptionsSchema, spec.fields),
        );
      case 'pool':
        return this.#pool(spec, place);
      case 'supervisor':
        return this.supervisor(spec, place, 'supervisor');
    }
  }

  #pool(spec: AnyPool, place: string): AnyPool {
    const { id, template, fields } = spec;
    if (spec.isOfMachine && template.kind === 'actor')
      return poolOfActors(id, template.logic, this.#read(place, 'pool', poolOptionsSchema, fields));
    const at = templatePlace(place, template);
    const laid = this.#over(template, at);
    this.#refuseMisplaced(laid, at, poolSurroundings, place);
    return poolOfSpecs(id, laid, this.#read(place, 'specPool', specPoolOptionsSchema, fields));
  }

  /** The fields with the entry's laid over, checked as a whole once more. */
  #read<Schema extends Parameters<typeof readOptions>[1]>(
    place: string,
    kind: PolicyKind,
    schema: Schema,
    fields: object,
  ): ReturnType<typeof readOptions<Schema>> {
    const entry = this.#entries.get(place) ?? {};
    for (const field of Object.keys(entry)) {
      const why = whyNoPolicyField(kind, field);
      if (why !== undefined) throw invalid(`${pathOf(place)}.${field}`, why);
    }
    return readOptions(pathOf(place), schema, laidOver(fields, entry));
  }

  /** Both may be fine by themselves: a significant child, and a supervisor that heeds no significance. */
  #refuseMisplaced(
    child: AnyChild,
    at: string,
    surroundings: Parameters<typeof refuseBadChild>[1],
    place: string,
  ): void {
    const refusal = refuseBadChild(childSettingsOf(child), surroundings);
    if (refusal === undefined) return;
    const own = this.#entries.get(at);
    const self = child.kind === 'pool' ? (own?.['self'] as Entry | undefined) : own;
    const field = child.kind === 'pool' ? 'self.significant' : 'significant';
    if (self?.['significant'] !== undefined) throw invalid(`${pathOf(at)}.${field}`, refusal.why);
    throw invalid(
      `${pathOf(place)}.autoShutdown`,
      `${at} is significant in the code, which needs 'any_significant' or 'all_significant'`,
    );
  }
}

/** Field by field, also of `backoff` and `self`. */
function laidOver(fields: object, entry: Entry): Entry {
  const laid: Record<string, unknown> = { ...fields };
  for (const [name, value] of Object.entries(entry)) {
    const before = laid[name];
    laid[name] = isFields(value) && isFields(before) ? { ...before, ...value } : value;
  }
  return laid;
}

function isFields(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null;
}

function pathOf(address: string): string {
  return `policies['${address}']`;
}

function invalid(path: string, why: string): PerdureError {
  return new PerdureError('OPTION_INVALID', { path, why });
}
