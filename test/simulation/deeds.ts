/** What messages were told to do, found by their ids. */
import { causeOf } from './ids.ts';
import type { Turn } from './landed.ts';
import type { Deed, Program } from './program.ts';

/** What the message of this id was told to do; an operation comes round again and again. */
export function deedsOf({ ops }: Program, id: string): readonly Deed[] {
  const [first, ...path] = id.split('-').map(Number);
  const op = ops[(first as number) % ops.length];
  let deeds: readonly Deed[] = op?.op === 'tell' ? op.deeds : [];
  for (const index of path) {
    const deed = deeds[index];
    deeds = deed !== undefined && 'deeds' in deed ? deed.deeds : [];
  }
  return deeds;
}

/** Which deed that message is. */
export function deedOf(program: Program, id: string): Deed | undefined {
  if (!/^\d+-/.test(id)) return undefined;
  return deedsOf(program, causeOf(id))[Number(id.slice(id.lastIndexOf('-') + 1))];
}

/** After how many attempts a message is parked; a child machine that crashes has one. */
export function attemptsOf(program: Program, id: string): number {
  return goesToHelper(program, id) ? 1 : program.attemptsMax;
}

function goesToHelper(program: Program, id: string): boolean {
  const deed = deedOf(program, id);
  if (deed?.do === 'helper') return true;
  return deed?.do === 'later' && isToItself(deed) && goesToHelper(program, causeOf(id));
}

/** How often a step fails with nobody to handle it, and how often it is tried; undefined: it never does. */
export function unhandledStep(
  program: Program,
  id: string,
): { readonly failures: number; readonly attemptsMax: number } | undefined {
  const deed = deedOf(program, id);
  if (deed?.do !== 'step' || deed.isUnhandled !== true) return undefined;
  return { failures: deed.failures, attemptsMax: attemptsOf(program, causeOf(id)) };
}

/** Half of the timers are such as `after` sets. */
export function isToItself({ to }: { readonly to: number }): boolean {
  return to % 2 === 0;
}

/** The timers that turns of an actor took back, and when: each cancels the latest that it had set before. */
export function cancelledTimers(program: Program, turns: readonly Turn[]): Map<string, number> {
  const cancelled = new Map<string, number>();
  let latest: string | undefined;
  for (const { id, count, atMs } of turns.toSorted((a, b) => a.place - b.place)) {
    if (count === 1) latest = undefined;
    if (!/^\d/.test(id)) continue;
    const deeds = deedsOf(program, id);
    if (latest !== undefined && deeds.some((deed) => deed.do === 'cancel'))
      cancelled.set(latest, atMs);
    const set = deeds.findLastIndex((deed) => deed.do === 'later');
    if (set !== -1) latest = `${id}-${set}`;
  }
  return cancelled;
}
