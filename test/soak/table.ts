/** The verdict for the person at the keyboard. */
import type { Trend } from './trend.ts';
import { type Judgement, seenFromPerHour } from './verdict.ts';

const widths = [14, 10, 20, 22];

export function tableOf(judgements: readonly Judgement[]): string {
  const row = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell[index === 0 ? 'padEnd' : 'padStart'](widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    row(['after warm-up', 'median', 'per hour in a life', 'per hour over the run', 'verdict']),
    ...judgements.map((judgement) => {
      const { series, median, life, run } = judgement;
      return row([
        series.name,
        `${figure(median)} ${series.unit}`.trim(),
        trendText(judgement, life),
        trendText(judgement, run),
        verdictText(judgement),
      ]);
    }),
    'In brackets: the least change per hour that a run like this one can tell from noise.',
  ].join('\n');
}

export function verdictText({ series, kind, worst }: Judgement): string {
  if (kind === 'not judged') return series.scopes.length === 0 ? '' : 'too little seen';
  if (kind === 'flat' || worst === undefined) return kind;
  return `${kind} by ${figure(Math.abs(worst.perHour))} ${series.unit} per hour`.replace('  ', ' ');
}

function trendText(judgement: Judgement, trend: Trend | undefined): string {
  if (trend === undefined) return '';
  const sign = trend.perHour > 0 ? '+' : '';
  return `${sign}${figure(trend.perHour)} (${figure(seenFromPerHour(judgement, trend))})`;
}

/** Three digits that matter. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return '-';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(Math.abs(value) < 1 ? 2 : 3)));
}
