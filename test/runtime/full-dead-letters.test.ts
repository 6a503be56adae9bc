/** Dead letters are never dropped: when there are as many as there may be, whoever would make one more waits. */
import { assign, enqueueActions, sendTo, setup, spawnChild } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, at, step, supervisor } from '../../src/index.ts';
import { limits } from '../../src/base/limits.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { all, codeOf, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

let actions = 0;
/** Sends to `/nobody` as often as it is told. */
const shouter = setup({
  types: {
    context: {} as { turns: number },
    events: {} as
      | { type: 'shout'; times: number }
      | { type: 'later' }
      | { type: 'fail' }
      | { type: 'act' }
      | { type: 'work' }
      | { type: 'raise' }
      | { type: 'ping' },
  },
  actors: { broken: step(() => Promise.reject(new Error('no net'))), child: counter },
  actions: {
    act: () => {
      actions += 1;
      throw new Error('no disk');
    },
  },
}).createMachine({
  id: 'shouter',
  context: { turns: 0 },
  initial: 'idle',
  states: { idle: { on: { work: 'working' } }, working: { invoke: { src: 'broken' } } },
  on: {
    shout: {
      actions: [
        assign({ turns: ({ context }) => context.turns + 1 }),
        enqueueActions(({ event, enqueue }) => {
          for (let n = 0; n < event.times; n += 1) enqueue.sendTo(at('/nobody'), { type: 'hey' });
        }),
      ],
    },
    later: { actions: sendTo(at('/nobody'), { type: 'late' }, { delay: 1_000 }) },
    fail: {
      actions: assign(() => {
        throw new Error('failed on purpose');
      }),
    },
    act: { actions: 'act' },
    raise: { actions: [spawnChild('child', { id: 'kid' }), sendTo('kid', { type: 'add', n: 4 })] },
    ping: { actions: assign({ turns: ({ context }) => context.turns + 100 }) },
  },
});

const tree = supervisor('app', {
  backoff: false,
  intensity: 1_000,
  children: [
    actor('shouter', shouter, { attemptsMax: 1 }),
    actor('counter', counter, { restart: 'transient' }),
  ],
});

const tell = (system: System, event: Parameters<typeof send>[1]): Promise<unknown> =>
  send(system, event);
function send(
  system: System,
  event:
    | { type: 'shout'; times: number }
    | { type: 'later' | 'fail' | 'act' | 'work' | 'raise' | 'ping' },
): Promise<unknown> {
  return system.ref('/shouter', shouter).send(event);
}

async function full(lab: Lab): Promise<System> {
  const system = (await lab.open(tree)) as System;
  await tell(system, { type: 'shout', times: limits.deadLettersMax });
  await lab.settle();
  expect(system.health().deadLetters).toBe(limits.deadLettersMax);
  return system;
}

const turns = async (system: System): Promise<number> =>
  (await system.ref('/shouter', shouter).snapshot()).context.turns;

describe('when there is no room for another dead letter', () => {
  test('an actor that sends to nobody waits, with an event, until a person makes room', async () => {
    const lab = new Lab();
    const system = await full(lab);
    const events = eventsOf(system);
    await tell(system, { type: 'shout', times: 2 });
    await tell(system, { type: 'ping' });
    await lab.advance(250);
    expect(await turns(system)).toBe(1);
    expect(events.filter(({ type }) => type === 'actor.blocked')[0]).toEqual({
      type: 'actor.blocked',
      address: '/shouter',
      receiver: '/nobody',
      full: 'dead_letters',
    });
    for (const id of [1, 2]) await system.deadLetters.drop(id);
    await lab.advance(100);
    expect(await turns(system)).toBe(102);
    expect(system.health().deadLetters).toBe(limits.deadLettersMax);
    await lab.stop(system);
  });

  test('it waits in the next process too, and nothing was lost', async () => {
    const lab = new Lab();
    const first = await full(lab);
    await tell(first, { type: 'shout', times: 1 });
    await lab.advance(250);
    await lab.kill();
    const second = (await lab.open(tree)) as System;
    await lab.advance(250);
    expect(await turns(second)).toBe(1);
    await second.deadLetters.drop(1);
    await lab.advance(100);
    expect(await turns(second)).toBe(2);
    await lab.stop(second);
  });

  test('an actor that sends to a child it makes in the same turn goes on', async () => {
    const lab = new Lab();
    const system = await full(lab);
    await tell(system, { type: 'raise' });
    await lab.settle();
    expect((await system.ref('/shouter/kid', counter).snapshot()).context.total).toBe(4);
    await lab.stop(system);
  });

  test('a delayed message to nobody waits, and its actor goes on', async () => {
    const lab = new Lab();
    const system = await full(lab);
    await tell(system, { type: 'later' });
    await lab.advance(2_000);
    await tell(system, { type: 'ping' });
    await lab.settle();
    expect([system.health().deadLetters, await turns(system)]).toEqual([
      limits.deadLettersMax,
      101,
    ]);
    await system.deadLetters.drop(1);
    await lab.advance(100);
    const [late] = await all(system.deadLetters.list({ from: limits.deadLettersMax + 1 }));
    expect(late).toMatchObject({ event: { type: 'late' }, reason: 'not_found' });
    await lab.stop(system);
  });

  test('an actor that would park a message or a step is quarantined with it', async () => {
    for (const type of ['fail', 'work'] as const) {
      const lab = new Lab();
      const system = await full(lab);
      await tell(system, { type });
      await lab.advance(60_000);
      expect(await codeOf(tell(system, { type: 'ping' }))).toBe('resolved'); // it waits
      expect(system.health()).toMatchObject({
        deadLetters: limits.deadLettersMax,
        status: 'degraded',
      });
      await lab.stop(system);
    }
  });

  test('one that was quarantined for it stays so in the next process, until a person starts it', async () => {
    const lab = new Lab();
    const first = await full(lab);
    await tell(first, { type: 'fail' });
    await tell(first, { type: 'ping' });
    await lab.settle();
    await first.deadLetters.drop(1);
    await lab.kill();
    const second = (await lab.open(tree)) as System;
    await lab.advance(60_000);
    expect([await turns(second), second.health().quarantined]).toEqual([1, 1]);
    await lab.stop(second);
  });

  test('a named action is tried on', async () => {
    const lab = new Lab();
    const system = await full(lab);
    actions = 0;
    await tell(system, { type: 'act' });
    await lab.advance(60_000);
    expect(actions).toBeGreaterThan(limits.actionAttemptsMax);
    expect(system.health().deadLetters).toBe(limits.deadLettersMax);
    await system.deadLetters.drop(1);
    await lab.advance(60_000);
    const [letter] = await all(system.deadLetters.list({ from: limits.deadLettersMax + 1 }));
    expect(letter).toMatchObject({ reason: 'action', error: { message: 'no disk' } });
    await lab.stop(system);
  });

  test('the mail of an actor that ends is kept all the same', async () => {
    const lab = new Lab();
    const system = await full(lab);
    const ref = system.ref('/counter', counter);
    void ref.send({ type: 'finish' });
    void ref.send({ type: 'add', n: 1 });
    await lab.settle();
    expect(system.health().deadLetters).toBe(limits.deadLettersMax + 1);
    await lab.stop(system);
  });
});
