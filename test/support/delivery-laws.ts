/** What must be true of any run, however its messages raced: nothing is skipped, repeated or reordered. */
import { expect } from 'vitest';
import type { DeadLetter } from '../../src/persistence/records.ts';
import type { Sent } from './crash-lab.ts';
import type { Ran } from './crash-runs.ts';
import type { Outcome, Trace } from './landed-facts.ts';

/** Where an event from outside may have been applied. */
const OUTSIDE = ['root', 'busy', 'calm', 'asks'] as const;
/** Results of children, timers, messages to oneself: each of them once, in order. */
const ONCE: ReadonlySet<string> = new Set(['step', 'ask', 'side', 'late', 'echo']);

/** Applies to actors that have been at rest. */
export function checkDelivery({ outcome, sent, lab }: Ran): void {
  const letters = lab.facts.letters();
  for (const name of ['a', 'b'] as const) {
    const context = contextOf(outcome, `/${name}`);
    checkOutside(
      context,
      sent.filter(({ to }) => to === name),
      letters.filter(({ address }) => address === `/${name}`),
    );
    for (const [source, seen] of Object.entries(context.seen))
      if (ONCE.has(source.split('.')[0] ?? '')) expectIncreasing(seen, `${name} ${source}`);
    checkNotes(outcome, name, letters);
    checkKids(outcome, name, context);
  }
}

/** Accepted once: applied once, or a dead letter. Not known to be accepted: the same, or not at all. */
function checkOutside(context: Trace, sent: readonly Sent[], letters: readonly DeadLetter[]): void {
  const applied = new Set<number>();
  for (const source of OUTSIDE) {
    const seen = context.seen[source] ?? [];
    expectIncreasing(seen, `${context.name} ${source}`);
    for (const n of seen) applied.add(n);
  }
  const parked = letters
    .filter(({ event }) => event.type !== 'note')
    .map(({ event, reason }) => {
      expect([reason, event.type]).toEqual(['parked', 'poison']);
      return numberOf(event);
    });
  expect(new Set(parked).size).toBe(parked.length);
  for (const { n, type, state } of sent) {
    const times = Number(applied.has(n)) + Number(parked.includes(n));
    const what = `${type} ${n} to ${context.name}, ${state}`;
    if (state === 'accepted' || state === 'parked') expect([what, times]).toEqual([what, 1]);
    if (state === 'parked') expect(parked).toContain(n);
    // the store said that it is not there, and nobody died since: then it is not
    if (state === 'rejected') expect([what, times]).toEqual([what, 0]);
    expect(applied.has(n) && type === 'poison').toBe(false);
  }
}

/** What one actor sent to the other: all of it, in order, save what waits for its time. */
function checkNotes(outcome: Outcome, name: 'a' | 'b', letters: readonly DeadLetter[]): void {
  const peer = name === 'a' ? 'b' : 'a';
  const { seen } = contextOf(outcome, `/${name}`);
  const { sent } = contextOf(outcome, `/${peer}`);
  // sent in the first turn of all, when nobody lived there yet
  const early = letters
    .filter(({ address, event }) => address === `/${name}` && event.type === 'note')
    .map(({ event }) => numberOf(event));
  expect([name, [...early, ...(seen[peer] ?? [])]]).toEqual([name, upTo(sent[name] ?? 0)]);
  const waiting = outcome.timers.filter((timer) => {
    const { owner, isOutward } = timer as { owner: string; isOutward: boolean };
    return owner === `/${peer}` && isOutward;
  });
  expect([name, seen[`${peer}~`] ?? []]).toEqual([
    name,
    upTo((sent[`${name}~`] ?? 0) - waiting.length),
  ]);
}

/** What children told their parent, and the parent the child that it has. */
function checkKids(outcome: Outcome, name: 'a' | 'b', { seen, sent }: Trace): void {
  for (const [source, told] of Object.entries(seen))
    if (source.startsWith(`${name}.`)) expect([source, told]).toEqual([source, upTo(told.length)]);
  const kid = outcome.actors[`/${name}/kid`]?.snapshot?.context;
  if (kid === undefined) return;
  expect([kid.name, kid.seen['work'] ?? []]).toEqual([kid.name, upTo(sent[kid.name] ?? 0)]);
  expect(seen[kid.name] ?? []).toEqual(upTo(kid.sent['parent'] ?? 0));
}

function numberOf(event: object): number {
  return (event as { n: number }).n;
}

function contextOf(outcome: Outcome, address: string): Trace {
  const context = outcome.actors[address]?.snapshot?.context;
  if (context === undefined) throw new Error(`${address} has no snapshot`);
  return context;
}

function expectIncreasing(seen: readonly number[], what: string): void {
  expect([what, seen]).toEqual([what, [...new Set(seen)].sort((a, b) => a - b)]);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
