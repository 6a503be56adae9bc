/** The soak's own parts: a verdict that nobody has seen fail says nothing. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyBag, into } from '../crash/chain.ts';
import { Random } from '../crash/random.ts';
import { audit } from './audit.ts';
import { expectedReport, itemsPerSession } from './duties.ts';
import { Load } from './load.ts';
import type { FromChild, Order, Report } from './messages.ts';
import { readOptions } from './options.ts';
import { pngOf, svgOf } from './picture.ts';
import { Recent } from './recent.ts';
import type { Recovery, Sample } from './sample.ts';
import { allSeries, type Series } from './series.ts';
import { Times } from './spread.ts';
import { tableOf } from './table.ts';
import type { Point } from './trend.ts';
import { judge, judgeSeries } from './verdict.ts';

const series: Series = {
  name: 'sheep',
  unit: 'MB',
  panel: 'meadow',
  of: () => undefined,
  scopes: ['life', 'run'],
  share: 0.1,
  least: 5,
  worse: 'up',
};

interface Moment {
  readonly atS: number;
  readonly ageS: number;
  readonly life: number;
}

/** Ten minutes: lives of a minute, one value a second. */
function pointsOf(value: (moment: Moment) => number, lifeS = 60): Point[] {
  return Array.from({ length: 600 }, (_, atS) => {
    const moment = { atS, ageS: atS % lifeS, life: Math.floor(atS / lifeS) };
    const { ageS, life } = moment;
    return { atMs: atS * 1_000, ageMs: ageS * 1_000, life, value: value(moment) };
  });
}

const warmUpMs = 150_000;
const judged = (points: readonly Point[], of: Partial<Series> = {}) =>
  judgeSeries({ ...series, ...of }, points, warmUpMs);

describe('the verdict on a series', () => {
  it('calls flat what stays', () => {
    expect(judged(pointsOf(() => 100)).kind).toBe('flat');
  });

  it('is not misled by noise and outliers', () => {
    const random = new Random(7);
    const noisy = pointsOf(({ atS }) => 100 + random.next() * 40 + (atS % 97 === 0 ? 5_000 : 0));

    expect(judged(noisy).kind).toBe('flat');
  });

  it('finds what grows within each life, though a restart takes it back', () => {
    const leaking = judged(pointsOf(({ ageS }) => 100 + ageS));

    expect(leaking.kind).toBe('grows');
    expect(leaking.worst?.perHour).toBeCloseTo(3_600);
    expect(leaking.run?.perHour).toBeCloseTo(0);
  });

  it('finds what grows from life to life, though it is flat within each', () => {
    const filling = judged(pointsOf(({ life }) => 100 + 10 * life));

    expect(filling.kind).toBe('grows');
    expect(filling.life?.perHour).toBe(0);
    expect(filling.run?.growth).toBeGreaterThan(60);
  });

  it('finds growth under noise', () => {
    const random = new Random(7);

    expect(judged(pointsOf(({ atS }) => 100 + atS / 10 + random.next() * 20)).kind).toBe('grows');
  });

  it('finds growth in stairs, and lets pass one stair that is not followed by another', () => {
    expect(
      judged(
        pointsOf(({ atS }) => 100 + 20 * Math.floor(atS / 100)),
        {},
      ).kind,
    ).toBe('grows');
    expect(judged(pointsOf(({ atS }) => (atS < 450 ? 100 : 120), 600)).kind).toBe('flat');
  });

  it('does not mind what comes during the warm-up of the run, or of a life', () => {
    const filling = pointsOf(({ atS }) => Math.min(atS, 150));
    const compiling = pointsOf(({ ageS }) => 100 + 4 * Math.min(ageS, 14));

    expect(judged(filling).kind).toBe('flat');
    expect(judged(compiling, { scopes: ['life'] }).kind).toBe('flat');
  });

  it('compares processes of the same age, so that lives that get longer are no growth', () => {
    const lifeS = [40, 40, 60, 60, 80, 80, 100, 140];
    const ages = lifeS.flatMap((seconds, life) =>
      Array.from({ length: seconds }, (_, ageS) => ({ life, ageS })),
    );
    const points = ages.map(({ life, ageS }, atS) => ({
      atMs: atS * 1_000,
      ageMs: ageS * 1_000,
      life,
      value: 100 + ageS,
    }));

    expect(judged(points, { scopes: ['run'] }).run?.perHour).toBeCloseTo(0);
  });

  it('lets pass what is less than it allows, and says how much that is', () => {
    const points = pointsOf(({ atS }) => 100 + atS / 100);

    expect(judged(points).kind).toBe('flat');
    expect(judged(points, { least: 0, share: 0.01 }).kind).toBe('grows');
  });

  it('tells of what must not fall when it falls only', () => {
    const falling = pointsOf(({ atS }) => 300 - atS / 5);
    const rising = pointsOf(({ atS }) => 300 + atS / 5);

    expect(judged(falling, { worse: 'down' }).kind).toBe('falls');
    expect(judged(rising, { worse: 'down' }).kind).toBe('flat');
    expect(judged(falling).kind).toBe('flat');
  });

  it('judges nothing where too little was seen', () => {
    expect(judged([]).kind).toBe('not judged');
    expect(judged(pointsOf(() => 100).slice(0, 153)).kind).toBe('not judged');
  });
});

const second = (atS: number): Sample => ({
  atMs: atS * 1_000,
  ageMs: (atS % 60) * 1_000,
  life: Math.floor(atS / 60),
  diskBytes: 9e6,
  rssBytes: 150e6 + (atS % 60) * 1e6,
  heapBytes: 30e6,
  collectedBytes: atS % 10 === 0 ? 20e6 : undefined,
  externalBytes: 3e6,
  handles: { Timeout: 4, PipeWrap: 1 },
  files: 30,
  accepted: { p50: 2, p99: 9, max: 30 },
  applied: { p50: 3, p99: 10, max: 31 },
  loopDelay: { p50: 0, p99: 4, max: 9 },
  messagesPerS: 300,
  restartsPerS: 5,
  deadLetters: 0,
  elsewhereMs: 1,
});
const samples = Array.from({ length: 600 }, (_, atS) => second(atS));
const recoveries: Recovery[] = Array.from({ length: 10 }, (_, life) => ({
  atMs: life * 60_000,
  life,
  tookMs: 200,
  elsewhereMs: 1,
}));
const judgements = judge(samples, recoveries);

describe('the verdict on a run', () => {
  it('names the series that grows and by how much, and calls the others flat', () => {
    const kinds = Object.fromEntries(judgements.map(({ series: { name }, kind }) => [name, kind]));

    expect(kinds).toMatchObject({ rss: 'grows', disk: 'flat', files: 'flat', messages: 'flat' });
    expect(tableOf(judgements)).toMatch(/^rss .* grows by 3600 MB per hour$/m);
  });

  it('takes the times of a quiet machine only', () => {
    const slow = { accepted: { p50: 900, p99: 900, max: 900 } };
    const kindOf = (elsewhereMs: number) =>
      judge(
        samples.map((each) => (each.atMs < 400_000 ? each : { ...each, ...slow, elsewhereMs })),
        recoveries,
      ).find((judgement) => judgement.series.name === 'accepted p50')?.kind;

    expect(kindOf(1)).toBe('grows');
    expect(kindOf(100)).toBe('flat');
  });
});

describe('the picture', () => {
  const killsMs = [60_000, 120_000];
  const svg = svgOf({ title: 'ten minutes', samples, recoveries, killsMs, judgements });

  it('contains every series, its verdict and each kind of handle', () => {
    const names = judgements.map((judgement) => judgement.series.name);

    for (const text of ['ten minutes', 'Timeout', 'PipeWrap', 'rss: grows by', ...names])
      expect(svg).toContain(text);
  });

  it('can be drawn of a run that saw nothing', () => {
    const none = { samples: [], recoveries: [], killsMs: [], judgements: judge([], []) };

    expect(svgOf({ title: 'nothing', ...none })).toContain('too little seen');
  });

  it('becomes a PNG', () => {
    expect(Buffer.from(pngOf(svg).slice(1, 4)).toString()).toBe('PNG');
  });
});

describe('the load', () => {
  const load = (): Load => new Load({ ratePerS: 100, sessions: 3, random: new Random(1) });
  const done = ({ id }: Order): FromChild => ({ kind: 'done', id, isDuplicate: false });

  it('gives each session its items in order, and its end when all are acknowledged', () => {
    const given = new Map<number, string[]>();
    const rolling = load();
    for (let beat = 0; beat < 300; beat += 1) {
      if (beat === 200) rolling.end();
      for (const order of [...rolling.more(100)]) {
        const { session, kind } = order;
        const name = order.kind === 'item' ? String(order.n) : kind;
        given.set(session, [...(given.get(session) ?? []), name]);
        rolling.take(done(order));
      }
    }
    const items = Array.from({ length: itemsPerSession }, (_, index) => String(index + 1));

    expect(rolling.isDone).toBe(true);
    expect([...given.keys()]).toHaveLength(rolling.begun);
    for (const orders of given.values()) expect(orders).toEqual(['start', ...items, 'finish']);
  });

  it('orders again what was not acknowledged, and takes a session that is gone as finished', () => {
    const rolling = load();
    const first = [...rolling.more(1_000)];
    for (const order of first.slice(0, 1)) rolling.take(done(order));

    expect([...rolling.again()]).toEqual(first.slice(1));
    rolling.end();
    for (let beat = 0; beat < 100; beat += 1) {
      for (const order of [...rolling.again(), ...rolling.more(1_000)])
        rolling.take(
          order.kind === 'finish'
            ? { kind: 'refused', id: order.id, code: 'ACTOR_NOT_FOUND' }
            : done(order),
        );
    }
    expect(rolling.isDone).toBe(true);
    expect(rolling.faults).toEqual([]);
  });

  it('does not send without end to a daemon that does not answer', () => {
    const rolling = load();
    for (let beat = 0; beat < 10; beat += 1) for (const order of rolling.more(1_000)) done(order);

    expect([...rolling.again()].length).toBeLessThanOrEqual(200);
  });
});

describe('the audit', () => {
  const report = (sessions: readonly number[]): Report => ({
    closed: sessions.map(expectedReport).reduce(into, emptyBag),
    lost: 0,
    twice: 0,
    wrong: [],
    cured: emptyBag,
    answered: {
      count: sessions.length,
      last: sessions.length,
      skipped: 0,
      repeated: 0,
      chain: '',
    },
    deadLetters: 0,
    quarantined: 0,
    orphans: [],
  });

  it('finds nothing where each session closed once', () => {
    expect(audit(3, report([2, 3, 1]))).toEqual({ lost: 0, twice: 0, faults: [] });
  });

  it('finds what is lost, what came twice, and one in the place of another', () => {
    expect(audit(3, report([1, 2]))).toMatchObject({ lost: 2, twice: 0 });
    expect(audit(3, report([1, 2, 3, 3]))).toMatchObject({ lost: 0, twice: 2 });
    expect(audit(3, report([1, 2, 2])).faults).toEqual([
      'sessions closed: not the ones that were to be',
    ]);
  });

  it('counts the items that sessions missed or had again', () => {
    expect(audit(2, { ...report([1, 2]), lost: 3, twice: 1 })).toMatchObject({ lost: 3, twice: 1 });
  });

  it('does not take silence for peace', () => {
    expect(audit(3, undefined).faults).toHaveLength(1);
    expect(audit(0, { ...report([]), deadLetters: 1 }).faults).toHaveLength(1);
  });
});

describe('what is measured in a sample', () => {
  it('is given as median, the hundredth and the worst, and then forgotten', () => {
    const times = new Times();
    for (let ms = 200; ms >= 1; ms -= 1) times.add(ms);

    expect(times.take()).toEqual({ p50: 100, p99: 198, max: 200 });
    expect(times.take()).toBeUndefined();
  });

  it('remembers only the latest of what it was told to', () => {
    const recent = new Recent<number>(2);
    for (const item of [1, 2, 3]) recent.add(item);

    expect([1, 2, 3].map((item) => recent.has(item))).toEqual([false, true, true]);
  });
});

describe('the command line of the soak', () => {
  it('has defaults that fit the length of the run', () => {
    expect(readOptions(['--minutes', '60'])).toMatchObject({
      runMs: 3_600_000,
      ratePerS: 300,
      killEveryMs: 75_000,
      sampleMs: 6_000,
      collectMs: 10_000,
      bug: undefined,
    });
    expect(readOptions(['--minutes', '2'])).toMatchObject({
      killEveryMs: 10_000,
      sampleMs: 1_000,
      collectMs: 2_000,
    });
  });

  it('puts the picture where it is told to, whatever its ending', () => {
    expect(readOptions(['--out', 'plots/a.png']).out).toBe(resolve('plots/a'));
  });

  it.each([
    ['--minutes', '0'],
    ['--rate', 'fast'],
    ['--inject-bug', 'gremlins'],
    ['--unknown', '1'],
  ])('refuses %s %s', (...args) => {
    expect(() => readOptions(args)).toThrow(args[0]);
  });
});

describe('the series', () => {
  it('have names of their own', () => {
    const names = allSeries.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
  });
});
