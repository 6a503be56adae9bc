/** Which lines go into which small picture. */
import type { Recovery, Sample } from './sample.ts';
import { allSeries, recovery } from './series.ts';
import { verdictText } from './table.ts';
import type { Judgement } from './verdict.ts';

export interface Pictured {
  readonly title: string;
  readonly samples: readonly Sample[];
  readonly recoveries: readonly Recovery[];
  readonly killsMs: readonly number[];
  readonly judgements: readonly Judgement[];
}

export interface Line {
  readonly name: string;
  /** Minutes and values; a gap between lives. */
  readonly points: readonly (readonly [number, number | null])[];
  readonly isScattered: boolean;
}

export interface Panel {
  readonly title: string;
  readonly verdict: string;
  readonly isBad: boolean;
  readonly isLog: boolean;
  readonly lines: readonly Line[];
}

const MINUTE_MS = 60_000;
/** A logarithm has no zero. */
const LOG_LEAST = 0.1;
const KINDS_MAX = 4;

export function panelsOf(pictured: Pictured): readonly Panel[] {
  const names = [...new Set(allSeries.map(({ panel }) => panel)), recovery.panel];
  return names.map((name) => panelOf(name, pictured));
}

function panelOf(name: string, pictured: Pictured): Panel {
  const judged = pictured.judgements.filter(({ series }) => series.panel === name);
  const unit = judged[0]?.series.unit ?? '';
  const isLog = unit === 'ms';
  const words = judged
    .filter(({ kind }) => kind !== 'not judged')
    .map((judgement) => `${judgement.series.name}: ${verdictText(judgement)}`);
  return {
    title: [name, unit, isLog ? 'logarithmic' : ''].filter((part) => part !== '').join(', '),
    verdict: words.length === 0 ? 'too little seen' : words.join('\n'),
    isBad: judged.some(({ kind }) => kind === 'grows' || kind === 'falls'),
    isLog,
    lines: linesOf(name, isLog, pictured),
  };
}

function linesOf(name: string, isLog: boolean, pictured: Pictured): readonly Line[] {
  const { samples, recoveries } = pictured;
  if (name === recovery.panel) {
    const points = recoveries.map(({ atMs, tookMs }) => [atMs / MINUTE_MS, tookMs] as const);
    return [{ name: recovery.name, points, isScattered: true }];
  }
  const sampled = allSeries
    .filter(({ panel }) => panel === name)
    .map((series) => ({
      name: series.name,
      points: pointsOf(samples, (sample) => {
        const value = series.of(sample);
        return isLog && value !== undefined ? Math.max(LOG_LEAST, value) : value;
      }),
      isScattered: false,
    }));
  return name === 'open handles' ? [...sampled, ...kindsOf(samples)] : sampled;
}

/** The most frequent kinds of handles. */
function kindsOf(samples: readonly Sample[]): readonly Line[] {
  const most = new Map<string, number>();
  for (const { handles } of samples)
    for (const [kind, count] of Object.entries(handles))
      most.set(kind, Math.max(most.get(kind) ?? 0, count));
  return [...most]
    .sort(([, a], [, b]) => b - a)
    .slice(0, KINDS_MAX)
    .map(([kind]) => ({
      name: kind,
      points: pointsOf(samples, ({ handles }) => handles[kind] ?? 0),
      isScattered: false,
    }));
}

function pointsOf(
  samples: readonly Sample[],
  of: (sample: Sample) => number | undefined,
): [number, number | null][] {
  const points: [number, number | null][] = [];
  let life = samples[0]?.life;
  for (const sample of samples) {
    const value = of(sample);
    if (value === undefined) continue;
    const minute = sample.atMs / MINUTE_MS;
    if (sample.life !== life) points.push([minute, null]);
    life = sample.life;
    points.push([minute, value]);
  }
  return points;
}
