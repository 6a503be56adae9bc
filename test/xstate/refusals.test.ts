/** What cannot be made durable is refused before the store is touched, or crashes the turn that asks for it. */
import { assign, createMachine, enqueueActions, fromPromise, setup, spawnChild } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { createSystem } from '../../src/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { openTestSystem, rootOver } from '../support/test-system.ts';

const machineOf = (config: object): AnyStateMachine => createMachine(config as never);
const worker = fromPromise(async () => 1);
const go = { type: 'GO' };

function untouched(): { store: Store; readonly opens: () => number } {
  let opens = 0;
  const store: Store = {
    location: 'nowhere',
    open: () => {
      opens += 1;
      return Promise.reject(new Error('the store was touched'));
    },
  };
  return { store, opens: () => opens };
}

describe('createSystem', () => {
  it.each<[string, AnyStateMachine]>([
    ['an unregistered action', machineOf({ entry: 'notify' })],
    ['an unregistered guard', machineOf({ on: { GO: { guard: 'isOpen' } } })],
    ['an unregistered delay', machineOf({ after: { patience: {} } })],
    ['an unregistered actor', machineOf({ invoke: { src: 'work' } })],
    ['inline logic in spawnChild', machineOf({ entry: spawnChild(worker, { id: 'w' }) })],
    [
      'spawnChild without an id',
      setup({ actors: { worker } }).createMachine({
        entry: spawnChild('worker' as never),
      }) as never,
    ],
  ])('refuses %s, with the fix, before it touches the store', async (_what, machine) => {
    const { store, opens } = untouched();

    await expect(createSystem({ root: rootOver(machine), store })).rejects.toMatchObject({
      code: 'MACHINE_NOT_DURABLE',
      facts: { fix: expect.stringMatching(/\S/) },
    });
    expect(opens()).toBe(0);
  });
});

describe('a turn', () => {
  it.each<[string, string, AnyStateMachine]>([
    [
      'that spawns inline logic in assign',
      'MACHINE_NOT_DURABLE',
      machineOf({
        context: {},
        on: { GO: { actions: assign({ kid: ({ spawn }: any) => spawn(worker, { id: 'w' }) }) } },
      }),
    ],
    [
      'that enqueues an action without an implementation',
      'MACHINE_NOT_DURABLE',
      machineOf({
        context: {},
        on: { GO: { actions: enqueueActions(({ enqueue }) => enqueue('nothing' as never)) } },
      }),
    ],
    [
      'that sends to something that is no ref',
      'EVENT_INVALID',
      machineOf({
        context: {},
        on: {
          GO: {
            actions: enqueueActions(({ enqueue }) =>
              enqueue.sendTo({ send: () => undefined } as never, { type: 'X' } as never),
            ),
          },
        },
      }),
    ],
  ])('%s crashes with %s, and nothing of it is kept', async (_what, code, machine) => {
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    await system.advance(60_000);

    expect(await system.snapshot('/m')).toMatchObject({ context: {}, children: {} });
    expect(system.happened).toContainEqual(
      expect.objectContaining({
        type: 'message.parked',
        error: expect.objectContaining({ code }),
      }),
    );
    await system.stop();
  });
});

describe('messages from outside', () => {
  it.each(['xstate.done.actor.kid', 'xstate.after.100.(machine).a', 'perdure.reply'])(
    'may not be called %s',
    async (type) => {
      const system = await openTestSystem(machineOf({}));

      await expect(system.send('/m', { type })).rejects.toMatchObject({ code: 'EVENT_INVALID' });
      await system.stop();
    },
  );
});
