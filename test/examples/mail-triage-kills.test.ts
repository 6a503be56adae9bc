import { describe, expect, it } from 'vitest';
import { planKills, quietItems } from '../../examples/mail-triage/kill-plan.ts';
import type { Phase } from '../../examples/mail-triage/triage.ts';
import { fellInFlight, Watch } from '../../examples/mail-triage/watch.ts';

describe('planKills', () => {
  const plan = (seed: number) => planKills(seed, { kills: 5, from: 0, items: 1_000 });

  it('gives the same kills for the same seed, others for another', () => {
    expect(plan(1)).toEqual(plan(1));
    expect(plan(1)).not.toEqual(plan(2));
  });

  it('puts one kill into each stretch of the mails, none into the last few', () => {
    const stretch = (1_000 - quietItems) / 5;
    for (let seed = 0; seed < 100; seed++) {
      plan(seed).forEach(({ afterItems }, index) => {
        expect(afterItems).toBeGreaterThan(stretch * index);
        expect(afterItems).toBeLessThanOrEqual(stretch * (index + 1));
      });
    }
  });

  it('aims at every kind of step', () => {
    const phases = Array.from({ length: 20 }, (_, seed) => plan(seed)).flat();
    expect(new Set(phases.map(({ phase }) => phase))).toEqual(
      new Set<Phase>(['read', 'classify', 'record']),
    );
  });

  it('leaves out the mails of an earlier run', () => {
    const [first] = planKills(1, { kills: 1, from: 500, items: 1_000 });
    expect(first?.afterItems).toBeGreaterThan(500);
  });

  it('plans nothing when there is nothing to kill', () => {
    expect(planKills(1, { kills: 0, from: 0, items: 1_000 })).toEqual([]);
  });
});

describe('Watch', () => {
  const planned = { afterItems: 1, phase: 'classify', delayMs: 0 } as const;
  const hear = (watch: Watch, phase: Phase, ...items: number[]) =>
    items.map((item) => watch.hear({ item, phase })).find((due) => due !== undefined);

  it('calls for a kill once enough mails are recorded and the right step begins', () => {
    const watch = new Watch([planned]);
    expect(hear(watch, 'classify', 0)).toBeUndefined();
    expect(hear(watch, 'record', 0)).toBeUndefined();
    expect(hear(watch, 'read', 4)).toBeUndefined();
    expect(hear(watch, 'classify', 4)).toBe(planned);
  });

  it('tells what was last heard and where each agent went on', () => {
    const watch = new Watch([planned]);
    hear(watch, 'read', 0, 1);
    hear(watch, 'classify', 0);
    watch.noteKill();
    hear(watch, 'read', 1, 2);
    hear(watch, 'classify', 0, 1);

    expect(watch.kills).toEqual([
      {
        afterItems: 0,
        last: { item: 0, phase: 'classify' },
        found: [
          { agent: '2', item: 1, phase: 'read', isAgain: true },
          { agent: '3', item: 2, phase: 'read', isAgain: false },
          { agent: '1', item: 0, phase: 'classify', isAgain: true },
        ],
      },
    ]);
    expect(watch.kills.every(fellInFlight)).toBe(true);
  });

  it('calls for no other kill before the last one is judged', () => {
    const watch = new Watch([planned, planned]);
    hear(watch, 'record', 0, 1, 2, 3);
    watch.noteKill();
    expect(hear(watch, 'classify', 4, 5, 6)).toBeUndefined();
    expect(hear(watch, 'classify', 3)).toBe(planned);
  });

  it('calls again for a kill that fell between the mails of all agents', () => {
    const watch = new Watch([planned]);
    hear(watch, 'record', 0, 1, 2, 3);
    watch.noteKill();
    expect(hear(watch, 'read', 4, 5, 6, 7)).toBeUndefined();
    expect(watch.kills.some(fellInFlight)).toBe(false);
    expect(hear(watch, 'classify', 4)).toBe(planned);
  });

  it('calls for no more kills than planned', () => {
    const watch = new Watch([planned]);
    hear(watch, 'record', 0);
    watch.noteKill();
    hear(watch, 'record', 0);
    expect(hear(watch, 'classify', 4, 5, 6, 7)).toBeUndefined();
  });
});
