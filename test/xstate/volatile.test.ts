/** Rows of docs/xstate.md about volatile children: callbacks and observables. */
import {
  assign,
  fromCallback,
  fromEventObservable,
  fromObservable,
  sendTo,
  setup,
  type Subscribable,
} from 'xstate';
import { describe, expect, it } from 'vitest';
import { expectSame } from '../support/differential.ts';
import { openTestSystem } from '../support/test-system.ts';

const go = { type: 'GO' };

/** Emits what `feed` pushes, until it ends. */
function subject<T>(): {
  source: Subscribable<T>;
  push(value: T): void;
  end(): void;
  size(): number;
} {
  const observers = new Set<any>();
  return {
    source: {
      subscribe: (observer: any) => {
        observers.add(observer);
        return { unsubscribe: () => observers.delete(observer) };
      },
    } as unknown as Subscribable<T>,
    push: (value) => {
      for (const observer of observers) observer.next(value);
    },
    end: () => {
      for (const observer of [...observers]) observer.complete();
    },
    size: () => observers.size,
  };
}

describe('callbacks', () => {
  it('send back, receive, and are cleaned up when they are left', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          actors: {
            bell: fromCallback<{ type: string }, { name: string }>(
              ({ sendBack, receive, input }) => {
                sendBack({ type: 'READY', name: input.name });
                receive((event) => sendBack({ type: 'HEARD', what: event.type }));
              },
            ),
          },
          actions: { tell: ({ event }) => note(event) },
        }).createMachine({
          initial: 'on',
          on: { HEARD: { actions: 'tell' } },
          states: {
            on: {
              invoke: { src: 'bell', id: 'bell', input: { name: 'b' } },
              on: { GO: { actions: sendTo('bell', { type: 'RING' }) }, OFF: 'off' },
            },
            off: { on: { ON: 'on' } },
          },
        }),
      [go, { type: 'OFF' }, { type: 'ON' }, go],
    );

    expect(run.notes).toEqual([
      [{ type: 'HEARD', what: 'RING' }],
      [{ type: 'HEARD', what: 'RING' }],
    ]);
  });

  it('are started anew with their input in each incarnation', async () => {
    const seen: unknown[] = [];
    const machine = setup({
      actors: {
        bell: fromCallback<{ type: string }, { n: number }>(({ input }) => {
          seen.push(['up', input.n]);
          return () => seen.push(['down', input.n]);
        }),
      },
    }).createMachine({
      initial: 'on',
      states: {
        on: { invoke: { src: 'bell', id: 'bell', input: { n: 7 } }, on: { GO: 'off' } },
        off: {},
      },
    });
    const system = await openTestSystem(machine);
    await system.restart();
    await system.send('/m', go);
    await system.restart();

    expect(seen).toEqual([
      ['up', 7],
      ['up', 7],
      ['down', 7],
    ]);
    await system.stop();
  });

  it('a throw in one is an error event', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          actors: {
            bell: fromCallback(() => {
              throw new Error('no bell');
            }),
          },
          actions: { tell: ({ event }) => note(event) },
        }).createMachine({
          initial: 'off',
          states: {
            off: { on: { GO: 'on' } },
            on: {
              invoke: { src: 'bell', id: 'bell', onError: { target: 'off', actions: 'tell' } },
            },
          },
        }),
      [go],
    );

    expect(run.notes).toEqual([
      [{ type: 'xstate.error.actor.bell', error: 'Error: no bell', actorId: 'bell' }],
    ]);
  });
});

describe('observables', () => {
  it('onSnapshot for each value, onDone at the end', async () => {
    const feed = subject<number>();
    const machine = setup({
      types: { context: {} as { seen: unknown[] } },
      actors: { numbers: fromObservable<number, undefined>(() => feed.source) },
    }).createMachine({
      context: { seen: [] },
      initial: 'on',
      states: {
        on: {
          invoke: {
            src: 'numbers',
            id: 'numbers',
            onSnapshot: {
              actions: assign({
                seen: ({ context, event }) => [...context.seen, event.snapshot.context],
              }),
            },
            onDone: 'over',
          },
        },
        over: {},
      },
    });
    const system = await openTestSystem(machine);
    feed.push(1);
    await system.settled();
    await system.restart();
    feed.push(2);
    await system.settled();
    feed.end();
    await system.settled();

    expect(await system.snapshot('/m')).toMatchObject({
      value: 'over',
      context: { seen: [undefined, 1, undefined, 2] },
    });
    await system.stop();
  });

  it('fromEventObservable: each value is a message', async () => {
    const feed = subject<{ type: string; n: number }>();
    const machine = setup({
      types: { context: {} as { seen: number[] } },
      actors: { events: fromEventObservable(() => feed.source) },
    }).createMachine({
      context: { seen: [] },
      invoke: { src: 'events', id: 'events' },
      on: {
        TICK: {
          actions: assign({ seen: ({ context, event }) => [...context.seen, (event as any).n] }),
        },
      },
    });
    const system = await openTestSystem(machine);
    feed.push({ type: 'TICK', n: 1 });
    await system.restart();
    feed.push({ type: 'TICK', n: 2 });
    await system.settled();

    expect((await system.snapshot('/m')).context).toEqual({ seen: [2] });
    await system.stop();
  });
});
