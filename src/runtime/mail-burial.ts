/** What waits for an actor that has ended for good becomes dead letters. */
import type { Envelope } from '../actors/envelope.ts';
import { keys } from '../persistence/keyspace.ts';
import type { Cell } from './cell.ts';
import { readMessage } from './stored-mail.ts';
import type { World } from './world.ts';

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
  world.deadLetters.add({
    address,
    reason: 'unreadable',
    event: { type: 'unreadable' },
    position: mailbox.head,
    error,
    state: row === undefined ? undefined : { row: new Uint8Array(row) },
  });
}
