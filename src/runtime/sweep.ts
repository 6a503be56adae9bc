/** Rows of an erased actor that may be many: taken away after its tombstone landed, in small batches. */
import { keys, ofUid } from '../persistence/keyspace.ts';
import type { World } from './world.ts';

export async function sweep(world: World, uid: number): Promise<void> {
  for (const prefix of ['o', 'h', 'r', 'l']) {
    for await (const rows of world.store.scan(ofUid(prefix, uid))) {
      if (!world.isAlive) return;
      for (const [key] of rows) world.committer.pending.del(key);
      await world.committer.flush();
    }
  }
  world.committer.pending.del(keys.tombstone(uid));
  world.dispatcher.wake();
}
