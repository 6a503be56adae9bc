import { reasonOf } from '../base/errors.ts';
import type { World } from './world.ts';

/** Work that nobody waits for. It ends with its world; other failures are logged. */
export function background(world: World, what: string, work: Promise<void>): void {
  work.catch((error: unknown) => {
    if (world.isAlive)
      world.ports.logger.error({ what, error: reasonOf(error) }, 'background work failed');
  });
}
