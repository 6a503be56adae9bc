/**
 * Counts the verdicts the agents send. For each agent it keeps a hash chain over what it was told, in
 * order: one message lost, repeated or out of order, and the chain is not the one the ledger gives.
 */
import { createHash } from 'node:crypto';
import { assign, setup } from 'xstate';
import { reply, type Ask } from '../../src/index.ts';
import type { Label } from './mails.ts';

export interface Tally {
  readonly spam: number;
  readonly ham: number;
  /** By agent. */
  readonly chains: Readonly<Record<string, string>>;
}

export type Verdict = { type: 'verdict'; agent: string; item: number; label: Label };

export const emptyTally: Tally = { spam: 0, ham: 0, chains: {} };

/** Pure: the audit computes with it, from the ledger, what the actor must have come to. */
export function count(
  tally: Tally,
  { agent, item, label }: Pick<Verdict, 'agent' | 'item' | 'label'>,
): Tally {
  const before = tally.chains[agent] ?? '';
  const link = createHash('sha256').update(`${before} ${item} ${label}`).digest('hex');
  return {
    ...tally,
    [label]: tally[label] + 1,
    chains: { ...tally.chains, [agent]: link.slice(0, 16) },
  };
}

export const tally = setup({
  types: {
    context: {} as Tally,
    events: {} as Verdict | Ask<{ type: 'report' }, Tally>,
  },
}).createMachine({
  id: 'tally',
  context: emptyTally,
  on: {
    verdict: { actions: assign(({ context, event }) => count(context, event)) },
    report: { actions: reply(({ context }) => context) },
  },
});
