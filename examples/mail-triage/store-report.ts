/**
 * The inside view, for the audit: opens the store once more, after the daemon is gone, and asks the
 * actors through the public API. All of them are done, so no step runs; one that does is a failure.
 */
import type { PromiseActorLogic } from 'xstate';
import { createSystem, step } from '../../src/index.ts';
import { agentNames, desk } from './desk.ts';
import type { Label } from './mails.ts';
import { storePath } from './run-files.ts';
import type { Tally } from './tally.ts';
import type { Steps } from './triage.ts';

export interface StoreReport {
  readonly agents: readonly AgentReport[];
  readonly tally: Tally;
}

export interface AgentReport {
  readonly agent: string;
  /** Its output: how many mails it says it handled. */
  readonly handled: number;
  /** What it emitted, in order: one for each mail whose record had landed. */
  readonly sorted: readonly { readonly item: number; readonly label: Label }[];
}

export async function readStore(directory: string, items: number): Promise<StoreReport> {
  const steps: Steps = { read: untouched(), classify: untouched(), record: untouched() };
  const system = await createSystem({ root: desk(steps, items), store: storePath(directory) });
  try {
    const agents: AgentReport[] = [];
    for (const agent of agentNames) {
      const ref = system.ref(`/agents/${agent}`);
      const { handled } = await ref.done();
      const sorted = [];
      for await (const { event } of ref.emitted({ from: 0, follow: false })) sorted.push(event);
      agents.push({ agent, handled, sorted });
    }
    return { agents, tally: await system.ref('/tally').ask({ type: 'report' }) };
  } finally {
    await system.stop();
  }
}

function untouched<TOutput, TInput>(): PromiseActorLogic<TOutput, TInput> {
  return step<TOutput, TInput>(async () => {
    throw new Error('an agent still had work when the store was read');
  });
}
