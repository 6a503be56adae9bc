/** The station's tree: one supervisor of each kind. */
import { actor, pool, presets, supervisor } from '../../src/index.ts';
import { helper, ledger, press, sensor, survey } from './machines.ts';

const soon = { backoff: { minMs: 5, maxMs: 20 } } as const;

export const station = supervisor('station', {
  ...soon,
  children: [
    actor('ledger', ledger),

    // the parts of the mast have no meaning without each other: one crashes, all begin again
    supervisor('mast', {
      ...soon,
      strategy: 'one_for_all',
      attemptsMax: 1,
      children: [actor('vane', helper), actor('cable', helper)],
    }),

    // what comes later builds on what comes earlier: those after the crashed one begin again
    supervisor('office', {
      ...soon,
      strategy: 'rest_for_one',
      intensity: 2,
      attemptsMax: 1,
      children: [actor('power', helper), actor('press', press), actor('courier', helper)],
    }),

    // many of a kind: one that cannot be helped is set aside, the others never hear of it
    pool('sensors', sensor, { ...presets.fleet, ...soon, intensity: 1, attemptsMax: 1 }),

    // a piece of work: when it is done, all that was there for it goes too
    supervisor('expedition', {
      ...soon,
      restart: 'transient',
      autoShutdown: 'any_significant',
      children: [
        actor('camp', helper),
        actor('survey', survey, { restart: 'transient', significant: true }),
      ],
    }),
  ],
});
