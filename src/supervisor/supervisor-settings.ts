/** What decides for the children: OTP's supervisor flags and what we added, complete and checked. */
import type { Backoff } from './backoff.ts';
import type { ChildSettings } from './child-spec.ts';

/** Which siblings a restart hits. The groups are in `strategy.ts`. @public */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one';

/** When the end of significant children ends their supervisor. @public */
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant';

/** One supervisor, complete and checked. */
export interface SupervisorSettings {
  /** For messages: `/` is the root. */
  readonly address: string;
  readonly strategy: Strategy;
  /** Restarts within `periodMs` that are fine; the next one is fatal. */
  readonly intensity: number;
  readonly periodMs: number;
  /** Whether one window counts for all children, as in OTP, or each child has its own. */
  readonly intensityScope: 'supervisor' | 'child';
  /** What is fatal to: the supervisor, as in OTP, or only the child. */
  readonly onExceeded: 'escalate' | 'quarantine';
  /** The delay between a restart decision and the start. `false`: none, as in OTP. */
  readonly backoff: false | Backoff;
  readonly autoShutdown: AutoShutdown;
  /** Whether dynamic children survive a restart of this supervisor. `forget` is OTP's. */
  readonly childrenOnRestart: 'remember' | 'forget';
  /**
   * What children that are added while the system runs are made of, so that their settings follow the
   * code. A pool has exactly one. Their ids are not part of an address.
   */
  readonly templates: readonly ChildSettings[];
}

export function templateOf(
  { templates }: SupervisorSettings,
  id: string | undefined,
): ChildSettings | undefined {
  return templates.find((template) => template.id === id);
}

/** A pool: any number of like children, stopped all at once, without an order among them. */
export function isPool(settings: SupervisorSettings): boolean {
  return settings.strategy === 'simple_one_for_one';
}
