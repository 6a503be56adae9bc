/** One moment of the run. */
import type { Gauges } from './messages.ts';

export interface Sample extends Gauges {
  /** Since the start of the run. */
  readonly atMs: number;
  readonly life: number;
  readonly diskBytes: number;
  /** How late nine of ten timers of the parent were at most: it has little to do, so the machine was busy. */
  readonly elsewhereMs: number;
}

/** How long a life took until it was up. */
export interface Recovery {
  readonly atMs: number;
  readonly life: number;
  readonly tookMs: number;
  readonly elsewhereMs: number;
}

/** What takes longer while the machine does other things says nothing of the daemon. */
const QUIET_MS = 4;

export function isQuiet({ elsewhereMs }: { readonly elsewhereMs: number }): boolean {
  return elsewhereMs <= QUIET_MS;
}
