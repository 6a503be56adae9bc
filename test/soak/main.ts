/**
 * `npm run soak`: a real process on a real directory under steady load, killed now and then, and looked at
 * for minutes or hours: what it holds must stay flat, and nothing may be lost. The exit code is the verdict.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { audit } from './audit.ts';
import { type Options, readOptions, usage } from './options.ts';
import { pngOf, svgOf } from './picture.ts';
import { Run, type Seen } from './run.ts';
import { isQuiet } from './sample.ts';
import { tableOf } from './table.ts';
import { judge, type Judgement } from './verdict.ts';

async function soak(options: Options, directory: string): Promise<boolean> {
  const seen = await new Run(options, directory).run();
  const judgements = judge(seen.samples, seen.recoveries);
  draw(options, seen, judgements);
  console.log(tableOf(judgements));
  console.log(busyLine(seen));
  const { lost, twice, faults } = audit(seen.load.begun, seen.report);
  const all = [...seen.failures, ...faults];
  for (const fault of all.slice(0, 20)) console.log(`FAILED ${fault}`);
  if (all.length > 20) console.log(`FAILED ${all.length - 20} more`);
  const judged = judgements.filter(({ kind }) => kind !== 'not judged');
  const flat = judged.filter(({ kind }) => kind === 'flat');
  const unseen = judgements.filter(({ series }) => series.scopes.length > 0).length - judged.length;
  console.log(
    `${runLine(seen)}, ${flat.length} of ${judged.length} series flat` +
      `${unseen === 0 ? '' : ` (${unseen} not judged)`}, lost ${lost} twice ${twice}`,
  );
  return all.length === 0 && judged.length > 0 && flat.length === judged.length;
}

function busyLine({ samples }: Seen): string {
  const busy = samples.filter((sample) => !isQuiet(sample)).length;
  return `In ${busy} of ${samples.length} samples the machine was busy elsewhere: times and messages are judged by the rest.`;
}

function runLine({ lastedMs, killsMs, load }: Seen): string {
  const minutes = (lastedMs / 60_000).toFixed(1);
  return (
    `${minutes} minutes, ${killsMs.length} kills, ${load.acknowledged} messages ` +
    `(${load.duplicates} again after a kill), ${load.begun} sessions`
  );
}

function draw(options: Options, seen: Seen, judgements: readonly Judgement[]): void {
  const { ratePerS, bug, out } = options;
  const title =
    `${runLine(seen)}, ${ratePerS} a second` + (bug === undefined ? '' : `, with ${bug}`);
  const svg = svgOf({ ...seen, title, judgements });
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(`${out}.svg`, svg);
  writeFileSync(`${out}.png`, pngOf(svg));
  console.log(`${out}.svg`);
  console.log(`${out}.png`);
}

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  const directory = mkdtempSync(join(tmpdir(), 'perdure-soak-'));
  console.log(`seed ${options.seed}${options.bug === undefined ? '' : `, bug ${options.bug}`}`);
  const isOk = await soak(options, directory).catch((error: unknown) => {
    console.error(error);
    return false;
  });
  if (isOk) rmSync(directory, { recursive: true });
  else console.error(`kept in ${directory}`);
  return isOk ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
