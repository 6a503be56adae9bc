/** One run of a busy system whose order, faults and deaths all come from a seed. */
import type { Fate, WriteEnd } from '../../src/testing/fate.ts';
import { Random } from '../../src/testing/random.ts';
import { Simulation } from '../../src/testing/simulation.ts';
import { DAY_MS, office } from './test-lab.ts';

const PROCESSES = 6;
const ROUNDS = 4;

const ends: readonly WriteEnd[] = [
  'is lost',
  'lands unheard',
  'dies before',
  'dies torn',
  'dies after',
];

function fateOf(random: Random): Fate {
  return {
    dies: () => random.chance(0.001),
    writes: () => (random.chance(0.1) ? random.pick(ends) : 'lands'),
    opens: () => (random.chance(0.05) ? new Error('does not open') : undefined),
    fails: () => (random.chance(0.2) ? new Error('fails') : undefined),
  };
}

/** The hash of all that happened. */
export async function hashOf(seed: number): Promise<string> {
  const random = new Random(seed);
  const simulation = new Simulation({
    seed,
    root: office,
    isShuffled: true,
    delays: { write: 0.5 },
    fate: fateOf(random.fork()),
  });
  const { scheduler } = simulation;
  for (let process = 0; process < PROCESSES; process += 1) {
    void simulation.start();
    for (let round = 0; round < ROUNDS; round += 1) {
      await scheduler.advance(random.below(10_000));
      const { system, isUp } = simulation;
      if (!isUp || system === undefined) continue;
      for (let sends = 0; sends < 5; sends += 1) call(system.ref('/tally').send({ type: 'add' }));
      call(system.ref('/listener').send({ type: 'listen' }));
      if (random.chance(0.3)) call(system.ref('/approval').send({ type: 'approve' }));
      if (random.chance(0.2)) call(system.reset('/approval'));
    }
    await scheduler.advance(random.below(20 * DAY_MS));
    simulation.kill();
  }
  return simulation.trace.hash;
}

/** Whatever comes of it. */
function call(calling: Promise<unknown>): void {
  calling.catch(() => undefined);
}
