/** Prints what the supervisors decide. */
import type { System, SystemEvent } from '../../src/index.ts';

const NEXT = {
  restart: 'restart',
  keep: 'stays down, its spec is kept',
  forget: 'is forgotten',
  escalate: 'too many: the supervisor gives up, and its own supervisor decides',
  quarantine: 'too many: set aside until a person looks at it',
  shutdown: 'its work is done: the supervisor ends too',
} as const;

/** Returns how many decisions of each kind were seen, counted while it runs. */
export function printDecisions(system: Pick<System, 'events'>): Map<string, number> {
  const counts = new Map<string, number>();
  system.events.on('*', (event) => {
    const line = lineOf(event);
    if (line !== undefined) console.log(line);
    if (event.type === 'supervisor.decided')
      counts.set(event.decision, (counts.get(event.decision) ?? 0) + 1);
  });
  return counts;
}

function lineOf(event: SystemEvent): string | undefined {
  switch (event.type) {
    case 'supervisor.decided': {
      const { address, child, incarnation, reason, decision, restartsInWindow, delayMs } = event;
      const next = decision === 'restart' ? `restart in ${delayMs} ms` : NEXT[decision];
      const why = reason.split('\n').at(-1);
      return `  ${address}: ${child}#${incarnation} ended (${why}) -> ${next} [${restartsInWindow} in the window]`;
    }
    case 'actor.stopped':
      return `    stopped ${event.address}#${event.incarnation} (${event.reason})`;
    case 'actor.started': {
      const from = event.restored ? 'from its snapshot' : 'afresh';
      return `    started ${event.address}#${event.incarnation} ${from}`;
    }
    case 'supervisor.ended':
      return `    ended   ${event.address} (${event.reason})`;
    case 'message.parked':
      return `    parked  ${event.event} of ${event.address} after ${event.attempts} attempt(s)`;
    default:
      return undefined;
  }
}
