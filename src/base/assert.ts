/** A rule of the runtime did not hold: a bug in perdure, never an operating error. */
export class InvariantViolation extends Error {
  override readonly name: string = 'InvariantViolation';
  readonly code: 'INVARIANT_VIOLATED' = 'INVARIANT_VIOLATED';
  readonly exitCode: 70 = 70;
}

/**
 * States a sentence that is true here, in production too. A false one is a bug of ours: the system
 * stops instead of going on with state that may be wrong.
 */
export function invariant(condition: unknown, rule: string): asserts condition {
  if (!condition) throw new InvariantViolation(`this must hold but does not: ${rule}`);
}

/** The value, which the rule says is there. */
export function present<T>(value: T | undefined | null, rule: string): T {
  invariant(value !== undefined && value !== null, rule);
  return value;
}
