/**
 * `npm run crash`: a real process on a real directory is killed with SIGKILL at random and at every named
 * crash point, started again, and judged by what was seen outside of it. The exit code is the verdict.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Arena, type Evidence } from './arena.ts';
import { audit, type Verdict } from './audit.ts';
import { killNames } from './crash-points.ts';
import type { Durability } from './messages.ts';
import { type Options, readOptions, usage } from './options.ts';
import { Random } from './random.ts';
import { Tally } from './tally.ts';

interface Outcome {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
}

async function run(options: Options, directory: string): Promise<boolean> {
  const tally = new Tally(options, Date.now());
  const arenas = options.durabilities.map((durability, index) => {
    const path = join(directory, durability);
    mkdirSync(path);
    return new Arena({
      directory: path,
      durability,
      bug: options.bug,
      random: new Random(options.seed),
      offset: index / options.durabilities.length,
      kills: options.kills,
      isOver: () => tally.isOver(Date.now()),
      onKill: (name) => {
        tally.count(durability, name);
        if (tally.total % 20 === 0) console.error(`${tally.total} kills`);
      },
    });
  });
  const outcomes = await Promise.all(
    arenas.map(async (arena): Promise<Outcome> => {
      const evidence = await arena.run();
      return { evidence, verdict: audit(evidence) };
    }),
  );
  console.log(tally.table());
  const idle = arenas.reduce((sum, arena) => sum + arena.idle, 0);
  if (idle > 0) console.log(`${idle} kills fell on an idle system and do not count`);
  outcomes.forEach((outcome, index) =>
    console.log(summary(options.durabilities[index] ?? 'fsync', outcome)),
  );
  const unseen = options.bug === undefined ? killNames.filter((name) => tally.of(name) === 0) : [];
  if (unseen.length > 0) console.log(`FAILED no kill at ${unseen.join(', ')}`);
  const sum = (count: (verdict: Verdict) => number): number =>
    outcomes.reduce((all, { verdict }) => all + count(verdict), 0);
  const faults = outcomes.flatMap(({ verdict }) => verdict.faults);
  for (const fault of faults.slice(0, 20)) console.log(`FAILED ${fault}`);
  if (faults.length > 20) console.log(`FAILED ${faults.length - 20} more`);
  const skipped = sum((verdict) => verdict.skipped);
  const duplicated = sum((verdict) => verdict.duplicated);
  // what cannot be opened any more cannot be counted
  const isCounted = outcomes.every(({ evidence }) => evidence.report !== undefined);
  console.log(isCounted ? `skipped ${skipped} duplicated ${duplicated}` : 'skipped ? duplicated ?');
  return isCounted && skipped + duplicated + faults.length + unseen.length === 0;
}

function summary(durability: Durability, { evidence, verdict }: Outcome): string {
  const { traffic, lives, emissions } = evidence;
  return (
    `${durability}: ${lives} lives, ${traffic.items} items, ${traffic.asked} questions, ` +
    `${emissions.length} emissions, ${evidence.ledger.lines.length} effects, ` +
    `${verdict.again} of them again after a kill`
  );
}

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  const directory = mkdtempSync(join(tmpdir(), 'perdure-kills-'));
  console.log(`seed ${options.seed}${options.bug === undefined ? '' : `, bug ${options.bug}`}`);
  const isOk = await run(options, directory).catch((error: unknown) => {
    console.error(error);
    return false;
  });
  if (isOk && !options.isKept) rmSync(directory, { recursive: true });
  else if (!isOk) console.error(`kept in ${directory}; repeat with --seed ${options.seed}`);
  return isOk ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
