/** A misspelt name would be a limit that nobody keeps. */
import type { RegisteredLogic } from '../actors/registration.ts';
import { stepOptionsOf } from '../actors/step.ts';
import { PerdureError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Resources } from './resource-limits.ts';

/** @throws PerdureError OPTION_INVALID for a step that names a resource which is not there */
export function refuseUnknownResources(
  logic: Iterable<RegisteredLogic>,
  resources: Resources,
  seen: Set<RegisteredLogic> = new Set(),
): void {
  for (const parent of logic) {
    if (seen.has(parent)) continue;
    seen.add(parent);
    for (const [src, child] of parent.children) {
      const name = stepOptionsOf(child.logic)?.resource;
      if (name !== undefined && !Object.hasOwn(resources, name)) throw unknown(parent, src, name);
      refuseUnknownResources([child], resources, seen);
    }
  }

  function unknown({ id }: RegisteredLogic, src: string, name: string): PerdureError {
    const [meant] = nearest(name, Object.keys(resources), 1);
    return new PerdureError('OPTION_INVALID', {
      path: `step '${src}' of machine '${id}'.resource`,
      why: `createSystem({ resources }) has no '${name}'${meant === undefined ? '' : `; is it '${meant}'?`}`,
    });
  }
}
