/**
 * What kind of actor a logic makes. XState's creators leave no mark on what they return, and logic that
 * was wrapped or written by hand may do anything in `transition`; so a logic is taken for what a creator
 * makes only if its functions have the very text of that creator's.
 */
import {
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
} from 'xstate';
import type { AnyActorLogic, AnyStateMachine } from 'xstate';
import { PerdureError } from '../base/errors.ts';
import { askOptionsOf } from './from-ask.ts';
import { stepOptionsOf } from './step.ts';

export type LogicKind =
  | 'machine'
  | 'transition'
  | 'step'
  | 'promise'
  | 'ask'
  | 'callback'
  | 'observable';

/**
 * @param place - for the message: the machine that refers to the logic, and where
 * @throws {@link PerdureError} MACHINE_NOT_DURABLE for a logic of no known kind
 */
export function logicKind(
  logic: AnyActorLogic,
  place: { readonly machine: string; readonly path: string } = { machine: '?', path: 'the logic' },
): LogicKind {
  if (isMachine(logic)) return 'machine';
  const kind = isObject(logic) ? createdKind(logic) : undefined;
  if (kind === undefined) {
    throw new PerdureError('MACHINE_NOT_DURABLE', {
      ...place,
      why: 'stands actor logic of an unknown kind (written by hand, wrapped, or made by another copy of xstate)',
      fix: 'use a machine, step(), fromAsk(), fromPromise(), fromTransition(), fromCallback() or fromObservable() as they come',
    });
  }
  if (kind !== 'promise') return kind;
  if (stepOptionsOf(logic) !== undefined) return 'step';
  return askOptionsOf(logic) === undefined ? 'promise' : 'ask';
}

export function isMachine(logic: unknown): logic is AnyStateMachine {
  return (
    isObject(logic) && '__xstatenode' in logic && 'root' in logic && 'implementations' in logic
  );
}

type CreatedKind = 'transition' | 'promise' | 'callback' | 'observable';

const never = (): never => undefined as never;
const patterns: readonly (readonly [CreatedKind, string])[] = [
  ['promise', textOf(fromPromise(never))],
  ['transition', textOf(fromTransition(never, undefined))],
  ['callback', textOf(fromCallback(never))],
  ['observable', textOf(fromObservable(never))],
  ['observable', textOf(fromEventObservable(never))],
];

function createdKind(logic: object): CreatedKind | undefined {
  if (typeof (logic as { config?: unknown }).config !== 'function') return undefined;
  const text = textOf(logic);
  return patterns.find(([, pattern]) => pattern === text)?.[0];
}

/** Everything but the user's function, which is in `config`. */
function textOf(logic: object): string {
  return Object.entries(logic)
    .filter(([key]) => key !== 'config')
    .map(([key, value]) => `${key}: ${String(value)}`)
    .sort()
    .join('\n');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
