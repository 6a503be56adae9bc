/** Compares what the actors know with what the parent sent, and with what happened outside. */
import { isDeepStrictEqual } from 'node:util';
import type { Evidence } from './arena.ts';
import { type Bag, emptyBag, expectedStream, into, link, type Stream } from './chain.ts';
import { auditEffects } from './effect-audit.ts';
import type { Heard, StoredEmission } from './messages.ts';

export interface Verdict {
  skipped: number;
  duplicated: number;
  readonly faults: string[];
  /** Effects that ran again after a kill, under the same key: allowed, and counted. */
  again: number;
}

export function audit(evidence: Evidence): Verdict {
  const verdict: Verdict = { skipped: 0, duplicated: 0, faults: [], again: 0 };
  verdict.faults.push(...evidence.failures);
  auditEffects(evidence, verdict);
  if (evidence.report === undefined) return withLies(verdict, evidence);
  auditActors(evidence, verdict);
  auditEmissions(evidence, verdict);
  if (evidence.traffic.unfinished > 0)
    verdict.faults.push(`${evidence.traffic.unfinished} sends and questions were never answered`);
  if (!isDeepStrictEqual(evidence.report, evidence.reopened))
    verdict.faults.push('another process that only opened the store reads something else');
  return withLies(verdict, evidence);
}

/** What left the system and was not so: last, as there may be many. */
function withLies(verdict: Verdict, { traffic }: Evidence): Verdict {
  verdict.faults.push(...traffic.lies);
  return verdict;
}

function auditActors({ traffic, report }: Evidence, verdict: Verdict): void {
  const { sent, asked, items } = traffic;
  const both = { a: sent.a, b: sent.b };
  const expected: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    a: { outside: sent.a },
    b: { outside: sent.b },
    relay: both,
    recorder: both,
    delayer: both,
    nursery: both,
    asker: both,
    oracle: { outside: asked, asker: items },
    sink: both,
  };
  const returned: typeof expected = { recorder: both, asker: { oracle: items } };
  const names = [...itemsOf('a', sent.a), ...itemsOf('b', sent.b)];
  const whole = names.reduce(into, emptyBag);
  for (const [actor, sources] of Object.entries(expected)) {
    const { streams, returned: back, bags, open, faults } = report?.actors[actor] ?? {};
    for (const [source, count] of Object.entries(sources))
      auditStream(`${actor} from ${source}`, streams?.[source], count, verdict);
    for (const [source, count] of Object.entries(returned[actor] ?? {}))
      auditStream(`${actor}, results of ${source}`, back?.[source], count, verdict);
    for (const [name, bag] of Object.entries(bags ?? {}))
      auditBag(`${actor}, ${name}`, bag, whole, verdict);
    if ((open ?? 0) !== 0) verdict.faults.push(`${actor} still has ${open} under way`);
    if ((faults ?? 0) !== 0) verdict.faults.push(`${actor} got ${faults} wrong answers`);
  }
  const { deadLetters = 0, quarantined = 0, orphans = [] } = report ?? {};
  if (deadLetters + quarantined + orphans.length > 0)
    verdict.faults.push(
      `${deadLetters} dead letters, ${quarantined} quarantined, ${orphans.length} orphans`,
    );
}

function itemsOf(source: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${source}-${index + 1}`);
}

function auditStream(
  name: string,
  stream: Stream | undefined,
  count: number,
  verdict: Verdict,
): void {
  if (count === 0 && stream === undefined) return;
  const expected = expectedStream(count);
  if (isDeepStrictEqual(stream, expected)) return;
  const skipped = (stream?.skipped ?? 0) + Math.max(0, count - (stream?.last ?? 0));
  const repeated = stream?.repeated ?? 0;
  verdict.skipped += skipped;
  verdict.duplicated += repeated;
  verdict.faults.push(
    `${name}: ${count} expected, ${stream?.count ?? 0} applied, ${skipped} skipped, ${repeated} repeated, ` +
      `chain ${stream?.chain ?? 'none'} instead of ${expected.chain}`,
  );
}

function auditBag(name: string, bag: Bag, expected: Bag, verdict: Verdict): void {
  if (isDeepStrictEqual(bag, expected)) return;
  verdict.skipped += Math.max(0, expected.count - bag.count);
  verdict.duplicated += Math.max(0, bag.count - expected.count);
  verdict.faults.push(
    `${name}: ${expected.count} expected, ${bag.count} applied, or not the same ones`,
  );
}

/** Positions without a gap, each index once, the order the one that the relay's own chain is made of. */
function auditEmissions({ emissions, report, traffic }: Evidence, verdict: Verdict): void {
  const stored = new Map<string, Heard>();
  for (const actor of ['relay', 'recorder'] as const) {
    const mine = emissions.filter(({ heard }) => heard.actor === actor);
    auditOrder(actor, mine, traffic.items, verdict);
    for (const { heard } of mine) stored.set(`${actor} ${heard.index}`, heard);
  }
  let chain = '';
  for (const { heard } of emissions)
    if (heard.actor === 'relay') chain = link(chain, `${heard.source}-${heard.n}`);
  if (chain !== report?.actors['relay']?.chain)
    verdict.faults.push('the emissions of the relay do not give the chain of its mailbox');
  for (const [place, { heard, life }] of traffic.heard) {
    if (isDeepStrictEqual(stored.get(place), heard)) continue;
    verdict.faults.push(`emission ${place}, heard in life ${life}, is not the one in the store`);
  }
}

function auditOrder(
  actor: string,
  emissions: readonly StoredEmission[],
  count: number,
  verdict: Verdict,
): void {
  const seen = new Set(emissions.map(({ heard: { source, n } }) => `${source}-${n}`));
  verdict.skipped += Math.max(0, count - seen.size);
  verdict.duplicated += emissions.length - seen.size;
  if (seen.size !== count || emissions.length !== count)
    verdict.faults.push(
      `${actor} emitted ${emissions.length} times about ${seen.size} of ${count}`,
    );
  const isInOrder = emissions.every(
    ({ position, heard }, index) => position === index + 1 && heard.index === position,
  );
  if (!isInOrder)
    verdict.faults.push(`emissions of ${actor} are not numbered from 1 without a gap`);
}
