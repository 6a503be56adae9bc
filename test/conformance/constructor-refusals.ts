/**
 * The public constructors refuse what no supervisor can have, before a supervisor sees it: with
 * OPTION_INVALID and the path of the option, which has to be the one that OTP finds fault with.
 */
import { isPerdureError, type PerdureError } from '../../src/base/errors.ts';

/** OTP's word for a fault, and the option that is refused for it. */
const options: Readonly<Record<string, RegExp>> = {
  invalid_strategy: /\.strategy$/,
  invalid_intensity: /\.intensity$/,
  invalid_period: /\.periodMs$/,
  invalid_restart_type: /\.restart$/,
  invalid_shutdown: /\.shutdownMs$/,
  bad_combination: /\.(significant|autoShutdown)$/,
  duplicate_child_name: /\.children\[\d+\]\.id$/,
  // `pool()` has one template, always; `supervisor()` cannot be made a pool
  bad_start_spec: /\.strategy$/,
};

export function isSettingsFault(word: string): boolean {
  return Object.hasOwn(options, word);
}

export class ConstructorRefusals {
  readonly #paths: string[] = [];

  get count(): number {
    return this.#paths.length;
  }

  /** What the constructor returns, or what is made around it if it refuses. */
  watch<T>(construct: () => T, around: () => T): T {
    try {
      return construct();
    } catch (error) {
      if (!isPerdureError(error) || error.code !== 'OPTION_INVALID') throw error;
      this.#paths.push((error as PerdureError<'OPTION_INVALID'>).facts.path);
      return around();
    }
  }

  /** @throws if no constructor has refused an option for this fault of OTP's */
  assertRefused(fault: string): void {
    const option = options[fault];
    if (option !== undefined && this.#paths.some((path) => option.test(path))) return;
    const refused = this.#paths.join(', ') || 'nothing';
    throw new Error(`no constructor refused an option for ${fault}: they refused ${refused}`);
  }
}
