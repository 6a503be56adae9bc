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
  if (event.type === 'supervisor.decided') {
    const { address, child, incarnation, decision, restartsInWindow, delayMs } = event;
    const why = event.reason.split('\n').at(-1);
    const next = decision === 'restart' ? `restart in ${delayMs} ms` : NEXT[decision];
    return `  ${address}: ${child}#${incarnation} ended (${why}) -> ${next} [${restartsInWindow} in the window]`;
  }
  if (event.type === 'actor.stopped')
    return `    stopped ${event.address}#${event.incarnation} (${event.reason})`;
  if (event.type === 'actor.started') {
    const from = event.restored ? 'from its snapshot' : 'afresh';
    return `    started ${event.address}#${event.incarnation} ${from}`;
  }
  if (event.type === 'supervisor.ended') return `    ended   ${event.address} (${event.reason})`;
  if (event.type === 'message.parked')
    return `    parked  ${event.event} of ${event.address} after ${event.attempts} attempt(s)`;
  return undefined;
}
