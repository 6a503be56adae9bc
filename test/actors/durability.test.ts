import { and, createMachine, fromPromise, not, raise, sendTo, setup, spawnChild } from 'xstate';
import type { AnyActorLogic, AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { registerMachine } from '../../src/actors/registration.ts';
import { isPerdureError } from '../../src/base/errors.ts';

const worker = fromPromise(async () => 1);
/** Machines of tests are made wrong on purpose: the types of XState would not let them pass. */
const machineOf = (config: object): AnyStateMachine => createMachine(config as never);
const setupOf = (parts: object, config: object): AnyStateMachine =>
  setup(parts as never).createMachine(config as never) as never;

interface Refused {
  readonly machine: string;
  readonly path: string;
  readonly why: string;
  readonly fix: string;
}
function refusalOf(logic: AnyActorLogic, name = 'test'): Refused | undefined {
  try {
    registerMachine(logic, name);
    return undefined;
  } catch (error) {
    if (!isPerdureError(error) || error.code !== 'MACHINE_NOT_DURABLE') throw error;
    return error.facts as Refused;
  }
}

describe('registerMachine refuses', () => {
  it.each<[string, AnyStateMachine, path: string, why: string]>([
    [
      'an unknown action on entry',
      machineOf({ entry: 'notify' }),
      'entry[0]',
      "the action 'notify'",
    ],
    ['an unknown action on exit', machineOf({ exit: [{ type: 'notify' }] }), 'exit[0]', 'notify'],
    [
      'an unknown action of a transition',
      machineOf({ on: { GO: [{}, { actions: ['notify'] }] } }),
      'on.GO[1].actions[0]',
      'notify',
    ],
    [
      'an unknown action in a nested state',
      machineOf({
        initial: 'a',
        states: { a: { initial: 'b', states: { b: { entry: ['notify'] } } } },
      }),
      'states.a.states.b.entry[0]',
      'notify',
    ],
    [
      'an unknown action of always',
      machineOf({ always: { guard: () => false, actions: 'notify' } }),
      'always[0].actions[0]',
      'notify',
    ],
    [
      'an unknown action of after',
      machineOf({ after: { 100: { actions: 'notify' } } }),
      'after[0].actions[0]',
      'notify',
    ],
    [
      'an unknown action of an initial transition',
      machineOf({ initial: { target: 'a', actions: 'notify' }, states: { a: {} } }),
      'initial.actions[0]',
      'notify',
    ],
    [
      'an unknown action of onDone of a state',
      machineOf({
        initial: 'a',
        states: {
          a: { initial: 'b', states: { b: { type: 'final' } }, onDone: { actions: 'notify' } },
        },
      }),
      'states.a.onDone[0].actions[0]',
      'notify',
    ],
    [
      'an unknown action of onDone of an invoke',
      machineOf({ invoke: { src: worker, id: 'work', onDone: { actions: 'notify' } } }),
      'invoke(work).onDone[0].actions[0]',
      'notify',
    ],
    [
      'an unknown action of onError of an invoke',
      machineOf({ invoke: { src: worker, id: 'work', onError: { actions: 'notify' } } }),
      'invoke(work).onError[0].actions[0]',
      'notify',
    ],
    [
      'a name that every object has',
      machineOf({ entry: 'toString' }),
      'entry[0]',
      "the action 'toString'",
    ],
    ['an action that is nothing', machineOf({ entry: [undefined] }), 'entry[0]', 'undefined'],
    [
      'an action of an unknown kind',
      machineOf({ entry: Object.assign(() => undefined, { resolve: () => [], type: 'x.y' }) }),
      'entry[0]',
      "'x.y' is of an unknown kind",
    ],
    [
      'an unknown guard',
      machineOf({ on: { GO: { guard: 'isOpen' } } }),
      'on.GO[0].guard',
      "the guard 'isOpen'",
    ],
    [
      'an unknown guard inside and(), not()',
      machineOf({ on: { GO: { guard: and([() => true, not('isOpen')]) } } }),
      'on.GO[0].guard(1)(0)',
      "the guard 'isOpen'",
    ],
    [
      'an unknown guard inside a guard of setup',
      setupOf({ guards: { both: and(['isOpen']) } }, {}),
      'setup.guards.both(0)',
      "the guard 'isOpen'",
    ],
    [
      'an unknown delay',
      machineOf({ after: { patience: {} } }),
      'after.patience',
      "the delay 'patience'",
    ],
    [
      'an unknown delay of raise',
      machineOf({ entry: raise({ type: 'GO' }, { delay: 'patience' } as never) }),
      'entry[0].patience',
      "the delay 'patience'",
    ],
    [
      'an unknown delay of sendTo in an action of setup',
      setupOf(
        { actions: { remind: sendTo('child', { type: 'GO' }, { delay: 'patience' } as never) } },
        {},
      ),
      'setup.actions.remind.patience',
      "the delay 'patience'",
    ],
    [
      'an unknown actor',
      machineOf({ invoke: { src: 'work' } }),
      'invoke[0]',
      "the actor 'work' is not implemented",
    ],
    [
      'spawnChild of an unknown actor',
      machineOf({ entry: spawnChild('work' as never, { id: 'w' } as never) }),
      'entry[0]',
      "the actor 'work' is not implemented",
    ],
    [
      'spawnChild of logic without a name',
      machineOf({ entry: spawnChild(worker, { id: 'w' }) }),
      'entry[0]',
      'logic without a name',
    ],
    [
      'spawnChild without an id',
      setupOf({ actors: { work: worker } }, { entry: spawnChild('work' as never) }),
      'entry[0]',
      'has no id',
    ],
    [
      'two invokes of one id in one state',
      machineOf({
        invoke: [
          { src: worker, id: 'w' },
          { src: worker, id: 'w' },
        ],
      }),
      'invoke[1]',
      "the id 'w' is also that of invoke[0]",
    ],
    [
      'two invokes of one id in a state and one inside it',
      machineOf({
        invoke: { src: worker, id: 'w' },
        initial: 'a',
        states: { a: { invoke: { src: worker, id: 'w' } } },
      }),
      'states.a.invoke[0]',
      'both can run at the same time',
    ],
    [
      'two invokes of one id in two regions',
      machineOf({
        type: 'parallel',
        states: {
          a: { initial: 'x', states: { x: { invoke: { src: worker, id: 'w' } } } },
          b: { invoke: { src: worker, id: 'w' } },
        },
      }),
      'states.b.invoke[0]',
      'states.a.states.x.invoke[0]',
    ],
    [
      'an invoke id that cannot be in an address',
      machineOf({ invoke: { src: worker, id: '..' } }),
      'invoke[0]',
      'cannot be part of an address',
    ],
    [
      'logic in a state that XState could not find again',
      machineOf({ id: 'my.machine', invoke: { src: worker } }),
      'invoke[0]',
      'XState cannot resolve',
    ],
    [
      'two states of one id',
      machineOf({ initial: 'a', states: { a: { id: 'same' }, b: { id: 'same' } } }),
      'states.b',
      "the id 'same' of states.a",
    ],
    [
      "a state key that begins with '#'",
      machineOf({ initial: '#a', states: { '#a': {} } }),
      'states.#a',
      "begins with '#'",
    ],
    [
      'logic of an unknown kind among its actors',
      setupOf({ actors: { odd: { ...worker, transition: () => undefined } } }, {}),
      'setup.actors.odd',
      'unknown kind',
    ],
  ])('%s', (_, machine, path, why) => {
    const refusal = refusalOf(machine);

    expect(refusal).toMatchObject({
      machine: machine.id === '(machine)' ? 'test' : machine.id,
      path,
    });
    expect(refusal?.why).toContain(why);
    expect(refusal?.fix).not.toBe('');
  });

  it('what is wrong in a machine it refers to, under the name of that machine', () => {
    const inner = machineOf({ entry: 'notify' });
    const outer = setupOf({ actors: { middle: machineOf({ invoke: { src: inner } }) } }, {});

    expect(refusalOf(outer)).toMatchObject({
      machine: 'xstate.invoke.0.(machine)',
      path: 'entry[0]',
    });
  });

  it('logic of an unknown kind', () => {
    expect(refusalOf({} as AnyActorLogic, 'worker')).toMatchObject({
      machine: 'worker',
      path: 'the logic',
    });
  });
});
