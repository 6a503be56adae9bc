/** What actors of a simulated run do outside of their process, and who watches. */
import type { World } from '../../src/testing/world.ts';

export interface Outside {
  /** As the process that runs now sees it. */
  readonly world: World;
  /** How often that message has thrown so far. */
  thrown(id: string): number;
  threw(id: string): void;
  /** A step begins to act. */
  stepBegan(id: string, idempotencyKey: string, attempt: number): void;
  stepEnded(id: string): void;
  /** A named action acts. */
  acted(id: string, idempotencyKey: string | undefined): void;
}
