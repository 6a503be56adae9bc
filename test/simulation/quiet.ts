/** Whether it makes a difference how turns are put together in batches: it must not. */
import type { Landed } from './landed.ts';
import { type Played, play } from './play.ts';
import type { Deed, Feature, Op, Program } from './program.ts';

/** With these it depends on the order of messages of different senders what comes of a program. */
const ordered: readonly Feature[] = [
  'ends',
  'poison',
  'few restarts',
  'restart types',
  'full mailboxes',
  'operators',
  'supervisor calls',
  'letters',
  'stops',
  'shuffled order',
  'damage',
  'unsynced writes',
  'failed writes',
  'failed opens',
  'one turn a batch',
];

/** Of a program that is played without faults. */
const OPS_MAX = 12;

/** Plays a program without faults, with many turns in a batch and with one. @returns the difference, if any */
export async function differenceOfBatches(program: Program): Promise<string | undefined> {
  const quiet = quietened(program);
  const together = await play(quiet);
  const apart = await play({ ...quiet, features: [...quiet.features, 'one turn a batch'] });
  const broken = [together, apart].find(({ laws }) => laws.violations.length > 0);
  if (broken !== undefined) return `without faults: ${blameOf(broken)}`;
  const [one, other] = [stateOf(together.landed), stateOf(apart.landed)];
  return one === other ? undefined : `${one}\nwith one turn a batch: ${other}`;
}

function blameOf({ laws }: Played): string {
  return laws.violations.map(({ law, what }) => `${law} ${what}`).join('; ');
}

function quietened(program: Program): Program {
  const features = program.features.filter((feature) => !ordered.includes(feature));
  const ops = program.ops
    .slice(0, OPS_MAX)
    .filter(({ op }) => ['tell', 'ask', 'pass', 'start', 'shift'].includes(op))
    .map((op): Op => (op.op === 'tell' ? { ...op, deeds: peaceful(op.deeds) } : op));
  return { ...program, features, ops, deaths: [], failedWrites: [], failedOpens: [] };
}

function peaceful(deeds: readonly Deed[]): readonly Deed[] {
  return deeds
    .filter(
      (deed) => !['cancel', 'dismiss', 'finish', 'leave', 'poison', 'flaky'].includes(deed.do),
    )
    .map((deed) => {
      if (deed.do === 'step') return { ...deed, isUnhandled: false };
      return 'deeds' in deed ? { ...deed, deeds: peaceful(deed.deeds) } : deed;
    });
}

/** What every actor came to, in words that do not depend on any order. */
function stateOf({ actors, dead }: Landed): string {
  const states = [...actors.values()]
    .map(({ address, status, count, sum }) => `${address} ${status} ${count} ${sum}`)
    .sort();
  const letters = [...dead].map(([id, reason]) => `${id} ${reason}`).sort();
  return [...states, ...letters].join(', ');
}
