/** The three steps with what they need: each runs after its turn landed, and again if a kill cut it off. */
import { step, type StepArgs } from '../../src/index.ts';
import type { Classify } from './classifier.ts';
import type { Ledger } from './ledger.ts';
import { readMail } from './mails.ts';
import type { Phase, Sorted, Steps } from './triage.ts';

export interface Desk {
  readonly classify: Classify;
  readonly ledger: Ledger;
  /** Hears of each step as it begins. */
  readonly began: (item: number, phase: Phase) => void;
}

export function createSteps({ classify, ledger, began }: Desk): Steps {
  return {
    read: step(async ({ input: item }: StepArgs<number>) => {
      began(item, 'read');
      return await readMail(item);
    }),
    classify: step(async ({ input }: StepArgs<{ item: number; text: string }>) => {
      began(input.item, 'classify');
      return classify(input.text);
    }),
    record: step(async ({ input, idempotencyKey }: StepArgs<Sorted>) => {
      began(input.item, 'record');
      await ledger.append({ key: idempotencyKey, ...input });
    }),
  };
}
