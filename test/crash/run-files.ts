/** Where things are in the directory of a run. */
import { join } from 'node:path';

export function storePath(directory: string): string {
  return join(directory, 'store');
}

/** What steps and actions did outside. */
export function ledgerPath(directory: string): string {
  return join(directory, 'effects.jsonl');
}

/** What the parent sent and what was acknowledged: kept beside its memory, for the person who looks. */
export function trafficPath(directory: string): string {
  return join(directory, 'traffic.jsonl');
}

/** Warnings and errors that the runtime logged. */
export function logPath(directory: string): string {
  return join(directory, 'log.jsonl');
}
