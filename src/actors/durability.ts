/**
 * What a machine must not hold to be made durable: names without an implementation, which XState passes
 * over in silence, and things without a name, which could not be found again after a restart. What only
 * comes up while it runs (`spawn()`, `enqueueActions`) is judged in the turn.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { PerdureError } from '../base/errors.ts';
import { whyNoId } from './address.ts';
import { nodesOf, pathOf, placesOf } from './machine-places.ts';
import type { Place } from './machine-places.ts';

type InvokePlace = Extract<Place, { kind: 'invoke' }>;

/**
 * @returns the paths of inline actions, which are allowed but run at most once
 * @throws {@link PerdureError} MACHINE_NOT_DURABLE at the first place that cannot be made durable
 */
export function refuseUndurable(machine: AnyStateMachine, name: string): readonly string[] {
  const check = new MachineCheck(machine, name);
  check.states();
  const invokes: InvokePlace[] = [];
  for (const place of placesOf(machine)) {
    switch (place.kind) {
      case 'action':
        check.action(place.path, place.action);
        break;
      case 'guard':
        check.guard(place.path, place.guard);
        break;
      case 'delay':
        check.delay(place.path, place.delay);
        break;
      case 'invoke':
        check.invoke(place);
        invokes.push(place);
        break;
    }
  }
  check.invokeIds(invokes);
  return check.inlineActions;
}

/** Builtin actions that hold nothing to check, besides those with a case of their own. */
const plainActions: ReadonlySet<unknown> = new Set([
  'xstate.assign',
  'xstate.cancel',
  'xstate.emit',
  'xstate.log',
  'xstate.stopChild',
  'xstate.enqueueActions',
]);

interface Builtin {
  readonly type: string;
  readonly delay?: unknown;
  readonly src?: unknown;
  readonly id?: unknown;
}

class MachineCheck {
  readonly inlineActions: string[] = [];
  readonly #machine: AnyStateMachine;
  readonly #name: string;

  constructor(machine: AnyStateMachine, name: string) {
    this.#machine = machine;
    this.#name = name;
  }

  states(): void {
    const seen = new Map<string, AnyStateNode>();
    for (const node of nodesOf(this.#machine)) {
      const path = pathOf(node) || '(the machine)';
      const other = seen.get(node.id);
      if (other !== undefined) {
        this.#refuse(
          path,
          `the state has the id '${node.id}' of ${pathOf(other) || 'the machine'}`,
          'give each state an id of its own',
        );
      }
      // XState takes such a key for a state id when it resolves a stored state value
      if (node.path.length > 0 && node.key.startsWith('#')) {
        this.#refuse(path, "the state's key begins with '#'", 'give it another key');
      }
      seen.set(node.id, node);
    }
  }

  action(path: string, action: unknown): void {
    if (typeof action !== 'function') return this.#named('actions', path, nameOf(action));
    if (!('resolve' in action)) {
      // named by its key; anywhere else a function's own name does not count
      if (!path.startsWith('setup.')) this.inlineActions.push(path);
      return;
    }
    this.#builtin(path, action as unknown as Builtin);
  }

  guard(path: string, guard: unknown): void {
    if (typeof guard !== 'function') return this.#named('guards', path, nameOf(guard));
    const inner = (guard as { guards?: unknown }).guards;
    if (!('check' in guard) || !Array.isArray(inner)) return;
    for (const [index, one] of inner.entries()) this.guard(`${path}(${index})`, one);
  }

  delay(path: string, delay: unknown): void {
    if (typeof delay === 'string') this.#named('delays', `${path}.${delay}`, delay);
  }

  invoke({ path, node, id, src, given }: InvokePlace): void {
    const why = whyNoId(id);
    if (why !== undefined)
      this.#refuse(
        path,
        `the id '${String(id)}' cannot be part of an address: ${why}`,
        'give it another id',
      );
    if (typeof given === 'string') return this.#named('actors', path, given);
    if (this.#nodeById(node.id) === node) return;
    this.#refuse(
      path,
      `logic stands in a state whose id XState cannot resolve ('${src}')`,
      "put it into setup({ actors: { name: logic } }) and invoke 'name', or take the dots out of ids and keys",
    );
  }

  /** Two children of one id at a time would be one child. */
  invokeIds(places: readonly InvokePlace[]): void {
    for (const [index, place] of places.entries()) {
      const other = places
        .slice(0, index)
        .find(({ id, node }) => id === place.id && canBeActiveTogether(node, place.node));
      if (other === undefined) continue;
      this.#refuse(
        place.path,
        `the id '${place.id}' is also that of ${other.path}, and both can run at the same time`,
        'give each an id of its own',
      );
    }
  }

  #builtin(path: string, action: Builtin): void {
    switch (action.type) {
      case 'xstate.raise':
      case 'xstate.sendTo':
        return this.delay(path, action.delay);
      case 'xstate.spawnChild':
        return this.#spawnChild(path, action);
    }
    if (plainActions.has(action.type)) return;
    this.#refuse(
      path,
      `the action '${String(action.type)}' is of an unknown kind`,
      "use XState's or perdure's actions",
    );
  }

  #spawnChild(path: string, { src, id }: Builtin): void {
    if (typeof src !== 'string') {
      this.#refuse(
        path,
        'spawnChild has logic without a name, which could not be found again after a restart',
        "put it into setup({ actors: { name: logic } }) and spawn 'name'",
      );
    }
    this.#named('actors', path, src);
    if (id === undefined) {
      this.#refuse(
        path,
        `spawnChild('${src}') has no id`,
        'add { id }: it becomes part of the address',
      );
    }
  }

  #named(table: 'actions' | 'guards' | 'delays' | 'actors', path: string, name: unknown): void {
    const implementations = this.#machine.implementations[table] as Record<string, unknown>;
    if (typeof name === 'string' && Object.hasOwn(implementations, name)) {
      if (implementations[name] !== undefined) return;
    }
    const one = table.slice(0, -1);
    this.#refuse(
      path,
      `the ${one} '${String(name)}' is not implemented`,
      `add it to setup({ ${table} })`,
    );
  }

  #nodeById(id: string): AnyStateNode | undefined {
    try {
      return this.#machine.getStateNodeById(id);
    } catch {
      // XState found none, which is the answer
      return undefined;
    }
  }

  #refuse(path: string, why: string, fix: string): never {
    throw new PerdureError('MACHINE_NOT_DURABLE', { machine: this.#name, path, why, fix });
  }
}

function nameOf(reference: unknown): unknown {
  return typeof reference === 'object' && reference !== null && 'type' in reference
    ? reference.type
    : reference;
}

/** Whether one state holds the other, or they lie in different regions of a parallel state. */
function canBeActiveTogether(one: AnyStateNode, other: AnyStateNode): boolean {
  const [shorter, longer] = one.path.length <= other.path.length ? [one, other] : [other, one];
  const fork = shorter.path.findIndex((key, depth) => key !== longer.path[depth]);
  if (fork === -1) return true;
  let common: AnyStateNode = longer;
  while (common.path.length > fork) common = common.parent as AnyStateNode;
  return common.type === 'parallel';
}
