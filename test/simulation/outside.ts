/** What actors of a simulated run do outside of their process, and who watches. */
import type { StepArgs } from '../../src/index.ts';
import type { World } from '../../src/testing/world.ts';

export interface Outside {
  /** As the process that runs now sees it. */
  readonly world: World;
  /** How often that message has thrown so far. */
  thrown(id: string): number;
  threw(id: string): void;
  /** A step begins to act. */
  stepBegan(
    id: string,
    call: Pick<StepArgs<unknown>, 'idempotencyKey' | 'attempt' | 'signal'>,
  ): void;
  /** It has acted. */
  stepEnded(id: string): void;
  /** It fails by itself. */
  stepFailed(id: string): void;
  /** Whether that step has acted, in any process. */
  hasEnded(id: string): boolean;
  /** A named action acts. */
  acted(id: string, idempotencyKey: string | undefined): void;
}
