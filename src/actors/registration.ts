/** Logic as the runtime knows it: checked, with what it refers to by name, and in what shape its state is. */
import type { AnyActorLogic, AnyStateMachine } from 'xstate';
import { limits } from '../base/limits.ts';
import { refuseUndurable } from './durability.ts';
import { isMachine, logicKind } from './logic-kind.ts';
import type { LogicKind } from './logic-kind.ts';
import { placesOf } from './machine-places.ts';
import { hasTopLevelFinal, shapeHash } from './machine-shape.ts';
import type { ActionFn } from './operation.ts';

/** Id of a machine whose config has none. */
const UNNAMED = '(machine)';

/** Logic that was found durable, and all that it may start. */
export class RegisteredLogic {
  /** The machine's id; the name it was registered under, for logic without one. */
  readonly id: string;
  readonly kind: LogicKind;
  readonly logic: AnyActorLogic;
  /** See {@link shapeHash}; for other logic its kind. */
  readonly shape: string;
  /** Whether it can end by itself: a `permanent` one of those is started again and again. */
  readonly canFinish: boolean;
  /** Paths of actions without a name: they run at most once. */
  readonly inlineActions: readonly string[];
  readonly #children: ReadonlyMap<string, RegisteredLogic>;

  constructor(
    parts: Pick<RegisteredLogic, 'id' | 'kind' | 'logic'> & {
      readonly inlineActions: readonly string[];
      readonly children: ReadonlyMap<string, RegisteredLogic>;
    },
  ) {
    const { logic } = parts;
    this.id = parts.id;
    this.kind = parts.kind;
    this.logic = logic;
    this.inlineActions = parts.inlineActions;
    this.#children = parts.children;
    this.shape = isMachine(logic) ? shapeHash(logic) : parts.kind;
    this.canFinish = isMachine(logic) && hasTopLevelFinal(logic);
  }

  /** The logic that machines refer to as `src`. */
  child(src: string): RegisteredLogic | undefined {
    return this.#children.get(src);
  }

  /** All of them, with the names. */
  get children(): Iterable<readonly [src: string, logic: RegisteredLogic]> {
    return this.#children;
  }

  /** The custom action under this key of `setup({ actions })`. */
  action(type: string): ActionFn | undefined {
    if (!isMachine(this.logic)) return undefined;
    const actions = this.logic.implementations.actions as Record<string, unknown>;
    const action = Object.hasOwn(actions, type) ? actions[type] : undefined;
    return typeof action === 'function' && !('resolve' in action)
      ? (action as ActionFn)
      : undefined;
  }

  /**
   * Whether an action that came out of a turn can be found again by `type`. An inline function that bears
   * the name of another action cannot: pass what the turn would run as `exec`.
   */
  isNamedAction(type: string, exec?: unknown): boolean {
    const action = this.action(type);
    return action !== undefined && (exec === undefined || exec === action);
  }
}

/**
 * Checks `logic` and everything it refers to by name, at any depth. Machines without a bound on their
 * microsteps get one: an eternal `always` cycle is then a crash, not a hang.
 *
 * @param name - for logic without an id of its own, and for messages
 * @throws {@link PerdureError} MACHINE_NOT_DURABLE
 */
export function registerMachine(logic: AnyActorLogic, name: string): RegisteredLogic {
  return register(logic, { machine: name, path: 'the logic' }, name, new Map());
}

interface Place {
  readonly machine: string;
  readonly path: string;
}
type Known = Map<AnyActorLogic, RegisteredLogic>;

function register(logic: AnyActorLogic, place: Place, name: string, known: Known): RegisteredLogic {
  const before = known.get(logic);
  if (before !== undefined) return before;

  const kind = logicKind(logic, place);
  const id = isMachine(logic) && logic.id !== UNNAMED ? logic.id : name;
  const children = new Map<string, RegisteredLogic>();
  const inlineActions = isMachine(logic) ? refuseUndurable(logic, id) : [];
  const registered = new RegisteredLogic({ id, kind, logic, inlineActions, children });
  // Before its children: a machine may spawn itself.
  known.set(logic, registered);
  if (!isMachine(logic)) return registered;

  boundMicrosteps(logic);
  for (const [src, path, child] of actorsOf(logic)) {
    children.set(src, register(child, { machine: id, path }, src, known));
  }
  return registered;
}

function* actorsOf(
  machine: AnyStateMachine,
): Generator<[src: string, path: string, AnyActorLogic]> {
  for (const [src, logic] of Object.entries(machine.implementations.actors)) {
    yield [src, `setup.actors.${src}`, logic as AnyActorLogic];
  }
  for (const place of placesOf(machine)) {
    if (place.kind !== 'invoke' || typeof place.given === 'string') continue;
    yield [place.src, place.path, place.given as AnyActorLogic];
  }
}

function boundMicrosteps({ options }: AnyStateMachine): void {
  if (options.maxIterations === undefined || options.maxIterations === Infinity) {
    options.maxIterations = limits.maxIterations;
  }
}
