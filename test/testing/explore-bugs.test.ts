/** The bugs that only a crash shows, each seeded in an example, are found and told so that a person can act. */
import { describe, expect, test } from 'vitest';
import { chargesBlindly } from '../../examples/crash-explorer/blind-charge.ts';
import { chargesInTurn } from '../../examples/crash-explorer/effect-before-commit.ts';
import { forgetsToExpire } from '../../examples/crash-explorer/lost-timer.ts';
import { payment } from '../../examples/crash-explorer/payment.ts';
import { type PaymentKind, survives } from '../../examples/crash-explorer/scenario.ts';
import { countsOutside } from '../../examples/crash-explorer/state-outside.ts';
import { Counterexample } from '../../src/testing/index.ts';

async function counterexampleOf(
  bug: PaymentKind,
  options?: Parameters<typeof survives>[1],
): Promise<Counterexample> {
  const found: unknown = await survives(bug, options).catch((error: unknown) => error);
  expect(found).toBeInstanceOf(Counterexample);
  return found as Counterexample;
}

test('a payment without a bug survives every crash', async () => {
  const { runs, writes } = await survives(payment);

  expect(writes).toBeGreaterThan(5);
  expect(runs).toBeGreaterThan(8 * writes);
});

describe('a counterexample', () => {
  test('shows an effect that comes before the commit', async () => {
    const { found, crash, message } = await counterexampleOf(chargesInTurn);

    expect([found, crash?.moment]).toEqual(['invariant', 'before']);
    expect(message).toMatch(/process 1, after 86400000 ms: charge .*\n.*process 2, .*: charge /);
  });

  test('shows state outside the machine', async () => {
    const { found, path } = await counterexampleOf(countsOutside);

    expect([found, path]).toEqual(['difference', "actors['/books'].value"]);
  });

  test('shows a step that is not idempotent', async () => {
    const { found, message } = await counterexampleOf(chargesBlindly);

    expect(found).toBe('invariant');
    expect(message).toContain("/books: step 'charge' is over");
  });

  test('shows a timer that is lost', async () => {
    const { found, path } = await counterexampleOf(forgetsToExpire);

    expect([found, path]).toEqual(['difference', "actors['/books'].status"]);
  });

  test('reads well', async () => {
    const { message } = await counterexampleOf(countsOutside);

    expect(message.split('\n').slice(0, 11)).toEqual([
      'the end is not the same as without a crash',
      '',
      '  found',
      `    actors['/books'].value: "paid" without a crash, "expired" with it`,
      '',
      '  crash',
      '    in write 2 of 8, after: all of it was written, and nobody had been told',
      '',
      '  the write held',
      `    /books: accepts what has the key 'perdure:script:1'; its state "waiting", context { cents: 4200, approvals: 1, receipt: undefined }`,
      '',
    ]);
    expect(message.split('\n').slice(-2)).toEqual([
      '  replay',
      "    explore({ …, only: { write: 2, moment: 'after' } })",
    ]);
  });

  test('is repeated by what it says', async () => {
    const { message, crash } = await counterexampleOf(countsOutside);
    const only = crash ?? { write: 0, moment: 'before' };

    expect((await counterexampleOf(countsOutside, { only })).message).toBe(message);
    // the crash is the cause: one elsewhere does no harm
    const { runs } = await survives(countsOutside, { only: { ...only, moment: 'before' } });
    expect(runs).toBe(1);
  });
});
