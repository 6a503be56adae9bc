/** The results as a table, for a terminal and for the page. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/source-text.ts';
import type { Result } from './trial.ts';

const page = join(root, 'docs', 'testing.md');
const begin = '<!-- mutants:begin -->';
const end = '<!-- mutants:end -->';

export function line({ mutant, verdict, check, by, seconds }: Result): string {
  const what = check === undefined ? verdict : `${verdict} by ${check}`;
  return `${mutant.area.padEnd(12)}${mutant.name.padEnd(34)}${what.padEnd(20)}${seconds.toFixed(0).padStart(4)} s  ${by}`;
}

export function total(results: readonly Result[]): string {
  const caught = results.filter(isCaught).length;
  return `${results.length} mutants, ${caught} caught, ${results.length - caught} survived`;
}

export function isCaught({ verdict }: Result): boolean {
  return verdict === 'caught' || verdict === 'timeout';
}

function markdown(results: readonly Result[]): string {
  const rows = results.map(({ mutant, verdict, check, by }) => {
    const caught =
      check === undefined ? verdict : `${check}${verdict === 'timeout' ? ', by its time' : ''}`;
    return [mutant.area, `\`${mutant.name}\``, mutant.breaks, caught, cell(by)];
  });
  return [
    ['area', 'fault', 'what it breaks', 'caught by', 'law or test'],
    ['---', '---', '---', '---', '---'],
    ...rows,
  ]
    .map((row) => `| ${row.join(' | ')} |`)
    .concat('', `${total(results)}.`)
    .join('\n');
}

/** Text that cannot end its cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

export function writePage(results: readonly Result[]): void {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/testing.md lacks ${begin} or ${end}`);
  writeFileSync(page, `${before}${begin}\n\n${markdown(results)}\n\n${end}${after}`);
}
