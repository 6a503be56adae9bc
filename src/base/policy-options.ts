/** Schema of one entry of a policies file: what of the options is policy, with nothing filled in. */
import * as v from 'valibot';
import {
  checked,
  noSuchOption,
  type OptionEntries,
  optionObject,
  type Schema,
  withoutDefaults,
} from './option-object.ts';
import { partOfBackoff, significanceFits, treeEntries } from './tree-options.ts';

/** What an entry may be laid over. `specPool`: a pool of subtrees; `root`: the supervisor without a supervisor. */
export type PolicyKind = 'actor' | 'supervisor' | 'root' | 'pool' | 'specPool';

/** Identity, structure and behaviour, which are no policy. */
const ofTheCode = [
  'id',
  'children',
  'templates',
  'template',
  'logic',
  'machine',
  'input',
  'name',
  'version',
  'migrate',
  'onStart',
  'onStop',
  'trapExits',
];

const isPolicy = (name: string): boolean => !ofTheCode.includes(name);
const placeNames = Object.keys(treeEntries.place);

const fieldsByKind: Readonly<Record<PolicyKind, readonly string[]>> = {
  actor: Object.keys(treeEntries.actor).filter(isPolicy),
  supervisor: Object.keys(treeEntries.supervisor).filter(isPolicy),
  root: Object.keys(treeEntries.supervisor).filter((name) => !placeNames.includes(name)),
  pool: Object.keys(treeEntries.pool).filter(isPolicy),
  specPool: Object.keys(treeEntries.specPool),
};

/** The fields that an entry of this kind may have. */
export function policyFields(kind: PolicyKind): readonly string[] {
  return fieldsByKind[kind];
}

/** Why an entry of this kind cannot have the field, or undefined. */
export function whyNoPolicyField(kind: PolicyKind, field: string): string | undefined {
  const known = fieldsByKind[kind];
  if (known.includes(field)) return undefined;
  if (kind === 'root' && placeNames.includes(field))
    return 'the root has no supervisor that could heed it';
  return `${whatIs[kind]} does not take it; it takes ${known.join(', ')}`;
}

const whatIs: Readonly<Record<PolicyKind, string>> = {
  actor: 'an actor',
  supervisor: 'a supervisor',
  root: 'the root',
  pool: 'a pool',
  specPool: 'a pool of subtrees',
};

const policyEntries = {
  ...withoutDefaults(policiesOf({ ...treeEntries.supervisor, ...treeEntries.pool })),
  backoff: v.optional(partOfBackoff),
  self: v.optional(
    checked<Significance>(optionObject(withoutDefaults(treeEntries.place)), [significanceFits]),
  ),
};

interface Significance {
  readonly restart?: unknown;
  readonly significant?: unknown;
}

function policiesOf(entries: OptionEntries): OptionEntries {
  const found = Object.entries(entries).filter(([name]) => isPolicy(name));
  return Object.fromEntries(found);
}

/** One entry, whatever it is for: only fields that were given, each of them fine by itself. */
export const policySchema: Schema<Readonly<Record<string, unknown>>> = checked<Significance>(
  optionObject(policyEntries, 'an object of policies', (name, known) =>
    isPolicy(name)
      ? noSuchOption(name, known)
      : 'it belongs to the code; a policy cannot change it',
  ),
  [significanceFits],
) as never;
