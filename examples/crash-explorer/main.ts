/**
 * Explores every crash of a small agent that takes money: once as it should be, and once with each of four bugs
 * that only a crash shows. Run: `npm run example -- crash-explorer`.
 */
import { Counterexample } from '../../src/testing/index.ts';
import { chargesBlindly } from './blind-charge.ts';
import { chargesInTurn } from './effect-before-commit.ts';
import { forgetsToExpire } from './lost-timer.ts';
import { payment } from './payment.ts';
import { type PaymentKind, survives } from './scenario.ts';
import { countsOutside } from './state-outside.ts';

const bugs: Readonly<Record<string, PaymentKind>> = {
  'an effect before the commit': chargesInTurn,
  'state outside the machine': countsOutside,
  'a step that is not idempotent': chargesBlindly,
  'a timer that is lost': forgetsToExpire,
};

const { runs, writes, killed, killedAgain } = await survives(payment);
const { before, torn, after } = killed;
console.log(`the payment as it should be: ${runs} crashes survived, around ${writes} writes`);
console.log(`  ${before} before a write, ${torn} in one, ${after} after one, ${killedAgain} twice`);

for (const [name, bug] of Object.entries(bugs)) {
  console.log(`\n${name}`);
  try {
    await survives(bug);
    console.error('  was not found');
    process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof Counterexample)) throw error;
    console.log(error.message.replace(/^(?=.)/gm, '  '));
  }
}
