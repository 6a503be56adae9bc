/** Finding out what an attempt did that was cut short. */
import type { Verdict, Verify } from '../actors/step.ts';
import { PerdureError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { EffectRecord } from '../persistence/effect-records.ts';
import type { Ports } from '../ports/ports.ts';
import { backoffMs } from './backoff.ts';
import type { Cell } from './cell.ts';

type AnyVerify = Verify<unknown, unknown>;

/**
 * The output, if it happened; what `otherwise` gives, if it did not.
 *
 * @throws PerdureError STEP_OUTCOME_UNKNOWN
 */
export async function verified(
  ports: Pick<Ports, 'clock' | 'entropy'>,
  of: { readonly owner: Cell; readonly record: EffectRecord; readonly verify: AnyVerify },
  signal: AbortSignal,
  otherwise: () => unknown,
): Promise<unknown> {
  const verdict = await verdictOn(ports, of, signal);
  if (verdict.happened === true) return verdict.output;
  if (verdict.happened === false) return await otherwise();
  throw outcomeUnknown(of.owner, of.record);
}

/** Whoever verifies may fail too, for as long as what it asks is out of reach. */
async function verdictOn(
  ports: Pick<Ports, 'clock' | 'entropy'>,
  { owner, record, verify }: Parameters<typeof verified>[1],
  signal: AbortSignal,
): Promise<Verdict<unknown>> {
  const { input, key: idempotencyKey } = record;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await verify({ input, idempotencyKey, signal });
    } catch (error) {
      if (signal.aborted || attempt >= limits.attemptsMax)
        throw outcomeUnknown(owner, record, error);
      await pause(ports, attempt, signal);
    }
  }
}

function pause(
  { clock, entropy }: Pick<Ports, 'clock' | 'entropy'>,
  attempt: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const withdraw = clock.after(backoffMs(attempt, entropy.random()), resolve);
    const end = (): void => {
      withdraw();
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}

export function outcomeUnknown(
  { address }: Cell,
  { id: step, attempts: attempt }: EffectRecord,
  cause?: unknown,
): PerdureError<'STEP_OUTCOME_UNKNOWN'> {
  const facts = { address, step, attempt };
  return new PerdureError('STEP_OUTCOME_UNKNOWN', facts, cause === undefined ? {} : { cause });
}
