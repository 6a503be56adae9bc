/** What a stored state depends on in its machine. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { textHash } from '../base/text-hash.ts';
import { nodesOf } from './machine-places.ts';

/**
 * A hash of the machine's states, their types, transitions and invokes; not of functions, names of actions
 * or the order of states. The same in every process: a stored snapshot of another shape was made by a
 * changed machine.
 */
export function shapeHash(machine: AnyStateMachine): string {
  const nodes = [...nodesOf(machine)].map(shapeOf).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return textHash(JSON.stringify(nodes));
}

/** Whether the machine can reach the end by itself: a final state at its top, or in all its regions. */
export function hasTopLevelFinal(machine: AnyStateMachine): boolean {
  return canFinish(machine.root);
}

interface Transition {
  readonly target: readonly AnyStateNode[] | undefined;
  readonly reenter: boolean;
}

function shapeOf(node: AnyStateNode): readonly [id: string, ...shape: unknown[]] {
  const transitions = [...(node.transitions as ReadonlyMap<string, readonly Transition[]>)]
    .map(([type, all]) => [type, all.map(transitionShape)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const always = ((node.always ?? []) as readonly Transition[]).map(transitionShape);
  const invokes = node.invoke.map(({ id, src }) => [id, src]);
  const initial = node.initial?.target?.map(({ id }: { id: string }) => id) ?? [];
  return [node.id, node.type, node.history, initial, transitions, always, invokes];
}

function transitionShape({ target, reenter }: Transition): readonly unknown[] {
  return [target?.map(({ id }) => id) ?? null, reenter];
}

function canFinish(node: AnyStateNode): boolean {
  const children = Object.values(node.states) as readonly AnyStateNode[];
  switch (node.type) {
    case 'compound':
      return children.some(({ type }) => type === 'final');
    case 'parallel':
      return children.filter(({ type }) => type !== 'history').every(canFinish);
    case 'final':
      return true;
    case 'atomic':
    case 'history':
      return false;
  }
}
