import {
  and,
  assign,
  createMachine,
  enqueueActions,
  fromCallback,
  fromPromise,
  fromTransition,
  not,
  raise,
  setup,
  spawnChild,
  stateIn,
} from 'xstate';
import type { AnyActorLogic, AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { logicKind } from '../../src/actors/logic-kind.ts';
import { registerMachine } from '../../src/actors/registration.ts';
import { step } from '../../src/actors/step.ts';
import { limits } from '../../src/base/limits.ts';

const worker = fromPromise(async () => 1);
/** Machines of tests are made wrong on purpose: the types of XState would not let them pass. */
const machineOf = (config: object): AnyStateMachine => createMachine(config as never);
const setupOf = (parts: object, config: object): AnyStateMachine =>
  setup(parts as never).createMachine(config as never) as never;

describe('registerMachine accepts', () => {
  it('all that is named, in every spelling', () => {
    const machine = setup({
      types: { context: {} as { n: number } },
      actions: { notify: () => undefined, count: assign({ n: 1 }) },
      guards: { isOpen: () => true, isShut: not('isOpen') },
      delays: { patience: 10, dynamic: () => 5 },
      actors: { work: worker },
    }).createMachine({
      context: { n: 0 },
      invoke: { src: 'work' },
      entry: [
        'notify',
        { type: 'notify' },
        'count',
        spawnChild('work', { id: 'static' }),
        spawnChild('work', { id: () => 'dynamic' }),
        raise({ type: 'GO' }, { delay: 'patience' }),
        enqueueActions(({ enqueue }) => enqueue('notify')),
      ],
      initial: 'a',
      after: { 100: '.a', patience: '.b', dynamic: '.b' },
      states: {
        a: { on: { GO: { guard: and(['isOpen', stateIn('a'), () => true]), target: 'b' } } },
        b: { invoke: { src: 'work', id: 'w' } },
        c: { invoke: { src: 'work', id: 'w' } },
      },
    });

    const registered = registerMachine(machine, 'test');

    expect(registered).toMatchObject({ id: 'test', kind: 'machine', inlineActions: [] });
    expect(registered.child('work')).toMatchObject({ kind: 'promise', logic: worker });
    expect(registered.child('toString')).toBeUndefined();
  });

  it('inline actions, and says where they are', () => {
    const machine = machineOf({
      entry: () => undefined,
      initial: 'a',
      states: { a: { on: { GO: { actions: [assign({}), function notify() {}] } } } },
    });

    expect(registerMachine(machine, 'test').inlineActions).toEqual([
      'entry[0]',
      'states.a.on.GO[0].actions[1]',
    ]);
  });

  it('inline logic of invokes, under the name that XState gives it', () => {
    const inner = step(async () => 1);
    const machine = machineOf({
      initial: 'a',
      states: {
        a: { id: 'my-a', invoke: [{ src: fromCallback(() => undefined) }, { src: inner }] },
      },
    });

    const registered = registerMachine(machine, 'test');

    expect(registered.child('xstate.invoke.0.my-a')?.kind).toBe('callback');
    expect(registered.child('xstate.invoke.1.my-a')).toMatchObject({ kind: 'step', logic: inner });
  });

  it('a machine that spawns itself', () => {
    const actors: Record<string, AnyActorLogic> = {};
    const machine = setupOf(
      { actors },
      { id: 'tree', entry: spawnChild('self' as never, { id: 'c' } as never) },
    );
    actors['self'] = machine;

    const registered = registerMachine(machine, 'test');

    expect(registered.child('self')).toBe(registered);
  });

  it('logic that is no machine', () => {
    const logic = fromTransition((state) => state, {});
    expect(registerMachine(logic, 'counter')).toMatchObject({
      id: 'counter',
      kind: logicKind(logic),
      shape: 'transition',
      canFinish: false,
    });
  });
});

describe('RegisteredLogic', () => {
  const notify = () => undefined;
  const registered = registerMachine(
    setupOf({ actions: { notify, count: assign({}) } }, { id: 'desk' }),
    'test',
  );

  it("has the machine's own id", () => {
    expect(registered.id).toBe('desk');
  });

  it('finds custom actions by the key of setup, and no others', () => {
    expect(registered.action('notify')).toBe(notify);
    expect(registered.isNamedAction('notify')).toBe(true);
    expect(registered.isNamedAction('count')).toBe(false);
    expect(registered.isNamedAction('toString')).toBe(false);
  });

  it('does not take an inline function for the action whose name it bears', () => {
    expect(registered.isNamedAction('notify', notify)).toBe(true);
    expect(registered.isNamedAction('notify', () => undefined)).toBe(false);
  });

  it('bounds the microsteps of a turn, unless the machine does', () => {
    const bounded = machineOf({ options: { maxIterations: 7 } });
    const open = machineOf({});

    registerMachine(bounded, 'test');
    registerMachine(open, 'test');

    expect(bounded.options.maxIterations).toBe(7);
    expect(open.options.maxIterations).toBe(limits.maxIterations);
  });
});
