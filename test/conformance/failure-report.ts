/** A vector that failed, for people: the step, the first difference, what was expected beside what was seen. */
import type { VectorEvent } from '../support/otp-vectors.ts';
import type { Failure } from './run.ts';

const COLUMN = 56;

export function describeFailure({ vector, hooks, deviation }: Failure): string {
  const { step, difference, seen } = deviation;
  const lines = [
    `${vector.id}, workers with hooks ${hooks === 'needed' ? 'where needed' : hooks}, ` +
      `step ${step} ${JSON.stringify(vector.script[step])}`,
    ...difference.split('\n').filter((line) => !line.startsWith(' of events ')),
  ];
  const expected = vector.expect[step];
  if (seen === undefined || expected === undefined) return lines.join('\n');
  return [
    ...lines,
    ...sideBySide('expected', 'seen'),
    ...sideBySide('--------', '----'),
    ...inColumns(expected.events.flatMap(shown), seen.events.flatMap(shown)),
  ].join('\n');
}

function inColumns(left: readonly string[], right: readonly string[]): string[] {
  const rows = Math.max(left.length, right.length);
  return Array.from({ length: rows }, (_, row) =>
    sideBySide(left[row] ?? '', right[row] ?? ''),
  ).flat();
}

function sideBySide(left: string, right: string): string[] {
  return [`  ${left.padEnd(COLUMN)} ${right}`.trimEnd()];
}

/** One line an event; those of a group without an order are indented. */
function shown(event: VectorEvent): string[] {
  if (event.ev === 'par')
    return [
      `in any order, below ${event.path}:`,
      ...event.branches.flat().flatMap(shown).map(indent),
    ];
  const { ev, path, n, reason } = event;
  const number = n === undefined ? '' : ` #${n}`;
  return [`${ev} ${path}${number}${reason === undefined ? '' : ` ${reason}`}`];
}

function indent(line: string): string {
  return `  ${line}`;
}
