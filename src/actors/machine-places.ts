/** Every place of a machine where it names or holds something that is run: actions, guards, delays, invokes. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';

/** A place, with the path at which its author finds it. */
export type Place =
  | { readonly kind: 'action'; readonly path: string; readonly action: unknown }
  | { readonly kind: 'guard'; readonly path: string; readonly guard: unknown }
  | { readonly kind: 'delay'; readonly path: string; readonly delay: number | string }
  | {
      readonly kind: 'invoke';
      readonly path: string;
      readonly node: AnyStateNode;
      readonly id: string;
      /** A name, or for logic that stands in the config `xstate.invoke.<index>.<state id>`. */
      readonly src: string;
      /** What the config says: a name or the logic itself. */
      readonly given: unknown;
    };

interface Transition {
  readonly actions: readonly unknown[];
  readonly guard?: unknown;
}
interface Invoke {
  readonly id: string;
  readonly src: string;
}

/** All nodes, parents first. */
export function* nodesOf(machine: AnyStateMachine): Generator<AnyStateNode> {
  yield* below(machine.root);
}

export function* placesOf(machine: AnyStateMachine): Generator<Place> {
  for (const node of nodesOf(machine)) yield* placesOfNode(node);
  for (const [name, action] of Object.entries(machine.implementations.actions)) {
    yield { kind: 'action', path: `setup.actions.${name}`, action };
  }
  for (const [name, guard] of Object.entries(machine.implementations.guards)) {
    yield { kind: 'guard', path: `setup.guards.${name}`, guard };
  }
}

/** `states.a.states.b`, empty for the root. */
export function pathOf(node: AnyStateNode): string {
  return node.path.map((key) => `states.${key}`).join('.');
}

function* below(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* below(child as AnyStateNode);
}

function* placesOfNode(node: AnyStateNode): Generator<Place> {
  const prefix = node.path.length === 0 ? '' : `${pathOf(node)}.`;
  // `after` puts its timers into entry and exit, behind what the author wrote
  yield* actionsAt(
    `${prefix}entry`,
    node.entry.filter((action) => !isAfterTimer(action)),
  );
  yield* actionsAt(`${prefix}exit`, node.exit);
  if (node.initial !== undefined)
    yield* actionsAt(`${prefix}initial.actions`, node.initial.actions);
  yield* invokesOf(node, prefix);
  for (const { delay } of node.after)
    yield { kind: 'delay', path: `${prefix}after`, delay: delay as number | string };
  for (const [descriptor, transitions] of node.transitions) {
    yield* transitionsAt(`${prefix}${keyOf(descriptor)}`, transitions);
  }
  yield* transitionsAt(`${prefix}always`, node.always ?? []);
}

function* invokesOf(node: AnyStateNode, prefix: string): Generator<Place> {
  const configs: unknown[] = [(node.config as { invoke?: unknown }).invoke ?? []].flat();
  for (const [index, { id, src }] of (node.invoke as readonly Invoke[]).entries()) {
    const given = (configs[index] as { src: unknown }).src;
    yield { kind: 'invoke', path: `${prefix}invoke[${index}]`, node, id, src, given };
  }
}

function* transitionsAt(path: string, transitions: readonly Transition[]): Generator<Place> {
  for (const [index, { actions, guard }] of transitions.entries()) {
    yield* actionsAt(`${path}[${index}].actions`, actions);
    if (guard !== undefined) yield { kind: 'guard', path: `${path}[${index}].guard`, guard };
  }
}

function* actionsAt(path: string, actions: readonly unknown[]): Generator<Place> {
  for (const [index, action] of actions.entries()) {
    yield { kind: 'action', path: `${path}[${index}]`, action };
  }
}

function isAfterTimer(action: unknown): boolean {
  const { type, id } = (action ?? {}) as { type?: unknown; id?: unknown };
  return type === 'xstate.raise' && typeof id === 'string' && id.startsWith('xstate.after.');
}

/** Where in the config the transitions of this event come from. */
function keyOf(descriptor: string): string {
  if (descriptor.startsWith('xstate.after.')) return 'after';
  if (descriptor.startsWith('xstate.done.state.')) return 'onDone';
  if (descriptor === 'xstate.route') return 'route';
  for (const [prefix, key] of invokeEvents) {
    if (descriptor.startsWith(prefix)) return `invoke(${descriptor.slice(prefix.length)}).${key}`;
  }
  return `on.${descriptor}`;
}

const invokeEvents = [
  ['xstate.done.actor.', 'onDone'],
  ['xstate.error.actor.', 'onError'],
  ['xstate.snapshot.', 'onSnapshot'],
] as const;
