/** What parent and daemon agree on: where things lie in the run's directory, and what they tell each other. */
import { join } from 'node:path';
import type { Bug, Durability } from './options.ts';
import type { Phase } from './triage.ts';

export const ledgerPath = (directory: string): string => join(directory, 'ledger.jsonl');
export const storePath = (directory: string): string => join(directory, 'store');

/** Parent to daemon, as JSON in the first argument. */
export interface DaemonOptions {
  readonly directory: string;
  readonly items: number;
  readonly durability: Durability;
  readonly isResumed: boolean;
  readonly bug: Bug | undefined;
}

/** Daemon to parent, when a step begins. */
export interface Began {
  readonly item: number;
  readonly phase: Phase;
}
