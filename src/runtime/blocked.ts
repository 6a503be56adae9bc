import type { World } from './world.ts';

/** What an actor's message does not fit into. */
export type FullPlace = 'mailbox' | 'dead_letters';

/** Tells that an actor waits, because what it sends has no room where it would go. */
export function tellBlocked(
  { events, ports }: World,
  address: string,
  receiver: string,
  full: FullPlace,
): void {
  ports.logger.warn({ address, receiver, full }, 'actor blocked: there is no room for its message');
  events.emit({ type: 'actor.blocked', address, receiver, full });
}
