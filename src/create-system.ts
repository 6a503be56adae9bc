/** Wires the default drivers to the runtime. */
import type { AnyActorLogic } from './actors/host-types.ts';
import { isPerdureError, PerdureError } from './base/errors.ts';
import { readOptions } from './base/option-reading.ts';
import { systemOptionsSchema } from './base/system-options.ts';
import { levelStore } from './drivers/level-store.ts';
import { localExecutor } from './drivers/local-executor.ts';
import { defaultLogger } from './drivers/pino-logger.ts';
import { systemClock } from './drivers/system-clock.ts';
import { systemEntropy } from './drivers/system-entropy.ts';
import type { Store } from './ports/store.ts';
import { openSystem } from './runtime/open-system.ts';
import type { AnyRoot, System, SystemOptions } from './runtime/system-types.ts';

/**
 * Opens the store and starts the tree, or goes on with it where the last process left off. Resolves when the
 * tree is up and that is durable.
 *
 * @throws {@link PerdureError} STORE_LOCKED, STORE_CORRUPT, STORE_FORMAT_UNKNOWN, STORE_UNAVAILABLE,
 * OPTION_INVALID, MACHINE_NOT_DURABLE; SUPERVISOR_START_FAILED on the first start of a tree
 * @public
 */
export async function createSystem<const R extends AnyRoot>(options: SystemOptions<R>): Promise<System<R>> {
  const read = readOptions('createSystem', systemOptionsSchema, options);
  const { store, lockWaitMs } = storeOf(options.store);
  return openSystem<R>({
    root: options.root,
    store,
    lockWaitMs,
    sync: read.durability === 'fsync',
    keepAlive: read.keepAlive,
    signal: options.signal,
    ports: {
      clock: systemClock(),
      entropy: systemEntropy(),
      executor: localExecutor(),
      logger: options.logger ?? defaultLogger(),
    },
  });
}

function storeOf(given: SystemOptions['store']): { store: Store; lockWaitMs: number } {
  if (typeof given === 'string') return { store: levelStore(given), lockWaitMs: 0 };
  if ('open' in given) return { store: given, lockWaitMs: 0 };
  return { store: levelStore(given.directory), lockWaitMs: given.lockWaitMs ?? 0 };
}
