/** When to kill: drawn from a seed, one kill in each stretch of the mails. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { phases, type Phase } from './triage.ts';

/** At the end of a run nobody is killed: a kill that comes a little late must still find work. */
export const quietItems = 40;

export interface PlannedKill {
  /** Not before this many mails have reached their last step … */
  readonly afterItems: number;
  /** … then when the next step of this kind begins … */
  readonly phase: Phase;
  /** … and this much later: into the step, into the commit after it, or into the next step. */
  readonly delayMs: number;
}

/** Spreads the kills over the mails from number `from` (those before were handled in an earlier run). */
export function planKills(
  seed: number,
  { kills, from, items }: { kills: number; from: number; items: number },
): readonly PlannedKill[] {
  const random = xoroshiro128plus(seed);
  const stretch = Math.max(1, Math.floor((items - quietItems - from) / Math.max(1, kills)));
  return Array.from({ length: kills }, (_, index) => ({
    afterItems: from + stretch * index + uniformInt(random, 1, stretch),
    phase: phases[uniformInt(random, 0, phases.length - 1)] ?? 'record',
    delayMs: uniformInt(random, 0, 4),
  }));
}
