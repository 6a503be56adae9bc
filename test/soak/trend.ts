/**
 * How fast a noisy series grows: the median of the slopes between pairs of its points (Theil and Sen), which
 * a few outliers do not move. Which pairs are compared is what makes it honest across restarts.
 */
import { quantile } from './spread.ts';

export interface Point {
  /** Since the start of the run. */
  readonly atMs: number;
  /** Since this life of the process was up. */
  readonly ageMs: number;
  readonly life: number;
  readonly value: number;
}

export interface Trend {
  readonly perHour: number;
  /** What the slope comes to over the time that was looked at. */
  readonly growth: number;
  readonly spanMs: number;
}

export const HOUR_MS = 3_600_000;
const PAIRS_MIN = 10;
/** Two ages are comparable if they differ by no more, or by no more than this share. */
const AGE_MS = 2_000;
const AGE_SHARE = 0.1;
const LIVES_MIN = 3;

/** Within lives of the process: what it gathers while it lives. */
export function trendOfLives(points: readonly Point[]): Trend | undefined {
  const span = spanOf(points, ({ ageMs }) => ageMs);
  return trend(
    points,
    span,
    (a, b) => a.life === b.life,
    (a, b) => b.ageMs - a.ageMs,
  );
}

/**
 * Across the run: processes of the same age are compared, so that a restart is not taken for a gain. A run
 * of one life has nothing else to compare.
 */
export function trendOfRun(points: readonly Point[]): Trend | undefined {
  const lives = new Set(points.map(({ life }) => life)).size;
  if (lives > 1 && lives < LIVES_MIN) return undefined;
  const span = spanOf(points, ({ atMs }) => atMs);
  return trend(
    points,
    span,
    (a, b) => lives === 1 || (a.life !== b.life && areOfOneAge(a, b)),
    (a, b) => b.atMs - a.atMs,
  );
}

function areOfOneAge(a: Point, b: Point): boolean {
  const apartMs = Math.abs(a.ageMs - b.ageMs);
  return apartMs <= Math.max(AGE_MS, AGE_SHARE * Math.max(a.ageMs, b.ageMs));
}

function spanOf(points: readonly Point[], of: (point: Point) => number): number {
  const all = points.map(of);
  return points.length === 0 ? 0 : Math.max(...all) - Math.min(...all);
}

function trend(
  points: readonly Point[],
  spanMs: number,
  isPair: (a: Point, b: Point) => boolean,
  apartMs: (a: Point, b: Point) => number,
): Trend | undefined {
  const slopes: number[] = [];
  points.forEach((a, index) => {
    for (const b of points.slice(index + 1)) {
      if (!isPair(a, b)) continue;
      const ms = apartMs(a, b);
      if (ms > 0) slopes.push((b.value - a.value) / ms);
    }
  });
  if (slopes.length < PAIRS_MIN) return undefined;
  const perMs = quantile(
    slopes.sort((a, b) => a - b),
    0.5,
  );
  return { perHour: perMs * HOUR_MS, growth: perMs * spanMs, spanMs };
}
