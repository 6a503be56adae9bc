/**
 * What actors were before they were reset: the bytes of their last snapshot, kept aside for whoever wants to
 * know what went wrong. A few of each actor; they go with it.
 */
import { limits } from '../base/limits.ts';
import { keys, ofUid } from '../persistence/keyspace.ts';
import {
  type FormerLife,
  packFormerLife,
  unpackBirth,
  unpackFormerLife,
} from '../persistence/records.ts';
import { background } from './background.ts';
import type { Cell } from './cell.ts';
import { snapshotRow } from './committer.ts';
import type { World } from './world.ts';

/** Keeps what the actor is now, as far as there is anything. */
export function keepAside(world: World, cell: Cell): void {
  const { committer, store, time } = world;
  const snapshot = snapshotBytes(world, cell);
  if (snapshot === undefined) return;
  let atMs = time.nowMs();
  const isTaken = (key: string): boolean =>
    committer.recent(key) !== undefined || store.get(key) !== undefined;
  while (isTaken(keys.formerLife(cell.uid, atMs))) atMs += 1;
  const { life, version, why } = cell;
  const former = { atMs, life, machine: machineOf(world, cell), version, why, snapshot };
  committer.pending.put(keys.formerLife(cell.uid, atMs), packFormerLife(former));
  committer.pending.afterLanding(() =>
    background(world, 'dropping old lives', trim(world, cell.uid)),
  );
}

/** What is kept of an actor, the oldest first. */
export async function formerLives(world: World, uid: number): Promise<FormerLife[]> {
  const lives: FormerLife[] = [];
  for await (const rows of world.store.scan(ofUid('l', uid))) {
    for (const [key, bytes] of rows)
      lives.push(unpackFormerLife(world.codec.decode(bytes, key) as unknown[]));
  }
  return lives;
}

/** Its row, also where that cannot be read; or what would be in it. */
function snapshotBytes({ codec, committer, store }: World, cell: Cell): Uint8Array | undefined {
  if (cell.snapshot !== undefined) return cell.encoded ?? codec.encodeCopy(snapshotRow(cell));
  const key = keys.snapshot(cell.uid);
  return committer.recent(key) === undefined ? store.get(key) : undefined;
}

/** The machine that wrote the snapshot: the code may have another one for it now. */
function machineOf({ codec, store }: World, cell: Cell): string {
  const key = keys.birth(cell.uid);
  const bytes = store.get(key);
  return bytes === undefined
    ? cell.logic.id
    : unpackBirth(codec.decode(bytes, key) as unknown[]).machine;
}

async function trim(world: World, uid: number): Promise<void> {
  const kept: string[] = [];
  for await (const rows of world.store.scan(ofUid('l', uid)))
    kept.push(...rows.map(([key]) => key));
  if (!world.isAlive || kept.length <= limits.formerLivesKept) return;
  for (const key of kept.slice(0, -limits.formerLivesKept)) world.committer.pending.del(key);
  world.dispatcher.wake();
}
