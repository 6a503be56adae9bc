/** The tree: a tally, and four agents that share the mails. Who crashes is restarted by `agents`. */
import { actor, supervisor } from '../../src/index.ts';
import { tally } from './tally.ts';
import { triage, type Share, type Steps } from './triage.ts';

export const agentNames = ['1', '2', '3', '4'] as const;

/** Mails are dealt like cards, so that the agents go through the corpus side by side. */
export function agentOf(item: number): string {
  return agentNames[item % agentNames.length] ?? agentNames[0];
}

// What a return type would have to spell out is the tree itself: it types every address.
export function desk(steps: Steps, items: number) {
  const agent = triage.provide({ actors: steps });
  const share = (first: number): Share => ({
    agent: agentOf(first),
    first,
    stride: agentNames.length,
    end: items,
  });
  return supervisor('desk', {
    children: [
      actor('tally', tally),
      supervisor('agents', {
        children: agentNames.map((name, first) =>
          // An agent ends when its mails do: only a crash is a reason to start it again.
          actor(name, agent, { restart: 'transient', input: share(first) }),
        ),
      }),
    ],
  });
}
