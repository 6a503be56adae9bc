/**
 * `npm run conformance:otp -- [FILE.jsonl[.gz]] [--recover] [--break RULE]`: plays recordings of Erlang/OTP's
 * supervisor against the real runtime, on simulated time. What the files hold is in docs/testing.md.
 */
import { parseArgs } from 'node:util';
import { describeFailure } from './failure-report.ts';
import { run, type Run } from './run.ts';
import { readVectorFile, recordings } from '../support/vector-file.ts';
import { type WrongRule, wrongRules } from './wrong-rules.ts';

const SHOWN_MAX = 5;

process.exitCode = await main();

/** The exit code: 0 all passed, 1 some failed, 2 there is nothing to play. */
async function main(): Promise<number> {
  let file: string;
  let recovers: boolean;
  let wrongRule: WrongRule | undefined;
  let vectors: ReturnType<typeof readVectorFile>;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { recover: { type: 'boolean', default: false }, break: { type: 'string' } },
    });
    if (positionals.length > 1) throw new Error('one file at a time');
    file = positionals[0] ?? recordings;
    recovers = values.recover;
    wrongRule = ruleOf(values.break);
    vectors = readVectorFile(file);
  } catch (error) {
    console.error(`conformance:otp: ${(error as Error).message}`);
    console.error('usage: npm run conformance:otp -- [FILE.jsonl[.gz]] [--recover] [--break RULE]');
    return 2;
  }
  const how = recovers ? 'the process killed and recovered between the steps' : 'one process';
  console.log(`${vectors.length} vectors of Erlang/OTP against the runtime, ${how}`);
  if (wrongRule !== undefined) console.log(`with a rule that is wrong on purpose: ${wrongRule}`);
  const result = await run(vectors, { recovers, wrongRule });
  print(result);
  return result.failures.length === 0 ? 0 : 1;
}

function ruleOf(name: string | undefined): WrongRule | undefined {
  if (name === undefined) return undefined;
  if (Object.hasOwn(wrongRules, name)) return name as WrongRule;
  throw new Error(`--break takes one of: ${Object.keys(wrongRules).join(', ')}`);
}

function print({ scores, failures }: Run): void {
  for (const failure of failures.slice(0, SHOWN_MAX)) console.log(`\n${describeFailure(failure)}`);
  const others = failures.slice(SHOWN_MAX).map(({ vector }) => vector.id);
  if (others.length > 0) console.log(`\nalso failed: ${others.join(', ')}`);
  console.log('');
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { family, passed, failed, skipped } of scores) {
    console.log(`${family}: ${passed} of ${passed + failed} passed, ${skipped} skipped`);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  if (total.skipped > 0)
    console.log(
      'skipped are those that depend on an oddity of OTP which is not to be copied (quirks)',
    );
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
}
