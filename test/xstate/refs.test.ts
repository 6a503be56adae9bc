/** Rows of docs/xstate.md about who knows whom: addresses, names, parents, snapshots of others. */
import { assign, createMachine, sendParent, sendTo, setup } from 'xstate';
import type { ActorRef, AnyActorRef } from 'xstate';
import { describe, expect, it } from 'vitest';
import { actor, supervisor } from '../../src/runtime/tree-spec.ts';
import { at } from '../../src/actors/at.ts';
import { expectSame } from '../support/differential.ts';
import { openTestSystem } from '../support/test-system.ts';

const go = { type: 'GO' };

const echo = setup({
  types: { context: {} as { heard: number } },
}).createMachine({
  context: { heard: 0 },
  on: {
    GO: {
      actions: [
        assign({ heard: ({ context }) => context.heard + 1 }),
        sendParent({ type: 'ECHO' }),
      ],
    },
  },
});

describe('refs', () => {
  it('self, a ref in an event, and an answer to its sender', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          actors: {
            helper: setup({
              types: { events: {} as { type: 'HELP'; from: AnyActorRef } },
            }).createMachine({
              on: { HELP: { actions: sendTo(({ event }) => event.from, { type: 'HELPED' }) } },
            }),
          },
          actions: { tell: ({ event, self }) => note(event.type, self.id) },
        }).createMachine({
          invoke: { src: 'helper', id: 'helper' },
          on: {
            GO: {
              actions: sendTo('helper', ({ self }) => ({ type: 'HELP', from: self }) as never),
            },
            HELPED: { actions: 'tell' },
          },
        }),
      [go, go],
    );

    expect(run.notes).toEqual([
      ['HELPED', 'm'],
      ['HELPED', 'm'],
    ]);
  });

  it('a child keeps the ref that its input brought', async () => {
    await expectSame(
      (note) =>
        setup({
          actors: {
            pupil: setup({
              types: { context: {} as { boss: AnyActorRef }, input: {} as { boss: AnyActorRef } },
            }).createMachine({
              context: ({ input }) => ({ boss: input.boss }),
              on: { GO: { actions: sendTo(({ context }) => context.boss, { type: 'TAUGHT' }) } },
            }),
          },
          actions: { tell: ({ event }) => note(event.type) },
        }).createMachine({
          invoke: { src: 'pupil', id: 'pupil', input: ({ self }) => ({ boss: self }) },
          on: { GO: { actions: sendTo('pupil', go) }, TAUGHT: { actions: 'tell' } },
        }),
      [go, go],
    );
  });

  it('systemId: system.get() finds the actor, also after a restart, until it is stopped', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          actors: { echo },
          actions: {
            tell: ({ event }) => note(event.type),
            look: ({ event, system }) => note(event.type, system.get('the-echo')?.id ?? 'nobody'),
          },
        }).createMachine({
          initial: 'on',
          on: {
            ECHO: { actions: 'tell' },
            LOOK: { actions: 'look' },
          },
          states: {
            on: {
              invoke: { src: 'echo', id: 'kid', systemId: 'the-echo' },
              on: {
                GO: { actions: sendTo(({ system }) => system.get('the-echo'), go) },
                OFF: 'off',
              },
            },
            off: { on: { ON: 'on' } },
          },
        }),
      ['GO', 'LOOK', 'OFF', 'LOOK', 'ON', 'LOOK', 'GO'].map((type) => ({ type })),
    );

    expect(run.notes).toEqual([
      ['ECHO'],
      ['LOOK', 'kid'],
      ['LOOK', 'nobody'],
      ['LOOK', 'kid'],
      ['ECHO'],
    ]);
  });

  it('a systemId that is taken is a crash of the second', async () => {
    const machine = setup({ actors: { echo } }).createMachine({
      invoke: { src: 'echo', id: 'one', systemId: 'name' },
      initial: 'off',
      states: {
        off: { on: { GO: 'on' } },
        on: { invoke: { src: 'echo', id: 'two', systemId: 'name' } },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    await system.advance(60_000);

    expect((await system.snapshot('/m')).value).toBe('off');
    expect(system.happened).toContainEqual(
      expect.objectContaining({
        type: 'message.parked',
        error: expect.objectContaining({ code: 'NAME_TAKEN' }),
      }),
    );
    await system.stop();
  });

  it('children have addresses under their parent, and take messages from outside there', async () => {
    const machine = setup({ actors: { echo } }).createMachine({
      context: { echoes: 0 },
      invoke: { src: 'echo', id: 'a/b' },
      on: { ECHO: { actions: assign({ echoes: ({ context }) => context['echoes'] + 1 }) } },
    });
    const system = await openTestSystem(machine);
    await system.restart();
    await system.send('/m/a%2Fb', go);

    expect((await system.snapshot('/m/a%2Fb')).context).toEqual({ heard: 1 });
    expect((await system.snapshot('/m')).context).toEqual({ echoes: 1 });
    await system.stop();
  });

  it('at() reaches an actor elsewhere in the tree', async () => {
    const ledger = setup({ types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      on: { GO: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    });
    const caller = createMachine({
      on: { GO: { actions: sendTo(at<{ type: 'GO' }>('/m') as never, go as never) } },
    });
    const root = supervisor('root', { children: [actor('m', ledger), actor('caller', caller)] });
    const system = await openTestSystem(root as never);
    await system.send('/caller', go);
    await system.restart();
    await system.send('/caller', go);

    expect((await system.snapshot('/m')).context).toEqual({ n: 2 });
    await system.stop();
  });

  it('an actor below a supervisor has no parent that is an actor: sendParent is a crash', async () => {
    const system = await openTestSystem(echo);
    await system.send('/m', go);
    await system.advance(60_000);

    expect((await system.snapshot('/m')).context).toEqual({ heard: 0 });
    expect(system.happened).toContainEqual(
      expect.objectContaining({ type: 'message.parked', event: 'GO' }),
    );
    await system.stop();
  });

  it('getSnapshot() of another actor in a turn is a crash, unless it was synced by messages', async () => {
    const machine = setup({
      actors: { echo },
      types: { context: {} as { seen: unknown } },
    }).createMachine({
      context: { seen: 'nothing' },
      invoke: [
        { src: 'echo', id: 'plain' },
        { src: 'echo', id: 'synced', onSnapshot: {} },
      ],
      on: {
        GO: { actions: [sendTo('plain', go), sendTo('synced', go)] },
        LOOK: {
          actions: assign(({ self, event }) => ({
            seen: (
              (self.getSnapshot() as any).children[(event as any).who] as ActorRef<any, any>
            ).getSnapshot().context,
          })),
        },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    await system.restart();
    await system.send('/m', { type: 'LOOK', who: 'synced' } as never);
    expect((await system.snapshot('/m')).context).toEqual({ seen: { heard: 1 } });

    await system.send('/m', { type: 'LOOK', who: 'plain' } as never);
    await system.advance(60_000);
    expect(system.happened).toContainEqual(
      expect.objectContaining({
        type: 'message.parked',
        error: expect.objectContaining({ code: 'TURN_IMPURE' }),
      }),
    );
    await system.stop();
  });

  it('ref.send() in a turn is a crash: sendTo() is part of the turn', async () => {
    const machine = createMachine({
      context: {},
      on: {
        GO: {
          actions: assign(({ self }) => {
            self.send({ type: 'NO' });
            return {};
          }),
        },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    await system.advance(60_000);

    expect(system.happened).toContainEqual(
      expect.objectContaining({
        type: 'message.parked',
        error: expect.objectContaining({ code: 'TURN_IMPURE' }),
      }),
    );
    await system.stop();
  });
});
