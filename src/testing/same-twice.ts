/** Whether two runs of one script took the same steps: without that, no run can be compared with another. */
import { PerdureError } from '../base/errors.ts';
import { batchInWords } from './batch-words.ts';
import type { ScriptRun } from './script-run.ts';

/** @throws PerdureError EXPLORE_NOT_DETERMINISTIC */
export function refuseDifference(first: ScriptRun, second: ScriptRun): void {
  if (first.traceHash === second.traceHash) return;
  const at = first.lines.findIndex(({ line, hashBefore }, index) => {
    const other = second.lines[index];
    return other?.line !== line || other.hashBefore !== hashBefore;
  });
  const [left, right] = [first.lines[at], second.lines[at]];
  // the lines are the same and what came before is not: the bytes of the write before
  if (at < 0 || (left !== undefined && left.line === right?.line)) {
    const until = at < 0 ? first.lines.length : at;
    const writes = first.lines
      .slice(0, until)
      .filter(({ line }) => line.startsWith('write ')).length;
    throw new PerdureError('EXPLORE_NOT_DETERMINISTIC', {
      first: `write ${writes}: ${batchInWords(first.landed.slice(0, writes)).join(' | ')}`,
      second: `write ${writes}: ${batchInWords(second.landed.slice(0, writes)).join(' | ')}`,
    });
  }
  throw new PerdureError('EXPLORE_NOT_DETERMINISTIC', {
    first: left?.line ?? 'it is over',
    second: right?.line ?? 'it is over',
  });
}
