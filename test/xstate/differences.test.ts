/** Where perdure differs from a live actor by design: the last section of docs/xstate.md, row by row. */
import { assign, raise, sendParent, sendTo, setup, spawnChild } from 'xstate';
import { describe, expect, it } from 'vitest';
import { openTestSystem } from '../support/test-system.ts';

const go = { type: 'GO' };

class OutOfPaper extends Error {
  override readonly name: string = 'OutOfPaper';
  readonly code = 'PAPER';
  readonly sheets = 0;
}

describe('on perdure', () => {
  it('messages are handled in turn order, after the turn that sent them, self-sends at the tail', async () => {
    const child = setup({ types: { events: {} as { type: 'HI'; n: number } } }).createMachine({
      on: { HI: { actions: sendParent(({ event }) => ({ type: 'BACK', n: event.n })) } },
    });
    const machine = setup({
      types: { context: {} as { seen: string[] } },
      actors: { child },
      actions: {
        note: assign({
          seen: ({ context, event }) => [
            ...context.seen,
            `${event.type}${(event as unknown as { n?: number }).n ?? ''}`,
          ],
        }),
      },
    }).createMachine({
      context: { seen: [] },
      invoke: [
        { src: 'child', id: 'one' },
        { src: 'child', id: 'two' },
      ],
      on: {
        GO: {
          actions: [
            'note',
            sendTo('one', { type: 'HI', n: 1 } as never),
            sendTo('two', { type: 'HI', n: 2 } as never),
            sendTo(({ self }) => self, { type: 'SELF' }),
            raise({ type: 'RAISED' }),
          ],
        },
        '*': { actions: 'note' },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);

    const { seen } = (await system.snapshot('/m')).context as { seen: string[] };
    expect(seen).toEqual(['GO', 'RAISED', 'SELF', 'BACK1', 'BACK2']);
    await system.stop();
  });

  it('an error loses its class across the mailbox and keeps name, message, code, fields and stack', async () => {
    const machine = setup({
      types: { context: {} as { got: unknown } },
      actors: {
        printer: setup({}).createMachine({
          on: {
            GO: {
              actions: assign(() => {
                throw new OutOfPaper('no paper');
              }),
            },
          },
        }),
      },
    }).createMachine({
      context: { got: undefined },
      initial: 'on',
      states: {
        on: {
          invoke: {
            src: 'printer',
            id: 'printer',
            onError: {
              target: 'off',
              actions: assign({ got: ({ event }) => event.error }),
            },
          },
          on: { GO: { actions: sendTo('printer', go as never) } },
        },
        off: {},
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    await system.restart();

    const { got } = (await system.snapshot('/m')).context as { got: OutOfPaper };
    expect(got).toBeInstanceOf(Error);
    expect(got).not.toBeInstanceOf(OutOfPaper);
    expect(got).toMatchObject({
      name: 'OutOfPaper',
      message: 'no paper',
      code: 'PAPER',
      sheets: 0,
    });
    expect(got.stack).toContain('differences.test.ts');
    await system.stop();
  });

  it('a throw in a guard or assign ends no actor: the message is tried again, then parked', async () => {
    let attempts = 0;
    const machine = setup({
      types: { context: {} as { n: number } },
      guards: {
        picky: () => {
          attempts += 1;
          throw new Error('no');
        },
      },
    }).createMachine({
      context: { n: 0 },
      on: {
        BAD: { guard: 'picky', actions: assign({ n: 99 }) },
        GO: { actions: assign({ n: ({ context }) => context.n + 1 }) },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', { type: 'BAD' });
    await system.send('/m', go);
    await system.advance(60_000);

    expect(attempts).toBe(3);
    expect(await system.snapshot('/m')).toMatchObject({ status: 'active', context: { n: 1 } });
    await system.stop();
  });

  it('a child spawned under an id in use takes the place of the former, which ends', async () => {
    const child = setup({ types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      on: { GO: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    });
    const machine = setup({ actors: { child } }).createMachine({
      entry: spawnChild('child', { id: 'kid' }),
      on: {
        AGAIN: { actions: spawnChild('child', { id: 'kid' }) },
        GO: { actions: sendTo('kid', go as never) },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    await system.send('/m', { type: 'AGAIN' });
    await system.restart();

    expect((await system.snapshot('/m/kid')).context).toEqual({ n: 0 });
    await system.stop();
  });

  it('what a child of a former visit still had to say is dropped: done, error and snapshot events', async () => {
    const child = setup({}).createMachine({
      initial: 'on',
      states: { on: { on: { GO: 'end' } }, end: { type: 'final' } },
    });
    const machine = setup({
      types: { context: {} as { ended: number } },
      actors: { child },
    }).createMachine({
      context: { ended: 0 },
      initial: 'on',
      states: {
        on: {
          invoke: {
            src: 'child',
            id: 'kid',
            onDone: { actions: assign({ ended: ({ context }) => context.ended + 1 }) },
          },
          on: { AGAIN: { target: 'on', reenter: true } },
        },
      },
    });
    const system = await openTestSystem(machine);
    // the child is done, and its parent enters the state again before it hears of that
    const sent = [
      system.ref('/m/kid').send(go as never),
      system.ref('/m').send({ type: 'AGAIN' } as never),
    ];
    await Promise.all(sent);
    await system.settled();
    expect(await system.snapshot('/m')).toMatchObject({ context: { ended: 0 } });
    expect(await system.snapshot('/m/kid')).toMatchObject({ status: 'active' });

    await system.restart();
    await system.send('/m/kid', go);
    expect(await system.snapshot('/m')).toMatchObject({ context: { ended: 1 } });
    await system.stop();
  });

  it('the children of an actor that is done are taken away', async () => {
    const machine = setup({ actors: { child: setup({}).createMachine({}) } }).createMachine({
      entry: spawnChild('child', { id: 'kid' }),
      initial: 'on',
      states: { on: { on: { GO: 'end' } }, end: { type: 'final' } },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);

    await expect(system.snapshot('/m/kid')).rejects.toMatchObject({ code: 'ACTOR_NOT_FOUND' });
    await system.stop();
  });
});
