import {
  createMachine,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
} from 'xstate';
import { describe, expect, it } from 'vitest';
import { at } from '../../src/actors/at.ts';
import { fromAsk } from '../../src/actors/from-ask.ts';
import { logicKind } from '../../src/actors/logic-kind.ts';
import { step } from '../../src/actors/step.ts';

const promise = fromPromise(async () => 1);

describe('logicKind', () => {
  it.each([
    ['machine', createMachine({})],
    ['machine', createMachine({}).provide({})],
    ['transition', fromTransition((state) => state, {})],
    ['step', step(async () => 1)],
    ['promise', promise],
    ['ask', fromAsk(at<never>('/a'), 'x' as never)],
    ['callback', fromCallback(() => undefined)],
    ['observable', fromObservable(() => ({ subscribe: () => ({ unsubscribe: () => undefined }) }))],
    [
      'observable',
      fromEventObservable(() => ({ subscribe: () => ({ unsubscribe: () => undefined }) })),
    ],
  ] as const)('knows a %s', (kind, logic) => {
    expect(logicKind(logic)).toBe(kind);
  });

  it.each([
    [
      'written by hand',
      {
        transition: (s: unknown) => s,
        getInitialSnapshot: () => ({}),
        getPersistedSnapshot: (s: unknown) => s,
      },
    ],
    [
      'wrapped',
      {
        ...promise,
        transition: (...args: never[]) =>
          (promise.transition as (...a: never[]) => unknown)(...args),
      },
    ],
    ['with more than a creator makes', { ...promise, extra: 1 }],
    ['a function', () => 1],
    ['nothing', undefined],
  ])('refuses logic that is %s', (_, logic) => {
    expect(() => logicKind(logic as never)).toThrow(
      expect.objectContaining({ code: 'MACHINE_NOT_DURABLE' }),
    );
  });
});
