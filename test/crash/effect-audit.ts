/** Judges what happened outside: each item at least once, and again only after a kill, under the same key. */
import type { Evidence } from './arena.ts';
import type { Verdict } from './audit.ts';
import type { EffectKind, EffectLine } from './effect-ledger.ts';

const kinds: readonly EffectKind[] = ['record', 'work', 'note'];

export function auditEffects({ ledger, traffic, report, lives }: Evidence, verdict: Verdict): void {
  const resultHeard = new Map<string, number>();
  for (const { heard, life } of traffic.heard.values())
    if (heard.actor === 'recorder') resultHeard.set(`${heard.source}-${heard.n}`, life);
  for (const kind of kinds) {
    const byItem = new Map<string, EffectLine[]>();
    for (const line of ledger.lines) {
      if (line.kind !== kind) continue;
      const lines = byItem.get(line.item) ?? [];
      byItem.set(line.item, lines);
      lines.push(line);
    }
    let again = 0;
    for (const [item, lines] of byItem) {
      again += lines.length - 1;
      auditItem(`${kind} ${item}`, lines, verdict);
      const heardIn = kind === 'record' ? resultHeard.get(item) : undefined;
      const paid = lines.filter(({ life }) => heardIn !== undefined && life > heardIn);
      if (paid.length === 0) continue;
      verdict.duplicated += paid.length;
      verdict.faults.push(`${kind} ${item} ran again after its result had landed`);
    }
    verdict.again += again;
    // these two run one at a time: a kill interrupts one of them
    if (kind !== 'work' && again > lives) {
      verdict.duplicated += again - lives;
      verdict.faults.push(`${kind}: ${again} runs more than items, in ${lives} lives`);
    }
    if (report === undefined) continue;
    const missing = traffic.items - byItem.size;
    if (missing === 0) continue;
    verdict.skipped += Math.max(0, missing);
    verdict.faults.push(`${kind}: ${byItem.size} of ${traffic.items} items happened`);
  }
}

function auditItem(name: string, lines: readonly EffectLine[], verdict: Verdict): void {
  const keys = new Set(lines.map(({ key }) => key));
  if (keys.size > 1) {
    verdict.duplicated += keys.size - 1;
    verdict.faults.push(`${name} happened under ${keys.size} keys: ${[...keys].join(' ')}`);
  }
  const lives = new Set(lines.map(({ life }) => life));
  if (lives.size === lines.length) return;
  verdict.duplicated += lines.length - lives.size;
  verdict.faults.push(`${name} happened more than once in one life`);
}
