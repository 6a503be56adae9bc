/** What may catch a mutant: the types do not count, they only show that it is a program at all. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, run } from './command.ts';

export const checkNames = ['sim', 'tests'] as const;
export type CheckName = (typeof checkNames)[number];

/** What one check said of one tree. */
export interface Finding {
  readonly verdict: 'clean' | 'caught' | 'timeout';
  /** Which law, or which test. */
  readonly by: string;
  readonly output: string;
  readonly ms: number;
}

const simulation = join('test', 'simulation', 'main.ts');
const report = 'vitest-report.json';
const bin = (name: string): string => join('node_modules', '.bin', name);

/** What the compiler objects to; empty: nothing. */
export async function typeFaults(cwd: string): Promise<string> {
  const command = [
    ...[bin('tsc'), '-p', 'tsconfig.json', '--noEmit'],
    // one file differs from run to run
    ...['--incremental', '--tsBuildInfoFile', 'types.tsbuildinfo'],
  ];
  const { code, output } = await run(command, { cwd, limitMs: 300_000 });
  return code === 0 ? '' : output.trim() || 'the compiler did not end';
}

export function hasSimulation(cwd: string): boolean {
  return existsSync(join(cwd, simulation));
}

export async function simulate(cwd: string, limitMs: number): Promise<Finding> {
  const command = [
    ...[bin('tsx'), simulation, '--seed', '1', '--runs', '150'],
    ...['--no-shrink', '--bail'],
  ];
  const ended = await run(command, { cwd, limitMs });
  const law = /^VIOLATION (.*)$/m.exec(ended.output)?.[1];
  return finding(ended, law ?? lastLine(ended.output));
}

/** Runs these test files, up to the first failure. */
export async function runTests(
  cwd: string,
  tests: readonly string[],
  limitMs: number,
): Promise<Finding & { readonly fileMs: ReadonlyMap<string, number> }> {
  const file = join(cwd, report);
  rmSync(file, { force: true });
  const command = [
    ...[bin('vitest'), 'run', ...tests],
    ...['--bail', '1', '--no-cache', '--reporter', 'json', '--outputFile', report],
  ];
  const ended = await run(command, { cwd, limitMs });
  const told = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Report)
    : { testResults: [] };
  const fileMs = new Map(
    told.testResults.map(({ name, startTime, endTime }) => [name, endTime - startTime]),
  );
  return { ...finding(ended, firstFailure(cwd, told) ?? lastLine(ended.output)), fileMs };
}

/** The part of Vitest's report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function firstFailure(cwd: string, { testResults }: Report): string | undefined {
  for (const { name, status, message, assertionResults } of testResults) {
    const failed = assertionResults.find((result) => result.status === 'failed');
    const file = name.slice(cwd.length + 1);
    if (failed !== undefined) return `${file}: ${failed.fullName.trim()}`;
    if (status === 'failed') return `${file}: ${firstLine(message)}`;
  }
  return undefined;
}

function finding({ code, output, ms }: Ended, by: string): Finding {
  if (code === undefined) return { verdict: 'timeout', by: 'it does not end', output, ms };
  return { verdict: code === 0 ? 'clean' : 'caught', by: code === 0 ? '' : by, output, ms };
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
