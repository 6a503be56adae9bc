/**
 * The judgement, pure: from what the outside world saw (the ledger) and from what the actors say (the
 * store), each by itself, and then whether the two agree.
 */
import { agentNames, agentOf } from './desk.ts';
import type { LedgerContent, LedgerLine } from './ledger.ts';
import { grade, type Grade } from './grade.ts';
import type { StoreReport } from './store-report.ts';
import { count, emptyTally } from './tally.ts';
import { fellInFlight, type Kill } from './watch.ts';

export interface Evidence {
  readonly items: number;
  /** The first mails, which taught the model: handled like the others, but not graded. */
  readonly training: number;
  readonly plannedKills: number;
  readonly kills: readonly Kill[];
  readonly ledger: LedgerContent;
  readonly store: StoreReport;
}

export interface Side {
  readonly items: number;
  readonly skipped: readonly number[];
  readonly twice: readonly number[];
}

export interface Audit {
  /** The outside: an item is done twice when it has lines under two different keys. */
  readonly ledger: Side & {
    readonly lines: number;
    readonly repeatedKeys: number;
    readonly torn: number;
  };
  /** The inside: an item is done twice when an agent emitted it twice. */
  readonly store: Side;
  readonly grade: Grade;
  /** Empty if all is well. */
  readonly failures: readonly string[];
}

export function audit(evidence: Evidence): Audit {
  const ledger = auditLedger(evidence);
  const store = auditStore(evidence);
  const failures = [
    ...sideFailures('ledger', ledger, evidence.items),
    ...sideFailures('store', store, evidence.items),
    ...countFailures(evidence),
    ...agreementFailures(evidence),
    ...killFailures(evidence),
  ];
  return { ledger, store, grade: grade(evidence.ledger.lines, evidence.training), failures };
}

function auditLedger({ items, ledger }: Evidence): Audit['ledger'] {
  const keys = new Map<number, Set<string>>();
  for (const { item, key } of ledger.lines) {
    keys.set(item, (keys.get(item) ?? new Set()).add(key));
  }
  const allKeys = new Set(ledger.lines.map(({ key }) => key));
  return {
    lines: ledger.lines.length,
    items: keys.size,
    skipped: missing(items, keys),
    twice: [...keys].filter(([, each]) => each.size > 1).map(([item]) => item),
    repeatedKeys: ledger.lines.length - allKeys.size,
    torn: ledger.torn,
  };
}

function auditStore({ items, store }: Evidence): Side {
  const times = new Map<number, number>();
  for (const { item } of store.agents.flatMap(({ sorted }) => sorted)) {
    times.set(item, (times.get(item) ?? 0) + 1);
  }
  return {
    items: times.size,
    skipped: missing(items, times),
    twice: [...times].filter(([, each]) => each > 1).map(([item]) => item),
  };
}

function sideFailures(name: string, { items, skipped, twice }: Side, expected: number): string[] {
  return [
    ...(skipped.length > 0 ? [`${name}: ${skipped.length} skipped (${some(skipped)})`] : []),
    ...(twice.length > 0 ? [`${name}: ${twice.length} done twice (${some(twice)})`] : []),
    ...(items + skipped.length === expected ? [] : [`${name}: has mails that do not exist`]),
  ];
}

/** Do the counts that the actors keep in their state say the same as what they emitted? */
function countFailures({ items, store: { agents, tally } }: Evidence): string[] {
  const handled = agents.reduce((sum, each) => sum + each.handled, 0);
  const told = tally.spam + tally.ham;
  return [
    ...(handled === items ? [] : [`store: the agents handled ${handled} of ${items} mails`]),
    ...(told === items ? [] : [`store: the tally was told ${told} verdicts on ${items} mails`]),
  ];
}

/** From the ledger alone: what the tally must have been told. Each agent walks its items in order. */
function agreementFailures({ ledger, store }: Evidence): string[] {
  const byItem = new Map<number, LedgerLine>();
  const failures: string[] = [];
  for (const line of ledger.lines) {
    const earlier = byItem.get(line.item);
    if (earlier !== undefined && earlier.label !== line.label) {
      failures.push(`ledger: two verdicts on mail ${line.item}`);
    }
    byItem.set(line.item, line);
  }
  const owners = new Map<string, number>();
  for (const { key, item } of ledger.lines) {
    if ((owners.get(key) ?? item) !== item) failures.push(`ledger: key ${key} is on two mails`);
    owners.set(key, item);
  }
  const expected = [...byItem.values()]
    .toSorted((a, b) => a.item - b.item)
    .map(({ item, label }) => ({ agent: agentOf(item), item, label }))
    .reduce(count, emptyTally);
  for (const agent of agentNames) {
    if (store.tally.chains[agent] !== expected.chains[agent]) {
      failures.push(`store: the tally's chain for agent ${agent} is not the one the ledger gives`);
    }
  }
  if (store.tally.spam !== expected.spam) {
    failures.push(`store: the tally has ${store.tally.spam} spam, the ledger ${expected.spam}`);
  }
  return failures;
}

function killFailures({ kills, plannedKills }: Evidence): string[] {
  const counted = kills.filter(fellInFlight).length;
  return counted === plannedKills
    ? []
    : [`kills: ${counted} of ${plannedKills} fell while work was in flight`];
}

function missing(items: number, seen: { has(item: number): boolean }): number[] {
  return Array.from({ length: items }, (_, item) => item).filter((item) => !seen.has(item));
}

function some(items: readonly number[]): string {
  return `${items.slice(0, 5).join(', ')}${items.length > 5 ? ', …' : ''}`;
}
