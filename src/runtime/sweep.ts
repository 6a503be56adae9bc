/** Rows of an erased actor that may be many: taken away after its tombstone landed, in small batches. */
import { keys, ofUid } from '../persistence/keyspace.ts';
import { buryLeft } from './mail-burial.ts';
import { damageIn } from './shells.ts';
import type { World } from './world.ts';

export async function sweep(world: World, uid: number): Promise<void> {
  const address = addressIn(world, uid);
  if (address !== undefined) await buryLeft(world, uid, address);
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

/** Of an actor whose mail is still in the store, because nobody knew how far its mailbox had come. */
function addressIn({ codec, store }: World, uid: number): string | undefined {
  const key = keys.tombstone(uid);
  const bytes = store.get(key);
  if (bytes === undefined) return undefined;
  try {
    const address = codec.decode(bytes, key);
    return typeof address === 'string' ? address : undefined;
  } catch (error) {
    damageIn(error);
    return `(actor ${uid})`;
  }
}
