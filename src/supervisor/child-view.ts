/** What callers may see of the children. */
import type { ChildCounts, ChildView } from './answer.ts';
import type { ChildState, SupervisorState } from './state.ts';
import { isPool, type SupervisorSettings } from './supervisor-settings.ts';

/** Latest in start order first (Erlang/OTP: `supervisor:which_children/1`). */
export function viewChildren(state: SupervisorState): ChildView[] {
  const views: ChildView[] = [];
  for (const child of state.children.values()) {
    const { id, incarnation, spec } = child;
    views.push({ id, type: spec.type, state: stateOf(child), incarnation });
  }
  return views.reverse();
}

/** `specs` of a pool is 1, its template; the others count instances, also those that wait for a restart. */
export function countChildren(settings: SupervisorSettings, state: SupervisorState): ChildCounts {
  let active = 0;
  let supervisors = 0;
  for (const child of state.children.values()) {
    if (child.status === 'running') active += 1;
    if (child.spec.type === 'supervisor') supervisors += 1;
  }
  const { size } = state.children;
  return { specs: isPool(settings) ? 1 : size, active, supervisors, workers: size - supervisors };
}

function stateOf(child: ChildState): ChildView['state'] {
  switch (child.status) {
    case 'running':
    case 'stopping':
    // Its end has not been looked at yet.
    case 'exited':
      return 'running';
    case 'restarting':
    case 'quarantined':
      return child.status;
    case 'pending':
    case 'starting':
    case 'undefined':
      return 'undefined';
  }
}
