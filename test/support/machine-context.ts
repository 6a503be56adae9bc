/** What the generated machines have in their context, and how turns change it. */
import type { StepArgs } from '../../src/index.ts';
import type { Feature } from './feature-tally.ts';
import type { Trace } from './landed-facts.ts';

export const TICK_MS = 10;

/** What a step is asked to do: of whom, where, when. */
export interface Task {
  readonly by: string;
  readonly place: string;
  readonly mark: number;
}

/** The outside of the machines. */
export interface Outside {
  hit(feature: Feature): void;
  /** A step begins. */
  stepped(args: StepArgs<Task>): void;
  /** A named action runs. */
  acted(by: string, mark: number): void;
}

export interface Context extends Trace {
  readonly kid: string;
  readonly lates: number;
  readonly visited: boolean;
}

export interface Args {
  readonly context: Context;
  readonly event: {
    readonly type: string;
    readonly n?: number;
    readonly from?: string;
    readonly by?: string;
    readonly output?: unknown;
  };
}

export type Action = unknown;

export function countIn({ context, event }: Args): { seen: Trace['seen'] } {
  return { seen: seenWith(context, event.from ?? '?', event.n ?? 0) };
}

export function seenWith({ seen }: Trace, source: string, n: number): Trace['seen'] {
  return { ...seen, [source]: [...(seen[source] ?? []), n] };
}

export function sentTo({ sent }: Trace, receiver: string): { sent: Record<string, number> } {
  return { sent: { ...sent, [receiver]: (sent[receiver] ?? 0) + 1 } };
}
