/** How good the classifier is, on the mails it did not learn from. */
import type { LedgerLine } from './ledger.ts';

export interface Grade {
  readonly graded: number;
  /** Parts of 1; NaN where there is nothing to divide. */
  readonly accuracy: number;
  /** Of what was called spam, the part that is. */
  readonly precision: number;
  /** Of what is spam, the part that was called so. */
  readonly recall: number;
}

export function grade(lines: readonly LedgerLine[], training: number): Grade {
  const graded = new Map(lines.filter(({ item }) => item >= training).map((it) => [it.item, it]));
  const all = [...graded.values()];
  const hits = all.filter(({ label, truth }) => label === truth);
  const calledSpam = all.filter(({ label }) => label === 'spam').length;
  const isSpam = all.filter(({ truth }) => truth === 'spam').length;
  const rightlySpam = hits.filter(({ label }) => label === 'spam').length;
  return {
    graded: all.length,
    accuracy: hits.length / all.length,
    precision: rightlySpam / calledSpam,
    recall: rightlySpam / isSpam,
  };
}
