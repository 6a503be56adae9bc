/** Objects of options: nothing unknown in them, rules between their fields, words that help who misspelt one. */
import * as v from 'valibot';
import { isSlipOf, nearest } from './nearest.ts';

export type Schema<Output> = v.GenericSchema<unknown, Output>;

/**
 * @param what - what it is, for who gave something else
 * @param whyNone - what is wrong with a name that is none of `known`
 */
export function optionObject<const Entries extends v.ObjectEntries>(
  entries: Entries,
  what = 'an object of options',
  whyNone: (given: string, known: readonly string[]) => string = noSuchOption,
): v.StrictObjectSchema<Entries, v.ErrorMessage<v.StrictObjectIssue>> {
  const known = Object.keys(entries);
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') return whyNone(String(issue.input), known);
    return issue.expected === 'Object' ? `expected ${what}` : 'it is required';
  });
}

/** What must hold between fields that are fine by themselves. */
export interface Rule<T> {
  /** The field to blame. */
  readonly field: string;
  readonly holds: (given: T) => boolean;
  readonly why: string;
}

/** `schema`, and then the rules in their order. */
export function checked<Output>(
  schema: v.GenericSchema,
  rules: readonly Rule<NoInfer<Output>>[],
): Schema<Output> {
  const check = v.rawCheck<object>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const input = dataset.value as Record<string, unknown>;
    const broken = rules.find(({ holds }) => !holds(input as Output));
    if (broken === undefined) return;
    const { field: key, why: message } = broken;
    addIssue({
      message,
      path: [{ type: 'object', origin: 'value', input, key, value: input[key] }],
    });
  });
  return v.pipe(schema as v.GenericSchema<object>, check) as unknown as Schema<Output>;
}

/** Options by name, each of which may be left out. */
export type OptionEntries = Readonly<Record<string, { readonly wrapped: v.GenericSchema }>>;

type WithoutDefaults<Entries> = {
  [K in keyof Entries]: v.OptionalSchema<v.GenericSchema, undefined>;
};

/** The same options, of which each may be left out and then stays so. */
export function withoutDefaults<Entries extends OptionEntries>(
  entries: Entries,
): WithoutDefaults<Entries> {
  const bare = Object.entries(entries).map(([name, entry]) => [name, v.optional(entry.wrapped)]);
  return Object.fromEntries(bare) as WithoutDefaults<Entries>;
}

/** Why `given` is none of the `known` options. */
export function noSuchOption(given: string, known: readonly string[]): string {
  const [meant = ''] = nearest(given, known, 1);
  if (isSlipOf(meant, given)) return `there is no such option; did you mean ${meant}?`;
  return `there is no such option; there are ${known.join(', ')}`;
}
