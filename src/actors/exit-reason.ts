/** Why an actor ended: data, so that it can be stored, compared and shown. */

/** What is kept of something that was thrown. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
}

/**
 * Why an actor ended.
 *
 * - `normal`: it was done. `shutdown`: it was asked to stop, or stopped itself on purpose.
 * - `crash`: it threw. `killed`: it was ended from outside without a chance to clean up.
 * - `quarantined`: it must not run before a person has looked at it.
 *
 * @public
 */
export type ExitReason =
  | { readonly kind: 'normal' }
  | { readonly kind: 'shutdown'; readonly detail?: unknown }
  | { readonly kind: 'crash'; readonly error: ErrorRecord }
  | { readonly kind: 'killed' }
  | { readonly kind: 'quarantined'; readonly why: string };

export const normal: ExitReason = Object.freeze({ kind: 'normal' });
export const shutdown: ExitReason = Object.freeze({ kind: 'shutdown' });
export const killed: ExitReason = Object.freeze({ kind: 'killed' });

/** Whatever was thrown, as a reason. Never throws itself. */
export function crash(thrown: unknown): ExitReason {
  return { kind: 'crash', error: errorRecord(thrown) };
}

/** What an actor said with `exit(reason, detail)`. */
export function exitReasonOf(said: {
  readonly reason?: unknown;
  readonly detail?: unknown;
}): ExitReason {
  if (said.reason === 'normal') return normal;
  return said.detail === undefined ? shutdown : { kind: 'shutdown', detail: said.detail };
}

/**
 * Whether the end was in order: `normal` and `shutdown`, with or without a detail. Everything else is
 * abnormal, `killed` too (Erlang/OTP: `normal`, `shutdown`, `{shutdown, Term}` of `supervisor:do_restart/3`).
 */
export function isNormal(reason: ExitReason): boolean {
  return reason.kind === 'normal' || reason.kind === 'shutdown';
}

/** One line for people. */
export function describe(reason: ExitReason): string {
  switch (reason.kind) {
    case 'normal':
    case 'killed':
      return reason.kind;
    case 'shutdown':
      return typeof reason.detail === 'string' ? `shutdown: ${reason.detail}` : 'shutdown';
    case 'crash':
      return `crash: ${reason.error.message}`;
    case 'quarantined':
      return `quarantined: ${reason.why}`;
  }
}

/** What is kept of something that was thrown: an Error, or anything else. Never throws itself. */
export function errorRecord(thrown: unknown): ErrorRecord {
  try {
    if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
    const { stack } = thrown;
    const code: unknown = 'code' in thrown ? thrown.code : undefined;
    return {
      name: String(thrown.name),
      message: String(thrown.message),
      ...(typeof stack === 'string' ? { stack } : {}),
      ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    };
  } catch {
    return { name: 'Error', message: 'something was thrown that cannot be shown' };
  }
}
