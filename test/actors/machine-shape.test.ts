import { createMachine } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { hasTopLevelFinal, shapeHash } from '../../src/actors/machine-shape.ts';

const machineOf = (config: object): AnyStateMachine => createMachine(config as never);
const base = {
  id: 'm',
  initial: 'a',
  states: { a: { on: { GO: 'b', STAY: {} } }, b: { type: 'final' } },
};

describe('shapeHash', () => {
  it('is the same in every process', () => {
    expect(shapeHash(machineOf(base))).toMatch(/^[0-9a-f]{16}$/);
    expect(shapeHash(machineOf(base))).toBe('24ab59f2212543df');
  });

  it('does not depend on functions, context or the order in which states are written', () => {
    const same = {
      ...base,
      context: { n: 1 },
      entry: () => undefined,
      states: {
        b: { type: 'final' },
        a: { on: { STAY: {}, GO: { target: 'b', guard: () => true } } },
      },
    };
    expect(shapeHash(machineOf(same))).toBe(shapeHash(machineOf(base)));
  });

  it.each([
    ['the id of the machine', { ...base, id: 'n' }],
    ['the initial state', { ...base, initial: 'b' }],
    ['a further state', { ...base, states: { ...base.states, c: {} } }],
    ['the type of a state', { ...base, states: { ...base.states, b: {} } }],
    [
      'the key of a state',
      { ...base, states: { a: { on: { GO: 'c', STAY: {} } }, c: { type: 'final' } } },
    ],
    ['the id of a state', { ...base, states: { ...base.states, b: { type: 'final', id: 'x' } } }],
    ['an event', { ...base, states: { ...base.states, a: { on: { GO: 'b' } } } }],
    ['a target', { ...base, states: { ...base.states, a: { on: { GO: 'a', STAY: {} } } } }],
    ['a timer', { ...base, after: { 10: '.b' } }],
    [
      'an always',
      {
        ...base,
        states: {
          ...base.states,
          a: { ...base.states.a, always: { target: 'b', guard: () => false } },
        },
      },
    ],
    ['an invoke', { ...base, invoke: { src: 'x', id: 'y' } }],
    ['a history', { ...base, states: { ...base.states, h: { type: 'history' } } }],
  ])('changes with %s', (_, config) => {
    expect(shapeHash(machineOf(config))).not.toBe(shapeHash(machineOf(base)));
  });

  it('tells deep history from shallow', () => {
    const withHistory = (history: string) =>
      machineOf({ ...base, states: { ...base.states, h: { type: 'history', history } } });
    expect(shapeHash(withHistory('deep'))).not.toBe(shapeHash(withHistory('shallow')));
  });
});

describe('hasTopLevelFinal', () => {
  const ending = { initial: 'x', states: { x: {}, y: { type: 'final' } } };
  const endless = { initial: 'x', states: { x: {} } };

  it.each([
    [true, 'a final state at the top', base],
    [false, 'no states', {}],
    [false, 'a final state further down only', { initial: 'a', states: { a: ending } }],
    [true, 'a final state in every region', { type: 'parallel', states: { a: ending, b: ending } }],
    [false, 'a region without one', { type: 'parallel', states: { a: ending, b: endless } }],
  ])('is %s with %s', (expected, _, config) => {
    expect(hasTopLevelFinal(machineOf(config))).toBe(expected);
  });
});
