import type { PerdureError } from '../../src/index.ts';

/** The code and the facts of what a call throws. */
export function refused(call: () => unknown): readonly unknown[] {
  try {
    call();
    return ['accepted'];
  } catch (error) {
    const { code, facts } = error as PerdureError<'OPTION_INVALID'>;
    return [code, facts.path, facts.why];
  }
}
