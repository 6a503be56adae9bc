import type { Envelope } from '../actors/envelope.ts';
import type { World } from './world.ts';

/** A message is among the dead letters: told, and logged for whoever listens to no events, after that landed. */
export function tellParked(
  { committer, events, ports }: World,
  address: string,
  { event: { type: event }, attempts }: Envelope,
  error: Error,
): void {
  committer.pending.afterLanding(() => {
    const { message, stack } = error;
    ports.logger.warn(
      { address, event, attempts, error: message, stack },
      'message parked: it is among the dead letters',
    );
    events.emit({ type: 'message.parked', address, event, attempts, error });
  });
}
