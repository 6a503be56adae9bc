/** What steps of a tree ask for is looked up when it is opened: not when the first of them runs, hours later. */
import type { RegisteredLogic } from '../actors/registration.ts';
import { type KnownStep, stepOptionsOf } from '../actors/step.ts';
import { PerdureError, reasonOf } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { Threads } from '../ports/threads.ts';
import type { Resources } from './resource-limits.ts';

interface Found {
  /** As errors name it. */
  readonly place: string;
  readonly options: KnownStep<unknown, unknown>;
}

/** @throws PerdureError OPTION_INVALID for a step that names a resource, or a module, which is not there */
export async function checkSteps(
  logic: Iterable<RegisteredLogic>,
  { resources, threads }: { readonly resources: Resources; readonly threads: Threads | undefined },
): Promise<void> {
  const modules = new Map<string, string>();
  for (const { place, options } of stepsIn(logic, new Set())) {
    const { resource, module } = options;
    if (resource !== undefined) refuseUnknown(`${place}.resource`, resource, resources);
    if (module !== undefined) modules.set(module, place);
  }
  if (threads === undefined) return;
  for (const [module, place] of modules) await findModule(place, module, threads);
}

function* stepsIn(logic: Iterable<RegisteredLogic>, seen: Set<RegisteredLogic>): Generator<Found> {
  for (const parent of logic) {
    if (seen.has(parent)) continue;
    seen.add(parent);
    for (const [src, child] of parent.children) {
      const options = stepOptionsOf(child.logic);
      if (options !== undefined)
        yield { place: `step '${src}' of machine '${parent.id}'`, options };
      yield* stepsIn([child], seen);
    }
  }
}

/** A misspelt name would be a limit that nobody keeps. */
function refuseUnknown(path: string, name: string, resources: Resources): void {
  if (Object.hasOwn(resources, name)) return;
  const [meant] = nearest(name, Object.keys(resources), 1);
  throw new PerdureError('OPTION_INVALID', {
    path,
    why: `createSystem({ resources }) has no '${name}'${meant === undefined ? '' : `; is it '${meant}'?`}`,
  });
}

async function findModule(place: string, module: string, threads: Threads): Promise<void> {
  try {
    await threads.find(module);
  } catch (error) {
    throw new PerdureError(
      'OPTION_INVALID',
      { path: `${place}.module`, why: `cannot be loaded: ${reasonOf(error)}` },
      { cause: error },
    );
  }
}
