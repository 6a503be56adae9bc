import { quiet } from './actor-handle.ts';
import type { BuiltWorld } from './boot.ts';
import type { SystemHost } from './system.ts';

/** A call from outside: made once the tree is up, in the order of calls. What it throws is its rejection. */
export function inWorld<T>(
  host: SystemHost,
  call: (world: BuiltWorld) => T | PromiseLike<T>,
): Promise<T> {
  return quiet(
    new Promise((resolve, reject) => host.withWorld((world) => resolve(call(world)), reject)),
  );
}
