/** The audit, for people. */
import type { Audit, Evidence } from './audit.ts';
import { killLine } from './progress.ts';

export function printAudit(
  { ledger, store, grade, failures }: Audit,
  { items, kills, training }: Evidence,
  seconds: number,
): string {
  const row = (name: string, ...cells: readonly (string | number)[]): string =>
    `  ${name.padEnd(34)}${cells.map((cell) => String(cell).padStart(10)).join('')}`;
  const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
  return [
    '',
    `audit of ${items} mails`,
    row('', 'ledger', 'store'),
    row('handled', ledger.items, store.items),
    row('skipped', ledger.skipped.length, store.skipped.length),
    row('applied twice', ledger.twice.length, store.twice.length),
    row('recorded again, with the same key', ledger.repeatedKeys, '-'),
    ...(ledger.torn > 0 ? [row('lines torn by a kill', ledger.torn, '-')] : []),
    '',
    ...kills.map((kill, index) => `  kill ${index + 1}: ${killLine(kill)}`),
    '',
    `  classifier: learnt from ${training} mails; of the other ${grade.graded} right ${percent(grade.accuracy)}, ` +
      `spam precision ${percent(grade.precision)}, recall ${percent(grade.recall)}`,
    `  time: ${seconds.toFixed(1)} s, ${Math.round(items / seconds)} mails a second`,
    '',
    ...failures.map((failure) => `  FAILED ${failure}`),
    failures.length === 0
      ? 'ok: skipped 0, applied twice 0, in the ledger and in the store'
      : `not ok: ${failures.length} failures`,
  ].join('\n');
}
