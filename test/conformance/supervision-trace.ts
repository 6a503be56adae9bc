/** The events of a running system, as the vectors write them down. */
import type { SystemEvent } from '../../src/runtime/events.ts';
import type { PlainEvent } from '../support/otp-vectors.ts';
import { pathOf, rootPath } from './vector-path.ts';
import { TERM } from './vector-worker.ts';

const words: { readonly [Type in SystemEvent['type']]?: PlainEvent['ev'] } = {
  'actor.started': 'start',
  'actor.start_failed': 'start_failed',
  'actor.start_ignored': 'start_ignored',
  'actor.exited': 'stop',
  'actor.stopped': 'stop',
  'supervisor.starting': 'starting',
  'supervisor.started': 'start',
  'supervisor.start_failed': 'start_failed',
  'supervisor.ended': 'stop',
  'supervisor.decided': 'give_up',
};

export class SupervisionTrace {
  /** What happens now is no part of the scenario. */
  isMuted = false;
  #events: PlainEvent[] = [];
  readonly #starts = new Map<string, number>();
  /** Supervisors that run, with what each remembers in its window. */
  readonly #up = new Map<string, number>();

  take(): readonly PlainEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  isUp(path: string): boolean {
    return this.#up.has(path);
  }

  /** How many restarts it remembered at its latest restart. */
  restarts(path: string): number | undefined {
    return this.#up.get(path);
  }

  hear(event: SystemEvent): void {
    const ev = words[event.type];
    if (ev === undefined || !('address' in event)) return;
    const path = pathOf(event.address);
    if (event.type === 'supervisor.started') this.#cameUp(path);
    if (event.type === 'supervisor.ended') this.#up.delete(path);
    if (event.type === 'supervisor.decided') {
      this.#up.set(path, event.restartsInWindow);
      if (event.decision !== 'escalate') return;
    }
    if (this.isMuted) return;
    if (ev === 'start') this.#starts.set(path, this.#count(path) + 1);
    this.#events.push({
      ev,
      path,
      type: event.type.startsWith('supervisor.') ? 'supervisor' : 'worker',
      ...(ev === 'start' || ev === 'stop' ? { n: this.#count(path) } : {}),
      ...(ev === 'stop' && 'reason' in event ? { reason: wordOf(path, event.reason) } : {}),
    });
  }

  /** One that comes back after the process died has kept its window. */
  #cameUp(path: string): void {
    if (!this.isMuted || !this.#up.has(path)) this.#up.set(path, 0);
  }

  #count(path: string): number {
    return this.#starts.get(path) ?? 0;
  }
}

/** A reason that no vector knows stays as it is, and is seen in the comparison. */
function wordOf(path: string, reason: string): string {
  if (reason === `shutdown: ${TERM}`) return 'shutdown_term';
  // what `stop()` tells the root is told to nobody below it
  if (path === rootPath && reason === 'shutdown: stopped') return 'shutdown';
  return reason.startsWith('crash: ') ? 'crash' : reason;
}
