/**
 * `npm run bench [-- --rounds N] [--only TEXT] [--json FILE]`: each workload beside its floor, in interleaved
 * rounds of the same run. Figures are medians; a ratio is always better when higher.
 */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Workload, workloads } from './workloads.ts';

interface Measured {
  readonly workload: Workload;
  readonly values: number[];
  readonly floors: number[];
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function measureAll(chosen: readonly Workload[], rounds: number): Promise<Measured[]> {
  const directory = mkdtempSync(join(tmpdir(), 'perdure-bench-'));
  const all = chosen.map((workload): Measured => ({ workload, values: [], floors: [] }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { workload, values, floors } of all) {
      const { value, floor } = await workload.measure(directory);
      values.push(value);
      floors.push(floor);
      console.error(
        `round ${round}/${rounds}  ${workload.name}: ${value.toFixed(0)} / ${floor.toFixed(0)}`,
      );
    }
  }
  rmSync(directory, { recursive: true });
  return all;
}

function print(all: readonly Measured[]): void {
  console.log(
    `\n${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}\n`,
  );
  const width = Math.max(...all.map(({ workload }) => workload.name.length));
  console.log(
    `${'workload'.padEnd(width)}  ${'perdure/s'.padStart(10)}  ${'floor/s'.padStart(10)}  ratio  (range of rounds)  target`,
  );
  for (const { workload, values, floors } of all) {
    const ratios = values.map((value, round) => value / (floors[round] as number));
    const range = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
    const cells = [median(values).toFixed(0).padStart(10), median(floors).toFixed(0).padStart(10)];
    console.log(
      `${workload.name.padEnd(width)}  ${cells.join('  ')}  ${median(ratios).toFixed(2).padStart(5)}  ${`(${range})`.padStart(17)}  ${workload.target}`,
    );
  }
}

function writeJson(file: string, all: readonly Measured[]): void {
  writeFileSync(file, '');
  for (const { workload, values, floors } of all) {
    const ratio = median(values.map((value, round) => value / (floors[round] as number)));
    const { name, metric, target } = workload;
    const line = {
      workload: name,
      metric,
      value: median(values),
      floor: median(floors),
      ratio,
      target,
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  }
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const chosen = workloads.filter(({ name }) => name.includes(options.only));
void measureAll(chosen, Number(options.rounds)).then((all) => {
  print(all);
  if (options.json !== undefined) writeJson(options.json, all);
});
