/** A deliberate fault: a change of one to three lines that a careless hand might make. */
export const areas = [
  'batch',
  'restore',
  'effects',
  'timers',
  'supervision',
  'mailbox',
  'agents',
] as const;

export type Area = (typeof areas)[number];

export interface Mutant {
  readonly name: string;
  readonly area: Area;
  /** Which rule it breaks, in one sentence. */
  readonly breaks: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files that have to notice. */
  readonly tests: readonly string[];
}

/** What a mutant says of itself in its area's list. */
export type MutantFacts = Omit<Mutant, 'area'>;

/** Adds the area to each. */
export function mutantsOf(area: Area, facts: readonly MutantFacts[]): readonly Mutant[] {
  return facts.map((mutant) => ({ ...mutant, area }));
}

/** How often the text that it replaces is in the file. */
export function placesIn(text: string, { find }: Pick<Mutant, 'find'>): number {
  return text.split(find).length - 1;
}
