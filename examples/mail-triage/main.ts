/**
 * The main job, `npm start`: four durable agents triage 6,046 real e-mails, while their process is killed
 * with SIGKILL again and again. Ends with an audit; the exit code is its verdict.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { audit, type Evidence } from './audit.ts';
import { trainingSize } from './classifier.ts';
import { agentNames } from './desk.ts';
import { planKills } from './kill-plan.ts';
import { readLedger } from './ledger.ts';
import { runLives } from './lives.ts';
import { readOptions, usage, type Options } from './options.ts';
import { printAudit } from './print-audit.ts';
import { createProgress } from './progress.ts';
import { ledgerPath } from './run-files.ts';
import { readStore } from './store-report.ts';
import { Watch } from './watch.ts';

async function run(options: Options, directory: string): Promise<boolean> {
  const { kills, seed, items, durability, bug, isQuiet } = options;
  if (!isQuiet) {
    console.log(
      `${items} mails, ${agentNames.length} agents, ${kills} kills (--seed ${seed}), ` +
        `durability ${durability}${bug === undefined ? '' : `, bug ${bug}`}, in ${directory}`,
    );
  }
  // With --data the directory may hold a run that was broken off: it goes on where it was.
  const recorded = new Set((await readLedger(ledgerPath(directory))).lines.map(({ item }) => item));
  const watch = new Watch(planKills(seed, { kills, from: recorded.size, items }), recorded);
  const progress = createProgress(watch, options);
  const startedAtMs = performance.now();
  await runLives({ directory, items, durability, bug }, watch, () => progress.update()).finally(
    () => progress.stop(),
  );
  const seconds = (performance.now() - startedAtMs) / 1_000;

  const evidence: Evidence = {
    items,
    training: trainingSize(items),
    plannedKills: kills,
    kills: watch.kills,
    ledger: await readLedger(ledgerPath(directory)),
    store: await readStore(directory, items),
  };
  const verdict = audit(evidence);
  console.log(printAudit(verdict, evidence, seconds));
  return verdict.failures.length === 0;
}

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  const directory = options.data ?? (await mkdtemp(join(tmpdir(), 'perdure-mail-triage-')));
  await mkdir(directory, { recursive: true });
  const isOk = await run(options, directory).catch((error: unknown) => {
    console.error(error);
    return false;
  });
  if (isOk && options.data === undefined) await rm(directory, { recursive: true });
  if (!isOk)
    console.error(`the run is kept in ${directory}; repeat it with --seed ${options.seed}`);
  return isOk ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
