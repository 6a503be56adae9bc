/** Flat or not, series by series. */
import { isQuiet, type Recovery, type Sample } from './sample.ts';
import { allSeries, recovery, type Scope, type Series } from './series.ts';
import { quantile } from './spread.ts';
import { HOUR_MS, type Point, type Trend, trendOfLives, trendOfRun } from './trend.ts';

export interface Judgement {
  readonly series: Series;
  readonly median: number;
  /** undefined: not judged so, or too little was seen. */
  readonly life: Trend | undefined;
  readonly run: Trend | undefined;
  /** How much it may grow over the time looked at. */
  readonly allowance: number;
  readonly kind: 'flat' | 'grows' | 'falls' | 'not judged';
  /** The trend that is more than is allowed, or the worse of two. */
  readonly worst: Trend | undefined;
}

/** Of the run: what comes earlier fills caches and the store. */
export const WARM_UP_SHARE = 0.25;
/** Of the longest life, and no more than so long: code is compiled, buffers find their size. */
const YOUNG_SHARE = 0.4;
const YOUNG_MAX_MS = 120_000;
/** What recovery itself costs is not load. */
const RECOVERED_MS = 2_000;

export function judge(
  samples: readonly Sample[],
  recoveries: readonly Recovery[],
): readonly Judgement[] {
  const points = ({ of, needsQuiet = false }: Series): Point[] =>
    samples.flatMap((sample) => {
      const value = of(sample);
      const { atMs, ageMs, life } = sample;
      return value === undefined || (needsQuiet && !isQuiet(sample))
        ? []
        : [{ atMs, ageMs, life, value }];
    });
  const fromMs = (samples.at(-1)?.atMs ?? 0) * WARM_UP_SHARE;
  return [
    ...allSeries.map((series) => judgeSeries(series, points(series), fromMs)),
    judgeSeries(
      recovery,
      // each is a moment of its own, at the age of nothing
      recoveries.filter(isQuiet).map(({ atMs, life, tookMs }) => ({
        atMs,
        life,
        ageMs: RECOVERED_MS,
        value: tookMs,
      })),
      fromMs,
    ),
  ];
}

export function judgeSeries(series: Series, all: readonly Point[], fromMs: number): Judgement {
  const { scopes, share, least, worse } = series;
  const warm = all.filter(({ atMs, ageMs }) => atMs >= fromMs && ageMs >= RECOVERED_MS);
  const youngMs = Math.min(YOUNG_MAX_MS, longest(warm) * YOUNG_SHARE);
  const trends: Record<Scope, Trend | undefined> = {
    life: scopes.includes('life')
      ? trendOfLives(warm.filter(({ ageMs }) => ageMs >= youngMs))
      : undefined,
    run: scopes.includes('run') ? trendOfRun(warm) : undefined,
  };
  const median = quantile(
    warm.map(({ value }) => value).sort((a, b) => a - b),
    0.5,
  );
  const allowance = Math.max(least, Math.abs(median) * share);
  const sign = worse === 'up' ? 1 : -1;
  const seen = [trends.life, trends.run].filter((trend) => trend !== undefined);
  const worst = seen
    .filter(({ growth }) => growth * sign > allowance)
    .sort((a, b) => (b.growth - a.growth) * sign)[0];
  const change = worse === 'up' ? 'grows' : 'falls';
  const kind = seen.length === 0 ? 'not judged' : worst === undefined ? 'flat' : change;
  return { series, median, ...trends, allowance, kind, worst };
}

/** The least change per hour that would not have been called flat. */
export function seenFromPerHour({ allowance }: Judgement, { spanMs }: Trend): number {
  return (allowance / spanMs) * HOUR_MS;
}

function longest(points: readonly Point[]): number {
  return points.reduce((most, { ageMs }) => Math.max(most, ageMs), 0);
}
