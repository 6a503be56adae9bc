/** What is looked at over time: how it is measured, and how much growth is noise. */
import type { Spread } from './messages.ts';
import type { Sample } from './sample.ts';

/** `life`: judged within lives of the process; `run`: processes of one age are compared across the run. */
export type Scope = 'life' | 'run';

export interface Series {
  readonly name: string;
  readonly unit: string;
  /** The picture of it. */
  readonly panel: string;
  readonly of: (sample: Sample) => number | undefined;
  /** Empty: shown, not judged. */
  readonly scopes: readonly Scope[];
  /** Growth that is allowed over the time looked at: a share of the median, and no less than `least`. */
  readonly share: number;
  readonly least: number;
  /** What is to be told: that it grows, or that it falls. */
  readonly worse: 'up' | 'down';
  /** Judged only by samples of a quiet machine: it depends on what else runs there. */
  readonly needsQuiet?: boolean;
}

type Judged = Pick<Series, 'scopes' | 'share' | 'least'>;

const both: readonly Scope[] = ['life', 'run'];
const shown: Judged = { scopes: [], share: 0, least: 0 };
const MB = 1_000_000;

function up(panel: string, name: string, unit: string, of: Series['of'], judged: Judged): Series {
  return { panel, name, unit, of, worse: 'up', ...judged };
}

function spread(
  panel: string,
  short: string,
  of: (sample: Sample) => Spread | undefined,
  p50: Judged,
  p99: Judged,
): readonly Series[] {
  return [
    up(panel, `${short} p50`, 'ms', (sample) => of(sample)?.p50, p50),
    up(panel, `${short} p99`, 'ms', (sample) => of(sample)?.p99, p99),
    up(panel, `${short} max`, 'ms', (sample) => of(sample)?.max, shown),
  ].map((series) => ({ ...series, needsQuiet: true }));
}

const median: Judged = { scopes: both, share: 0.5, least: 6 };
// one slow write of the disk in a hundred is this
const tail: Judged = { scopes: both, share: 1, least: 50 };

export const allSeries: readonly Series[] = [
  up('resident memory', 'rss', 'MB', ({ rssBytes }) => rssBytes / MB, {
    scopes: both,
    share: 0.15,
    least: 10,
  }),
  up('heap', 'heap after gc', 'MB', (sample) => inMB(sample.collectedBytes), {
    scopes: both,
    share: 0.1,
    least: 2,
  }),
  up('heap', 'heap', 'MB', ({ heapBytes }) => heapBytes / MB, shown),
  up('heap', 'external', 'MB', ({ externalBytes }) => externalBytes / MB, {
    scopes: both,
    share: 0.25,
    least: 2,
  }),
  up('open handles', 'handles', '', ({ handles }) => total(handles), {
    scopes: both,
    share: 0.25,
    least: 6,
  }),
  up('open files', 'files', '', ({ files }) => files, { scopes: both, share: 0.25, least: 8 }),
  up('disk', 'disk', 'MB', ({ diskBytes }) => diskBytes / MB, {
    scopes: ['run'],
    share: 0.25,
    least: 8,
  }),
  ...spread('send accepted', 'accepted', ({ accepted }) => accepted, median, tail),
  ...spread('send applied', 'applied', ({ applied }) => applied, median, tail),
  {
    panel: 'messages',
    name: 'messages',
    unit: '1/s',
    of: ({ messagesPerS }) => messagesPerS,
    scopes: ['run'],
    share: 0.1,
    least: 1,
    worse: 'down',
    needsQuiet: true,
  },
  up('restarts', 'restarts', '1/s', ({ restartsPerS }) => restartsPerS, {
    scopes: ['run'],
    share: 0.5,
    least: 2,
  }),
  up('dead letters', 'dead letters', '', ({ deadLetters }) => deadLetters, {
    scopes: both,
    share: 1,
    least: 20,
  }),
  ...spread('event loop delay', 'delay', ({ loopDelay }) => loopDelay, median, tail),
  up('event loop delay', 'elsewhere p90', 'ms', ({ elsewhereMs }) => elsewhereMs, shown),
];

/** One point a life, so it is not read from samples. */
export const recovery: Series = {
  ...up('recovery', 'recovery', 'ms', () => undefined, { scopes: ['run'], share: 1, least: 300 }),
  needsQuiet: true,
};

function inMB(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / MB;
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
