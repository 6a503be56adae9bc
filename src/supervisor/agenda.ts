/**
 * Starting and stopping several children: one after the other, each only after the answer about the
 * one before, as OTP does; the instances of a pool, which have no order, all at once.
 */
import { emit, forget, setPending, setStatus, type Draft } from './draft.ts';
import type { ChildState } from './state.ts';
import { isPool } from './supervisor-settings.ts';

/** Takes on to start these, the first one first. */
export function planStarts(draft: Draft, idsInStartOrder: string[]): void {
  draft.state.agenda = idsInStartOrder.reverse();
  draft.state.inFlight = 0;
}

/** Takes on to stop these, the last one first. */
export function planStops(draft: Draft, idsInStartOrder: string[]): void {
  draft.state.agenda = idsInStartOrder;
  draft.state.inFlight = 0;
}

/** Starts what may be started now. Whether everything planned was started and answered. */
export function startNext(draft: Draft): boolean {
  const { state } = draft;
  while (mayGoOn(draft)) {
    const child = takeNext(draft);
    if (child === undefined) break;
    if (child.status !== 'pending') continue;
    start(draft, child);
  }
  return state.inFlight === 0 && state.agenda.length === 0;
}

/** Stops what may be stopped now. Whether everything planned is stopped. */
export function stopNext(draft: Draft): boolean {
  const { state } = draft;
  while (mayGoOn(draft)) {
    const child = takeNext(draft);
    if (child === undefined) break;
    if (child.status === 'exited') settleStopped(draft, child);
    if (child.status === 'running' || child.status === 'starting') stop(draft, child);
  }
  return state.inFlight === 0 && state.agenda.length === 0;
}

/**
 * What becomes of a child that its supervisor has stopped: that depends on why, not on how it ended.
 * A crash in its clean-up is no crash (OTP: only logged).
 */
export function settleStopped(draft: Draft, child: ChildState): void {
  const { operation } = draft.state;
  const isTemporary = child.spec.restart === 'temporary';
  child.runningSinceMs = undefined;
  switch (operation?.kind) {
    case 'restart':
      if (isTemporary) forget(draft, child, 'temporary');
      else setPending(draft, child, 'restart');
      return;
    case 'boot':
    case 'rollBack':
    case 'end':
      setPending(draft, child, 'resume');
      return;
    case 'serve':
    case undefined:
      if (operation?.caller.request.kind === 'resetChild') setPending(draft, child, 'restart');
      else if (isPool(draft.settings)) forget(draft, child, 'terminated');
      else if (isTemporary) forget(draft, child, 'temporary');
      else setStatus(draft, child, 'undefined');
      return;
  }
}

function mayGoOn(draft: Draft): boolean {
  return draft.state.inFlight === 0 || isPool(draft.settings);
}

/** The next one that is still known, or undefined: there is none. */
function takeNext({ state }: Draft): ChildState | undefined {
  for (;;) {
    const id = state.agenda.pop();
    if (id === undefined) return undefined;
    const child = state.children.get(id);
    if (child !== undefined) return child;
  }
}

function start(draft: Draft, child: ChildState): void {
  setStatus(draft, child, 'starting');
  child.incarnation += 1;
  draft.state.inFlight += 1;
  const { id, incarnation, as } = child;
  emit(draft, { kind: 'startChild', child: id, incarnation, as });
  // begun anew in the batch of this command: should the process die now, it is not reset once more
  if (as === 'reset') child.as = 'restart';
}

function stop(draft: Draft, child: ChildState): void {
  setStatus(draft, child, 'stopping');
  draft.state.inFlight += 1;
  const { id, incarnation } = child;
  const { shutdownMs } = child.spec;
  emit(draft, { kind: 'stopChild', child: id, incarnation, shutdownMs });
}
