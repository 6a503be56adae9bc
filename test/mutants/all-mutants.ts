import { agentMutants } from './agents.ts';
import { batchMutants } from './batch.ts';
import { effectMutants } from './effects.ts';
import { mailboxMutants } from './mailbox.ts';
import type { Mutant } from './mutant.ts';
import { restoreMutants } from './restore.ts';
import { supervisionMutants } from './supervision.ts';
import { timerMutants } from './timers.ts';

export const allMutants: readonly Mutant[] = [
  ...batchMutants,
  ...restoreMutants,
  ...effectMutants,
  ...timerMutants,
  ...supervisionMutants,
  ...mailboxMutants,
  ...agentMutants,
];
