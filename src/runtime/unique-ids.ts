/**
 * The first id used twice among siblings, as a type. Ids are taken out of the specs first: comparing specs
 * would make trees of hundreds slow to check. Tail recursive: fine up to 1,000 children.
 */
type DuplicateId<Ids extends readonly unknown[], Seen = never> = Ids extends readonly [
  infer Id,
  ...infer Rest,
]
  ? IsOpen<Id> extends true
    ? DuplicateId<Rest, Seen>
    : Id extends Seen
      ? Id
      : DuplicateId<Rest, Seen | Id>
  : never;

/** Ids that are only known as `string` or as a pattern, as those of children made by `map`. */
type IsOpen<Id> = Id extends string ? ({} extends Record<Id, 1> ? true : false) : false;

type IdsOf<C extends readonly unknown[]> = {
  [K in keyof C]: C[K] extends { readonly id: infer Id } ? Id : never;
};

/** Nothing to ask of children whose ids differ; else a message that no children fit. */
export type UniqueIds<C extends readonly unknown[]> = [DuplicateId<IdsOf<C>>] extends [never]
  ? unknown
  : `duplicate child id '${DuplicateId<IdsOf<C>> & string}'`;
