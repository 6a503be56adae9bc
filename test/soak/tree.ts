/** The tree of the daemon: sessions that come and go in a pool, and a few that stay. */
import { actor, pool, step, type StepArgs, supervisor } from '../../src/index.ts';
import type { Numbered } from '../crash/machines.ts';
import { oracle } from '../crash/questions.ts';
import { archive } from './archive.ts';
import { clinic } from './clinic.ts';
import { failsOnce, isDoomed, stumbles } from './duties.ts';
import { Recent } from './recent.ts';
import { session, type Visit } from './session.ts';
import { ticker } from './ticker.ts';

export interface Surroundings {
  readonly isHealed: (session: number) => boolean;
  readonly ballast: (() => string) | undefined;
}

/** Its window is short: a supervisor remembers the restarts in it. */
const forever = { intensity: 1_000_000, periodMs: 5_000 } as const;
const soon = { minMs: 5, maxMs: 50 } as const;
const REMEMBERED = 1_000;

export function treeIn({ isHealed, ballast }: Surroundings) {
  const stumbled = new Recent<number>(REMEMBERED);
  const stumble = ({ session: of, n }: Visit): void => {
    if (!stumbles(of, n) || stumbled.has(of)) return;
    stumbled.add(of);
    throw new Error(`session ${of} stumbles over ${n}`);
  };
  const work = step(async ({ input: { session: of, n }, attempt }: StepArgs<Visit>) => {
    await pause(n);
    if (isDoomed(of, n) || (failsOnce(of, n) && attempt === 1))
      throw new Error(`the step of ${of} at ${n} fails`);
  });
  const hired = step(async ({ input: { n } }: StepArgs<Numbered>) => await pause(n));
  return supervisor('soak', {
    ...forever,
    backoff: soon,
    children: [
      actor('oracle', oracle),
      actor('archive', archive(ballast)),
      supervisor('crew', {
        ...forever,
        strategy: 'rest_for_one',
        backoff: false,
        children: [
          actor('clinic', clinic(isHealed), { attemptsMax: 3 }),
          actor('ticker', ticker, { attemptsMax: 100 }),
        ],
      }),
      // a kill may count against the turn that ran: parked, an item would lose its place
      pool('sessions', session({ work, hired, stumble }), {
        ...forever,
        backoff: soon,
        intensityScope: 'child',
        restart: 'transient',
        attemptsMax: 5,
        history: true,
      }),
    ],
  });
}

export type Tree = ReturnType<typeof treeIn>;

async function pause(n: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 2 + (n % 9));
  });
}
