/** What is told of supervision, after it landed: events and log lines. */
import { describe, type ExitReason } from '../actors/exit-reason.ts';
import type { Logger } from '../ports/logger.ts';
import type { Decision } from '../supervisor/command.ts';
import { describeFailure } from '../supervisor/start-failure.ts';
import type { World } from './world.ts';

const LEVELS = {
  keep: 'info',
  forget: 'info',
  restart: 'warn',
  shutdown: 'warn',
  quarantine: 'error',
  escalate: 'error',
} as const satisfies Record<Decision['decision'], keyof Logger>;

export function tellDecision(world: World, address: string, decision: Decision): void {
  const { events, ports, committer } = world;
  const { child, incarnation, decision: what, delayMs } = decision;
  const reason = decision.reason === undefined ? '' : describeFailure(decision.reason);
  committer.pending.afterLanding(() => {
    const fields = {
      address: address,
      child,
      incarnation,
      reason,
      decision: what,
      restartsInWindow: decision.restarts,
      delayMs,
    };
    ports.logger[LEVELS[what]](fields, 'supervisor decided');
    events.emit({ type: 'supervisor.decided', ...fields });
  });
}

export function tellExit(
  world: World,
  address: string,
  incarnation: number,
  reason: ExitReason,
): void {
  const { events, committer } = world;
  committer.pending.afterLanding(() =>
    events.emit({ type: 'actor.exited', address, incarnation, reason: describe(reason) }),
  );
}
