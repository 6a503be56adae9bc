/** Callers race, and so does everything inside: what each was promised holds in whatever order. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Tally } from '../support/feature-tally.ts';
import { property } from '../support/property.ts';
import { Race } from './race.ts';
import { callers, callKinds, isMessage, type Made } from './race-callers.ts';
import type { Receiver } from './race-tree.ts';

const FLOOR = 10;
const endings = [
  'accepted and taken',
  'accepted and parked',
  'accepted and buried',
  'lost with its write',
  'refused',
  'stopped meanwhile',
] as const;
const calls = new Tally(callKinds);
const came = new Tally(endings);

/** Whoever gets one of these has sent nothing. */
const refusals = [
  'ACTOR_NOT_FOUND',
  'ACTOR_NOT_RUNNING',
  'ACTOR_MAILBOX_FULL',
  'STORE_WRITE_FAILED',
];

const positionOf = ({ position = 0 }: Made): number => position;

/** What is gone with an instance was heard; what was taken while a process began is stored. */
function takenOf({ heard, stored }: Race, { id, to }: Made): number {
  const times = [heard, stored].map(
    (taken) => (taken.get(to) ?? []).filter((other) => other === id).length,
  );
  return Math.max(...times);
}

function lettersOf({ letters }: Race, { id }: Made): Race['letters'] {
  return letters.filter(({ event }) => (event as unknown as { id: string }).id === id);
}

function checkMessages(race: Race): void {
  for (const one of race.made.filter(isMessage)) {
    const [taken, letters] = [takenOf(race, one), lettersOf(race, one)];
    const times = taken + letters.length;
    const isRefused = refusals.includes(one.outcome) && one.kind !== 'send until applied';
    const isAccepted = one.outcome === 'done';
    expect([one, times]).toEqual([
      one,
      isAccepted ? 1 : isRefused ? 0 : expect.toSatisfy((n) => n <= 1),
    ]);
    if (isRefused)
      came.hit(one.outcome === 'STORE_WRITE_FAILED' ? 'lost with its write' : 'refused');
    else if (taken > 0) came.hit('accepted and taken');
    else if (times > 0)
      came.hit(letters[0]?.reason === 'parked' ? 'accepted and parked' : 'accepted and buried');
  }
}

/** Of actors that stay: who is taken away begins to count anew. */
function checkOrder(race: Race, at: Receiver): void {
  const placed = race.made.filter(({ to, position }) => to === at && position !== undefined);
  const positions = placed.map(positionOf);
  expect(new Set(positions).size).toBe(positions.length);
  // in the order of the calls
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  const known = new Map(placed.map((one) => [one.id, positionOf(one)]));
  const applied = (race.stored.get(at) ?? []).flatMap((id) => known.get(id) ?? []);
  expect(applied).toEqual(applied.toSorted((a, b) => a - b));
}

describe('callers that race', () => {
  property(
    'get what they were promised, in whatever order things are done',
    [fc.nat(), callers, fc.scheduler(), fc.option(fc.nat(20), { nil: undefined, freq: 2 })],
    async (seed, given, order, stopsAfter) => {
      const race = new Race(seed, order);
      await race.run(given, stopsAfter);

      expect(race.stopsLeft).toBe(0);
      expect(race.made.filter(({ outcome }) => outcome === 'open')).toEqual([]);
      expect(race.tooEarly).toEqual([]);
      expect(race.twice).toEqual([]);
      expect(race.witness.startedTwice).toBe(0);
      checkMessages(race);
      checkOrder(race, '/a');
      checkOrder(race, '/b');
      expect(race.followed).toEqual(race.stored.get('/a'));
      // in a second process some were taken before anybody could listen
      const heard = race.heard.get('/a') ?? [];
      const unheard = race.followed.filter((id) => !heard.includes(id));
      expect(race.followed.filter((id) => heard.includes(id))).toEqual(heard);
      expect(stopsAfter === undefined ? unheard : []).toEqual([]);
      for (const { kind, outcome, answer, id } of race.made) {
        calls.hit(kind);
        if (kind === 'ask' && outcome === 'done') expect(answer).toBe(id);
        if (kind === 'waitFor' && outcome === 'done') expect(answer).toBeGreaterThan(2);
      }
      if (stopsAfter !== undefined) came.hit('stopped meanwhile');
    },
    { runs: 300 },
  );

  it('made each call and met each ending often enough', () => {
    expect(calls.below(FLOOR)).toEqual([]);
    // a rare one counts as often as it comes
    expect(came.below(FLOOR).filter((name) => name !== 'accepted and buried')).toEqual([]);
  });
});

afterAll(() => {
  calls.print('calls');
  came.print('what messages came to');
});
