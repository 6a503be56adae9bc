/** What is told of supervision, after it landed: events and log lines. */
import { describe, type ExitReason } from '../actors/exit-reason.ts';
import type { Logger } from '../ports/logger.ts';
import type { Decision } from '../supervisor/command.ts';
import { describeFailure, type StartFailure, thrownIn } from '../supervisor/start-failure.ts';
import type { SystemEvent } from './events.ts';
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
    const { stack } = (decision.reason && thrownIn(decision.reason)) ?? {};
    const shown = stack === undefined ? fields : { ...fields, stack };
    ports.logger[LEVELS[what]](shown, 'supervisor decided');
    events.emit({ type: 'supervisor.decided', ...fields });
  });
}

/** An actor ended by itself, or was killed. */
export function tellExit(
  world: World,
  address: string,
  incarnation: number,
  reason: ExitReason,
): void {
  tell(world, { type: 'actor.exited', address, incarnation, reason: describe(reason) });
}

/** Its supervisor stopped it. */
export function tellStopped(
  world: World,
  address: string,
  incarnation: number,
  reason: ExitReason,
): void {
  tell(world, { type: 'actor.stopped', address, incarnation, reason: describe(reason) });
}

export function tellStartFailed(
  world: World,
  address: string,
  incarnation: number,
  reason: ExitReason,
): void {
  tell(world, { type: 'actor.start_failed', address, incarnation, reason: describe(reason) });
}

export function tellStartIgnored(world: World, address: string, incarnation: number): void {
  tell(world, { type: 'actor.start_ignored', address, incarnation });
}

/** A supervisor begins to start, before its first child. */
export function tellStarting(world: World, address: string, incarnation: number): void {
  tell(world, { type: 'supervisor.starting', address, incarnation });
}

/** A supervisor is up, with all its children. */
export function tellStarted(world: World, address: string, incarnation: number): void {
  tell(world, { type: 'supervisor.started', address, incarnation });
}

export function tellSupervisorStartFailed(
  world: World,
  address: string,
  incarnation: number,
  failure: StartFailure,
): void {
  const reason = describeFailure(failure);
  tell(world, { type: 'supervisor.start_failed', address, incarnation, reason });
}

/** A supervisor ended, by itself or because it was told to; nothing below it runs. */
export function tellEnded(
  world: World,
  address: string,
  incarnation: number,
  reason: ExitReason,
): void {
  tell(world, { type: 'supervisor.ended', address, incarnation, reason: describe(reason) });
}

function tell({ committer, events }: World, event: SystemEvent): void {
  committer.pending.afterLanding(() => events.emit(event));
}
