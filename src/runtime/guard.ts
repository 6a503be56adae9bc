import type { World } from './world.ts';

/**
 * Calls back into a world from a timer or a promise. What is thrown there is a bug of ours: the system ends
 * with it, and the host's process never sees it.
 */
export function guard(world: World, call: () => void): void {
  try {
    call();
  } catch (error) {
    world.panic(error);
  }
}
