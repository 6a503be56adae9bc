/** Rules that are wrong on purpose, to see that the referee objects: they spoil what supervisors remember. */
import { SupervisorNodes } from '../../src/runtime/supervisor-nodes.ts';
import type { SupervisorState } from '../../src/supervisor/state.ts';

type Spoil = (state: SupervisorState, periodMs: number, nowMs: number) => void;

export const wrongRules = {
  /** Restarts are counted per fixed stretch of time. */
  'tumbling-window': (state, periodMs, nowMs) => {
    const stretch = (atMs: number): number => Math.floor(atMs / periodMs);
    state.window = state.window.filter(({ atMs }) => stretch(atMs) === stretch(nowMs));
  },
  /** A quiet time makes a supervisor forget everything. */
  'reset-when-quiet': (state, periodMs, nowMs) => {
    const newest = state.window.at(-1);
    if (newest !== undefined && nowMs - newest.atMs > periodMs / 2) state.window = [];
  },
  /** A restart that succeeded is forgotten at once. */
  'success-resets': (state) => {
    const isWell = [...state.children.values()].every(({ status }) => status === 'running');
    if (isWell && state.operation === undefined) state.window = [];
  },
} as const satisfies Record<string, Spoil>;

export type WrongRule = keyof typeof wrongRules;

/** From now on every supervisor of the runtime follows the wrong rule. Returns how to undo it. */
export function breakRule(rule: WrongRule, nowMs: () => number): () => void {
  const { prototype } = SupervisorNodes;
  // called with the `this` that it is called on
  // oxlint-disable-next-line typescript/unbound-method
  const right = prototype.ensure;
  prototype.ensure = function ensure(...args) {
    const node = right.apply(this, args);
    const { state, settings } = node;
    const spoil: Spoil = wrongRules[rule];
    Object.defineProperty(node, 'state', {
      configurable: true,
      get: () => {
        spoil(state, settings.periodMs, nowMs());
        return state;
      },
    });
    return node;
  };
  return () => {
    prototype.ensure = right;
  };
}
