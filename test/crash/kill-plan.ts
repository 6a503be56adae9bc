/** Which kill comes next: every kind in turn, in an order drawn from the seed. */
import { type KillName, killNames, isRandom, pointOf, type PointName } from './crash-points.ts';
import type { Bug } from './messages.ts';
import type { Random } from './random.ts';

export type PlannedKill =
  | { readonly name: PointName; readonly nth: number }
  | { readonly name: Exclude<KillName, PointName>; readonly delayMs: number };

/** So many recoveries in a row are cut off, once in a long run. */
const RECOVERIES_IN_A_ROW = 20;
const LONG_RUN = 150;
/** So many lives, of those after the first round, may be so much longer. */
const LONG_LIVES = 0.3;
const LONGER = 10;

/** Where a bug shows: kills that fall between what was let out early and its landing. */
const showing: Readonly<Record<Bug, readonly KillName[]>> = {
  'early-ack': ['batch.released', 'send.acknowledged', 'batch.before-write', 'random.running'],
  'early-effect': ['effect.appended', 'random.running', 'action.appended'],
  'skip-marker': ['random.running', 'batch.landed'],
};

/** Endless. `offset`: where it begins in the first round. */
export function* plannedKills(
  random: Random,
  {
    kills,
    bug,
    offset,
  }: { readonly kills: number; readonly bug: Bug | undefined; readonly offset: number },
): Generator<PlannedKill> {
  const names = bug === undefined ? killNames : showing[bug];
  for (let round = 0; ; round += 1) {
    const order = random.shuffled(names);
    const start = round === 0 ? Math.floor(order.length * offset) : 0;
    for (const name of [...order.slice(start), ...order.slice(0, start)])
      yield planned(random, name, round === 0);
    if (round > 0 || kills < LONG_RUN || bug !== undefined) continue;
    const recoveries = killNames.filter((name) => !isRandom(name) && pointOf(name).isRecovery);
    for (let times = 0; times < RECOVERIES_IN_A_ROW; times += 1)
      yield planned(
        random,
        recoveries[random.int(0, recoveries.length - 1)] ?? 'open.after',
        false,
      );
  }
}

/** In the first round early ones: each kind is to be seen soon. Later some lives are longer. */
export function planned(random: Random, name: KillName, isEarly: boolean): PlannedKill {
  if (isRandom(name))
    return {
      name,
      delayMs: random.int(0, name === 'random.recovering' ? 60 : isEarly ? 250 : 1_500),
    };
  const { within } = pointOf(name);
  if (isEarly) return { name, nth: random.int(1, Math.ceil(within / 2)) };
  const isLong = within > 1 && random.next() < LONG_LIVES;
  return { name, nth: random.int(1, isLong ? within * LONGER : within) };
}
