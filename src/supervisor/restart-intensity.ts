/** The sliding window that tells a child that failed from a child that keeps failing. */

/** One restart decision that is remembered. */
export interface WindowEntry {
  readonly atMs: number;
  readonly child: string;
  /** What was at fault, if it is known: the envelope whose turn crashed. */
  readonly faultKey: string | undefined;
}

export interface IntensityVerdict {
  readonly kind: 'within' | 'exceeded';
  /** What to remember: on `exceeded` without the restart that was refused. */
  readonly window: readonly WindowEntry[];
}

/**
 * Counts one more restart decision and says whether it is one too many.
 *
 * The window slides and both its edges belong to it: a restart exactly `periodMs` old still counts, as
 * in Erlang/OTP (`supervisor:add_restart/1` keeps what is not older than `Now - Period`). `intensity`
 * restarts within it are fine, the next is `exceeded`; with 0 the first is.
 *
 * Beyond OTP: crashes of one child by the same envelope within the window are one entry, because an
 * envelope that is tried again before it is parked is one failure, seen several times.
 */
export function countRestart(
  window: readonly WindowEntry[],
  restart: WindowEntry,
  bounds: { readonly intensity: number; readonly periodMs: number },
): IntensityVerdict {
  const recent = window.filter(({ atMs }) => atMs >= restart.atMs - bounds.periodMs);
  if (recent.some((entry) => isSameFault(entry, restart))) {
    return { kind: 'within', window: recent };
  }
  if (recent.length + 1 > bounds.intensity) return { kind: 'exceeded', window: recent };
  return { kind: 'within', window: [...recent, restart] };
}

function isSameFault(entry: WindowEntry, restart: WindowEntry): boolean {
  return (
    restart.faultKey !== undefined &&
    entry.faultKey === restart.faultKey &&
    entry.child === restart.child
  );
}
