/** Durable emissions of one actor, read from the store: from any position, and on as they land. */
import type { EventObject } from '../actors/host-types.ts';
import { keys } from '../persistence/keyspace.ts';
import { PerdureError } from '../base/errors.ts';
import type { Cell } from './cell.ts';
import type { LandedEmission } from './bystander.ts';
import { receiverAt } from './post.ts';
import type { EmittedOptions } from './ref-types.ts';
import type { SystemHost } from './system.ts';

export async function* emissionsOf(
  host: SystemHost,
  address: string,
  machine: string | undefined,
  { from, follow = true, signal }: EmittedOptions,
): AsyncGenerator<LandedEmission> {
  let wake = (): void => undefined;
  const leave = host.outside.listen(address, () => wake());
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    let { cell, position } = await begin(host, address, machine, from);
    for (;;) {
      if (signal?.aborted === true) return;
      const news = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const world = host.world;
      if (world === undefined || !world.isAlive) {
        if (isEnding(host)) return;
        await news;
        continue;
      }
      const emission = read(world, cell.uid, position);
      if (emission !== undefined) {
        yield emission;
        position += 1;
        continue;
      }
      cell = world.cells.byUid(cell.uid) ?? cell;
      if (cell.isOver || (!follow && position >= cell.emissions)) return;
      if (isEnding(host)) return;
      if (position >= cell.emissions) {
        await news;
        continue;
      }
      // emitted, on its way to the store; if that fails, the next world wakes this stream
      await world.committer.flush().catch(() => undefined);
      if (world.isAlive && !cell.isOver) refuseGap(world, cell, position);
    }
  } finally {
    leave();
    signal?.removeEventListener('abort', onAbort);
  }
}

function isEnding(host: SystemHost): boolean {
  const { status } = host.health();
  return status === 'stopping' || status === 'closed';
}

function begin(
  host: SystemHost,
  address: string,
  machine: string | undefined,
  from: number | undefined,
): Promise<{ cell: Cell; position: number }> {
  return new Promise((resolve, reject) => {
    host.withWorld((world) => {
      const cell = receiverAt(world, address, machine);
      resolve({ cell, position: Math.max(1, from ?? cell.emissions) });
    }, reject);
  });
}

function read(
  world: NonNullable<SystemHost['world']>,
  uid: number,
  position: number,
): LandedEmission | undefined {
  const key = keys.emission(uid, position);
  const bytes = world.store.get(key);
  if (bytes === undefined) return undefined;
  const [atMs, event] = world.codec.decode(bytes, key) as [number, EventObject];
  return { position, atMs, event };
}

/** @throws PerdureError VALUE_CORRUPT */
function refuseGap(world: NonNullable<SystemHost['world']>, cell: Cell, position: number): void {
  if (read(world, cell.uid, position) !== undefined) return;
  throw new PerdureError('VALUE_CORRUPT', {
    what: `emission ${position} of ${cell.address}`,
    why: 'it is gone from the store',
  });
}
