import { describe, expect, it } from 'vitest';
import { audit, type Evidence } from '../../examples/mail-triage/audit.ts';
import { agentNames, agentOf } from '../../examples/mail-triage/desk.ts';
import { grade } from '../../examples/mail-triage/grade.ts';
import type { LedgerLine } from '../../examples/mail-triage/ledger.ts';
import type { Label } from '../../examples/mail-triage/mails.ts';
import type { StoreReport } from '../../examples/mail-triage/store-report.ts';
import { count, emptyTally } from '../../examples/mail-triage/tally.ts';
import type { Kill } from '../../examples/mail-triage/watch.ts';

const items = 10;
const labelOf = (item: number): Label => (item % 3 === 0 ? 'spam' : 'ham');
const all = Array.from({ length: items }, (_, item) => item);

function line(item: number, key = `key-${item}`, label = labelOf(item)): LedgerLine {
  return { key, item, label, truth: labelOf(item) };
}

/** What the actors say when each agent handled `handled`, in order. */
function storeOf(handled: readonly number[], told: readonly number[] = handled): StoreReport {
  const verdicts = told.map((item) => ({ agent: agentOf(item), item, label: labelOf(item) }));
  return {
    agents: agentNames.map((agent) => {
      const own = handled.filter((item) => agentOf(item) === agent);
      return {
        agent,
        handled: own.length,
        sorted: own.map((item) => ({ item, label: labelOf(item) })),
      };
    }),
    tally: verdicts.reduce(count, emptyTally),
  };
}

const kill: Kill = {
  afterItems: 4,
  last: { item: 4, phase: 'record' },
  found: [{ agent: '1', item: 4, phase: 'record', isAgain: true }],
};

function evidence(changed: Partial<Evidence> = {}): Evidence {
  return {
    items,
    training: 2,
    plannedKills: 1,
    kills: [kill],
    ledger: { lines: all.map((item) => line(item)), torn: 0 },
    store: storeOf(all),
    ...changed,
  };
}

const ledgerWith = (...more: LedgerLine[]) => ({
  lines: [...all.map((item) => line(item)), ...more],
  torn: 0,
});

describe('audit', () => {
  it('finds nothing wrong with a run in which each mail was handled once', () => {
    const { ledger, store, failures } = audit(evidence());
    expect(failures).toEqual([]);
    expect(ledger).toMatchObject({ items, skipped: [], twice: [], repeatedKeys: 0, lines: items });
    expect(store).toEqual({ items, skipped: [], twice: [] });
  });

  it('counts a line that was written again under its key, and lets it pass', () => {
    const { ledger, failures } = audit(evidence({ ledger: ledgerWith(line(4), line(4), line(5)) }));
    expect(ledger).toMatchObject({ repeatedKeys: 3, twice: [] });
    expect(failures).toEqual([]);
  });

  it('fails two lines for one mail under different keys', () => {
    const { ledger, failures } = audit(evidence({ ledger: ledgerWith(line(4, 'other')) }));
    expect(ledger.twice).toEqual([4]);
    expect(failures).toEqual(['ledger: 1 done twice (4)']);
  });

  it('fails one key on two mails', () => {
    const lines = all.map((item) => line(item, item === 5 ? 'key-4' : undefined));
    const { failures } = audit(evidence({ ledger: { lines, torn: 0 } }));
    expect(failures).toEqual(['ledger: key key-4 is on two mails']);
  });

  it('fails two verdicts on one mail, even under one key', () => {
    const { failures } = audit(evidence({ ledger: ledgerWith(line(0, 'key-0', 'ham')) }));
    expect(failures).toContain('ledger: two verdicts on mail 0');
  });

  it('fails a mail that the ledger does not have', () => {
    const lines = all.filter((item) => item !== 7).map((item) => line(item));
    const { ledger, store, failures } = audit(evidence({ ledger: { lines, torn: 1 } }));
    expect(ledger).toMatchObject({ skipped: [7], torn: 1 });
    expect(store.skipped).toEqual([]);
    expect(failures).toContain('ledger: 1 skipped (7)');
  });

  it('fails a mail that the agents never emitted', () => {
    const { store, failures } = audit(
      evidence({ store: storeOf(all.filter((item) => item !== 7)) }),
    );
    expect(store.skipped).toEqual([7]);
    expect(failures).toContain('store: 1 skipped (7)');
    expect(failures).toContain('store: the agents handled 9 of 10 mails');
  });

  it('fails a mail that was applied to the state twice', () => {
    const { store, failures } = audit(evidence({ store: storeOf([...all, 9]) }));
    expect(store.twice).toEqual([9]);
    expect(failures).toContain('store: 1 done twice (9)');
    expect(failures).toContain('store: the tally was told 11 verdicts on 10 mails');
  });

  it.each([
    ['lost', all.slice(1)],
    ['repeated', [...all, 9]],
    ['out of order', [4, 0, ...all.filter((item) => item !== 0 && item !== 4)]],
  ])('fails when only the tally has a message %s', (_what, told) => {
    const { failures } = audit(evidence({ store: storeOf(all, told) }));
    expect(failures.join()).toMatch(/the tally's chain for agent \d is not the one/);
  });

  it('fails a mail that does not exist', () => {
    const { failures } = audit(evidence({ ledger: ledgerWith(line(99)) }));
    expect(failures).toContain('ledger: has mails that do not exist');
  });

  it('fails when a kill fell while nothing was in flight, or did not happen', () => {
    const miss: Kill = { ...kill, found: [{ agent: '1', item: 8, phase: 'read', isAgain: false }] };
    const failure = 'kills: 0 of 1 fell while work was in flight';
    expect(audit(evidence({ kills: [miss] })).failures).toEqual([failure]);
    expect(audit(evidence({ kills: [] })).failures).toEqual([failure]);
    expect(audit(evidence({ kills: [miss, kill] })).failures).toEqual([]);
  });
});

describe('grade', () => {
  it('looks only at mails the model did not learn from, each once', () => {
    const lines = [
      line(0, 'a', 'ham'),
      line(3, 'b', 'spam'),
      line(3, 'b', 'spam'),
      line(4, 'c', 'spam'),
      line(5, 'd', 'ham'),
      line(6, 'e', 'ham'),
    ];
    expect(grade(lines, 2)).toEqual({ graded: 4, accuracy: 0.5, precision: 0.5, recall: 0.5 });
  });
});
