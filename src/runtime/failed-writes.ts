/** Writes that failed, or of which nobody knows: all that hangs on them, until the store tells what landed. */
import { PerdureError, reasonOf } from '../base/errors.ts';
import { keys } from '../persistence/keyspace.ts';
import { unpackMarker } from '../persistence/records.ts';
import type { Logger } from '../ports/logger.ts';
import { type Flight, release } from './committer.ts';
import { guard } from './guard.ts';
import type { PendingBatch } from './pending-batch.ts';
import type { World } from './world.ts';

interface FailedWrite {
  readonly flight: Flight;
  /** What had collected behind it: never written. */
  readonly pending: PendingBatch;
  /** That of the store it was written to. */
  readonly epoch: number;
  readonly cause: unknown;
}

export class FailedWrites {
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #writes: FailedWrite[] = [];
  /** Whether the first of them was on disk after all. */
  hasLanded: boolean | undefined = undefined;

  constructor(directory: string, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /** The error that the system ends with if this is its end. */
  add(write: FailedWrite, verdict: string): PerdureError<'STORE_WRITE_FAILED'> {
    this.#writes.push(write);
    this.#logger.error({ error: reasonOf(write.cause), verdict }, 'a batch could not be written');
    return this.#error(write, 'unknown');
  }

  /**
   * The store was opened again. Must come before the new world takes its first turn: what is handled again
   * is waited for again, and news of the old world come before those of the new one.
   */
  settle(world: World): void {
    for (const write of this.#writes.splice(0)) {
      const { flight, pending } = write;
      const error = this.#error(write, 'not_accepted');
      const hasLanded = isThere(world, flight.batch.number, write.epoch);
      this.hasLanded ??= hasLanded;
      if (hasLanded) guard(world, () => release(flight, world.outside));
      refuse(flight.batch, error);
      refuse(pending, error);
    }
  }

  /** The store will not be opened again. */
  giveUp(): void {
    for (const write of this.#writes.splice(0)) {
      refuse(write.flight.batch, this.#error(write, 'unknown'));
      refuse(write.pending, this.#error(write, 'not_accepted'));
    }
  }

  #error(
    { cause }: FailedWrite,
    outcome: 'not_accepted' | 'unknown',
  ): PerdureError<'STORE_WRITE_FAILED'> {
    const facts = { directory: this.#directory, outcome };
    return new PerdureError('STORE_WRITE_FAILED', facts, { cause });
  }
}

function refuse(batch: PendingBatch, error: Error): void {
  for (const settler of batch.settlers.splice(0)) settler.failed(error);
}

/** Whether this very batch landed: another process may have used its number since. */
function isThere({ store, codec }: World, batch: number, epoch: number): boolean {
  const key = keys.marker(batch);
  const bytes = store.get(key);
  if (bytes === undefined) return false;
  return unpackMarker(batch, codec.decode(bytes, key) as unknown[]).epoch === epoch;
}
