/** Bringing together the children that the code names and those that are known. */
import { emit, type Draft } from './draft.ts';
import { newChild, type ChildState } from './state.ts';
import type { ChildSettings } from './child-spec.ts';
import { templateOf } from './supervisor-settings.ts';

/**
 * After this `state.children` holds the children of the code, in its order and with its settings, then
 * the dynamic ones in theirs. A child that the code no longer names, or whose template it no longer names,
 * becomes an orphan: kept, not started.
 *
 * `start`: as after a restart by the parent. Static children that were deleted or ended are back
 * (OTP: it starts from its initial specification); dynamic ones stay or go by `childrenOnRestart`,
 * temporary ones always go.
 * `resume`: what was deleted or ended for good stays away.
 */
export function callTheRoll(
  draft: Draft,
  named: readonly ChildSettings[],
  how: 'start' | 'resume',
): void {
  const { state } = draft;
  const known = state.children;
  if (how === 'start') state.dropped = [];
  const roster = new Map<string, ChildState>();
  for (const spec of named) {
    const child = known.get(spec.id) ?? state.orphans.get(spec.id) ?? newChild(spec, false, 0);
    // One that is gone for good; its id may have been given to a dynamic child since.
    if (state.dropped.includes(spec.id)) continue;
    child.spec = spec;
    child.dynamic = false;
    child.isOrphan = false;
    state.orphans.delete(spec.id);
    roster.set(spec.id, child);
  }
  for (const child of [...known.values(), ...state.orphans.values()]) {
    if (roster.has(child.id)) continue;
    if (child.dynamic && how === 'start' && isLost(draft, child)) {
      const { id, incarnation, reason } = child;
      const why = 'supervisor_restarted';
      state.orphans.delete(id);
      emit(draft, { kind: 'forgetChild', child: id, incarnation, why, reason });
    } else if (child.dynamic && followTemplate(draft, child)) {
      child.isOrphan = false;
      state.orphans.delete(child.id);
      roster.set(child.id, child);
    } else {
      child.isOrphan = true;
      state.orphans.set(child.id, child);
    }
    draft.touched.add(child.id);
  }
  let position = 0;
  for (const child of roster.values()) {
    position += 1;
    child.position = position;
    draft.touched.add(child.id);
  }
  state.children = roster;
  state.nextPosition = position + 1;
  draft.hasTouchedOwn = true;
}

/** The settings of a dynamic child follow the code. false: the code has no such template any more. */
function followTemplate({ settings }: Draft, child: ChildState): boolean {
  if (child.spec.template === undefined) return true;
  const template = templateOf(settings, child.spec.template);
  if (template === undefined) return false;
  child.spec = { ...template, id: child.id, template: template.id };
  return true;
}

function isLost(draft: Draft, child: ChildState): boolean {
  return draft.settings.childrenOnRestart === 'forget' || child.spec.restart === 'temporary';
}
