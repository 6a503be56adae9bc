import type { Envelope } from '../actors/envelope.ts';
import { judge } from '../actors/value.ts';
import { PerdureError } from '../base/errors.ts';
import { keys } from '../persistence/keyspace.ts';
import { unpackEnvelope } from '../persistence/records.ts';
import type { World } from './world.ts';

/** One message that waits in the store. @throws PerdureError VALUE_CORRUPT, also if it is gone */
export function readMessage({ store, codec }: World, uid: number, position: number): Envelope {
  const key = keys.message(uid, position);
  const bytes = store.get(key);
  if (bytes === undefined) {
    const what = `message ${position} of its mailbox`;
    throw new PerdureError('VALUE_CORRUPT', { what, why: 'it is gone from the store' });
  }
  const envelope = unpackEnvelope(position, codec.decode(bytes, key) as unknown[]);
  judge(envelope.event, 'event');
  return envelope;
}
