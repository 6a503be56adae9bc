/** Compares what the actors know in the end with what was ordered. */
import { isDeepStrictEqual } from 'node:util';
import { type Bag, emptyBag, into } from '../crash/chain.ts';
import { expectedReport, infects, isCurable } from './duties.ts';
import type { Report } from './messages.ts';

export interface Finding {
  lost: number;
  twice: number;
  readonly faults: string[];
}

/** `sessions`: how many were begun, and so have to be closed. */
export function audit(sessions: number, report: Report | undefined): Finding {
  const finding: Finding = { lost: 0, twice: 0, faults: [] };
  if (report === undefined) {
    finding.faults.push('there is no report of what the actors know');
    return finding;
  }
  finding.lost += report.lost;
  finding.twice += report.twice;
  let closed = emptyBag;
  let cured = emptyBag;
  for (let session = 1; session <= sessions; session += 1) {
    closed = into(closed, expectedReport(session));
    if (infects(session, 5) && isCurable(session)) cured = into(cured, String(session));
  }
  compare('sessions closed', report.closed, closed, finding);
  compare('messages cured', report.cured, cured, finding);
  count('questions answered', report.answered?.count ?? 0, sessions, finding);
  for (const wrong of report.wrong) finding.faults.push(`a session reported '${wrong}'`);
  const { deadLetters, quarantined, orphans } = report;
  if (deadLetters + quarantined + orphans.length > 0)
    finding.faults.push(
      `${deadLetters} dead letters, ${quarantined} quarantined, ${orphans.length} orphans are left`,
    );
  return finding;
}

function compare(what: string, bag: Bag, expected: Bag, finding: Finding): void {
  if (isDeepStrictEqual(bag, expected)) return;
  count(what, bag.count, expected.count, finding);
  if (bag.count === expected.count) finding.faults.push(`${what}: not the ones that were to be`);
}

function count(what: string, found: number, expected: number, finding: Finding): void {
  if (found === expected) return;
  finding.lost += Math.max(0, expected - found);
  finding.twice += Math.max(0, found - expected);
  finding.faults.push(`${what}: ${found} instead of ${expected}`);
}
