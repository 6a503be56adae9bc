/**
 * What each item makes its session do: the same in the machine and in the audit. Sessions are short, so that
 * all that the store keeps as long as an actor (keys, emissions, history) goes away again.
 */
import { type Bag, emptyBag, expectedStream, into, type Stream } from '../crash/chain.ts';

export const itemsPerSession = 24;
export const source = 'load';

export type Duty = 'work' | 'wait' | 'note' | 'hire' | 'none';
const duties: readonly Duty[] = ['work', 'wait', 'note', 'hire', 'none', 'none'];

export function dutyOf(n: number): Duty {
  return duties[n % duties.length] ?? 'none';
}

/** Its turn throws, once in each life of the process. */
export function stumbles(session: number, n: number): boolean {
  return session % 5 === 0 && n === 4;
}

/** The first attempt of its step fails, which nobody handles: the session crashes. */
export function failsOnce(session: number, n: number): boolean {
  return session % 7 === 0 && n === 6;
}

/** Every attempt of its step fails, until the step is a dead letter and the session leaves it. */
export function isDoomed(session: number, n: number): boolean {
  return session % 50 === 0 && n === 12;
}

/** It sends the clinic a message that is parked there, to be retried or dropped by the operator. */
export function infects(session: number, n: number): boolean {
  return session % 20 === 0 && n === 5;
}

export function isCurable(session: number): boolean {
  return session % 40 === 0;
}

/** What a session has to show when it closes. */
export interface SessionResults {
  readonly stream: Stream | undefined;
  readonly results: Bag;
}

/** In one line, which the archive counts. */
export function reportOf(session: number, { stream, results }: SessionResults): string {
  return `${session}: ${stream?.count} ${stream?.chain} ${results.count} ${results.sum}`;
}

const stream = expectedStream(itemsPerSession);

export function expectedReport(session: number): string {
  let results = emptyBag;
  for (let n = 1; n <= itemsPerSession; n += 1) {
    const duty = dutyOf(n);
    if (duty === 'none' || duty === 'note' || isDoomed(session, n)) continue;
    results = into(results, `${duty}-${n}`);
  }
  return reportOf(session, { stream, results });
}
