/** Which suspected effects may run beside each other. Each is asked for as `[id, deaths]`; three are too many. */
import { describe, expect, test } from 'vitest';
import { isGuilty, Suspects } from '../../src/runtime/suspects.ts';
import type { World } from '../../src/runtime/world.ts';

function bench() {
  const landings: (() => void)[] = [];
  const alarms: (() => void)[] = [];
  const world = {
    committer: { pending: { afterLanding: (call: () => void) => landings.push(call) } },
    dispatcher: { wake: () => undefined },
    time: { nowMs: () => 0 },
    timers: { alarm: (_atMs: number, fire: () => void) => alarms.push(fire) },
  } as unknown as World;
  const suspects = new Suspects(world);
  const again: number[] = [];
  const cleared: number[] = [];
  suspects.onTurn(
    'effect',
    (id) => again.push(id),
    (id) => cleared.push(id),
  );
  return {
    again,
    cleared,
    ring: (): void => {
      for (const fire of alarms.splice(0)) fire();
    },
    ask: (id: number, deaths: number): boolean => suspects.admits('effect', id, deaths, 3),
    end: (id: number): void => suspects.ended('effect', id),
    land: (): void => {
      for (const call of landings.splice(0)) call();
    },
  };
}

describe('an effect', () => {
  test('that nothing is held against runs beside whatever else runs', () => {
    const { ask } = bench();
    expect([ask(1, 2), ask(2, 0), ask(3, 0)]).toEqual([true, true, true]);
  });

  test('with one death runs beside others like it', () => {
    const { ask } = bench();
    expect([ask(1, 1), ask(2, 1), ask(3, 1)]).toEqual([true, true, true]);
  });

  test('whose next death would be the last waits until no suspect runs', () => {
    const { ask, end, land, again } = bench();
    expect([ask(1, 1), ask(2, 2)]).toEqual([true, false]);
    end(1);
    expect(again).toEqual([]);
    land();
    expect(again).toEqual([2]);
    expect(ask(2, 2)).toBe(true);
  });

  test('of which something is suspected waits while one runs alone', () => {
    const { ask, end, land, again } = bench();
    expect([ask(1, 2), ask(2, 1), ask(3, 2)]).toEqual([true, false, false]);
    end(1);
    land();
    expect(again).toEqual([2, 3]);
  });

  test('that is asked for again while it runs is the same one', () => {
    const { ask } = bench();
    expect([ask(1, 2), ask(1, 2)]).toEqual([true, true]);
  });

  test('that was withdrawn while it waited is not asked for again', () => {
    const { ask, end, land, again } = bench();
    ask(1, 2);
    ask(2, 2);
    end(2);
    end(1);
    land();
    expect(again).toEqual([]);
  });

  test('that runs on and on is cleared when others have waited for it long enough', () => {
    const { ask, ring, land, again, cleared } = bench();
    ask(1, 2);
    ring();
    expect(cleared).toEqual([]);
    ask(2, 2);
    ask(3, 1);
    ring();
    land();
    expect([cleared, again]).toEqual([[1], [2, 3]]);
    expect(ask(2, 2)).toBe(true);
  });

  test('that ended in time is not cleared while it runs again', () => {
    const { ask, end, ring, cleared } = bench();
    ask(1, 2);
    ask(2, 2);
    end(1);
    ask(1, 2);
    ring();
    expect(cleared).toEqual([]);
  });

  test('is guilty when it was alone at its last death', () => {
    expect([0, 1, 2, 3].map((deaths) => isGuilty(deaths, 3))).toEqual([false, false, false, true]);
    expect([0, 1, 2].map((deaths) => isGuilty(deaths, 1))).toEqual([false, false, true]);
    expect([1, 2].map((deaths) => isGuilty(deaths, 2))).toEqual([false, true]);
  });
});
