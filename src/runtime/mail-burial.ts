/** What waits for an actor that has ended for good becomes dead letters. */
import type { Envelope } from '../actors/envelope.ts';
import { keys, numberInKey, ofUid } from '../persistence/keyspace.ts';
import type { Cell } from './cell.ts';
import { readMessage } from './stored-mail.ts';
import type { DeadLetters, World } from './world.ts';

export function buryMail(world: World, cell: Cell): void {
  const { mailbox, address } = cell;
  while (!mailbox.isEmpty) {
    if (mailbox.needsPage) fetchNext(world, cell);
    const envelope = mailbox.peek();
    if (envelope === undefined) continue; // there is more in the store
    mailbox.shift();
    if (envelope.kind !== 'message') continue;
    const { event, sender, key, position, attempts } = envelope;
    world.deadLetters.add({ address, reason: 'ended', event, sender, key, position, attempts });
    if (key !== undefined) world.delivery.remember(cell, key, { parked: true });
    world.outside.buried(cell, envelope);
  }
  world.committer.touch(cell);
}

/** The mail of an actor that was erased, all that is in the store of it. */
export async function buryLeft(world: World, uid: number, address: string): Promise<void> {
  const { committer, deadLetters } = world;
  for await (const rows of world.store.scan(ofUid('m', uid))) {
    if (!world.isAlive) return;
    for (const [row, bytes] of rows) {
      const position = numberInKey(row);
      committer.pending.del(row);
      try {
        const { kind, event, sender, key, attempts } = readMessage(world, uid, position);
        if (kind !== 'message') continue;
        deadLetters.add({ address, reason: 'ended', event, sender, key, position, attempts });
      } catch (error) {
        deadLetters.add(unreadable(address, position, bytes, error));
      }
    }
    await committer.flush();
  }
}

function fetchNext(world: World, cell: Cell): void {
  const { mailbox, uid } = cell;
  let envelope: Envelope;
  try {
    envelope = readMessage(world, uid, mailbox.head);
  } catch (error) {
    buryUnreadable(world, cell, error);
    mailbox.pass();
    return;
  }
  mailbox.page([envelope]);
}

/** Nobody can say what it was: its bytes are kept. */
function buryUnreadable(world: World, { address, uid, mailbox }: Cell, error: unknown): void {
  const row = world.store.get(keys.message(uid, mailbox.head));
  world.deadLetters.add(unreadable(address, mailbox.head, row, error));
}

function unreadable(
  address: string,
  position: number,
  row: Uint8Array | undefined,
  error: unknown,
): Parameters<DeadLetters['add']>[0] {
  return {
    address,
    reason: 'unreadable',
    event: { type: 'unreadable' },
    position,
    error,
    state: row === undefined ? undefined : { row: new Uint8Array(row) },
  };
}
