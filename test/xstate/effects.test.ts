/** Rows of docs/xstate.md about children that act on the world: promises, steps, callbacks, observables. */
import {
  assign,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  sendTo,
  setup,
  type Subscribable,
} from 'xstate';
import { describe, expect, it } from 'vitest';
import { step } from '../../src/actors/step.ts';
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

describe('promises', () => {
  it.each([
    ['fromPromise', fromPromise<string, { n: number }>],
    ['step', step<string, { n: number }>],
  ])('of %s: input, onDone with output, onError with the error', async (_name, make) => {
    const work = make(async ({ input }: { input: { n: number } }) => {
      if (input.n === 2) throw new RangeError('two is too many');
      return `done ${input.n}`;
    });
    const run = await expectSame(
      (note) =>
        setup({
          actors: { work },
          types: { context: {} as { n: number } },
          actions: { tell: ({ event }) => note(event) },
        }).createMachine({
          context: { n: 0 },
          initial: 'idle',
          states: {
            idle: { on: { GO: 'busy' } },
            busy: {
              entry: assign({ n: ({ context }) => context.n + 1 }),
              invoke: {
                src: 'work',
                id: 'work',
                input: ({ context }) => ({ n: context.n }),
                onDone: { target: 'idle', actions: 'tell' },
                onError: { target: 'idle', actions: 'tell' },
              },
            },
          },
        }),
      [go, go, go],
    );

    expect(run.notes).toEqual([
      [{ type: 'xstate.done.actor.work', output: 'done 1', actorId: 'work' }],
      [{ type: 'xstate.error.actor.work', error: 'RangeError: two is too many', actorId: 'work' }],
      [{ type: 'xstate.done.actor.work', output: 'done 3', actorId: 'work' }],
    ]);
  });

  it('run again after a crash, with the same key, and not again once their result landed', async () => {
    const keys: string[] = [];
    let finish: (value: string) => void = () => undefined;
    const machine = setup({
      actors: {
        work: step(({ idempotencyKey }) => {
          keys.push(idempotencyKey);
          return new Promise<string>((resolve) => {
            finish = resolve;
          });
        }),
      },
    }).createMachine({
      initial: 'busy',
      states: { busy: { invoke: { src: 'work', onDone: 'over' } }, over: {} },
    });
    const system = await openTestSystem(machine);
    await system.restart();
    await system.restart();
    finish('x');
    await system.settled();
    await system.restart();

    expect((await system.snapshot('/m')).value).toBe('over');
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    await system.stop();
  });

  it('that are left are aborted, and what they give afterwards is dropped', async () => {
    const signals: AbortSignal[] = [];
    const finish: ((value: string) => void)[] = [];
    const machine = setup({
      types: { context: {} as { got: string[] } },
      actors: {
        work: fromPromise<string>(({ signal }) => {
          signals.push(signal);
          return new Promise((resolve) => finish.push(resolve));
        }),
      },
    }).createMachine({
      context: { got: [] },
      initial: 'busy',
      states: {
        busy: {
          invoke: {
            src: 'work',
            id: 'work',
            onDone: {
              actions: assign({ got: ({ context, event }) => [...context.got, event.output] }),
            },
          },
          on: { GO: { target: 'busy', reenter: true } },
        },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);

    finish[0]?.('of the former visit');
    await system.settled();
    finish[1]?.('of this visit');
    await system.settled();

    expect((await system.snapshot('/m')).context).toEqual({ got: ['of this visit'] });
    await system.stop();
  });

  it('a result that waits behind a message which leaves the state is dropped', async () => {
    let finish: (value: string) => void = () => undefined;
    const machine = setup({
      types: { context: {} as { got: unknown[] } },
      actors: {
        work: fromPromise<string>(() => new Promise((resolve) => (finish = resolve))),
      },
    }).createMachine({
      context: { got: [] },
      initial: 'busy',
      on: {
        'xstate.done.actor.work': {
          actions: assign({ got: ({ context, event }) => [...context.got, (event as any).output] }),
        },
      },
      states: {
        busy: {
          invoke: { src: 'work', id: 'work' },
          on: { GO: { target: 'busy', reenter: true } },
        },
      },
    });
    const system = await openTestSystem(machine);
    const former = finish;

    const sent = system.ref('/m').send(go as never);
    former('of the former visit');
    await sent;
    await system.settled();

    expect((await system.snapshot('/m')).context).toEqual({ got: [] });
    await system.stop();
  });

  it('an error that nothing handles: the promise runs again, then it is a dead letter', async () => {
    let runs = 0;
    const machine = setup({
      actors: {
        work: fromPromise(async () => {
          runs += 1;
          throw new Error('no luck');
        }),
      },
    }).createMachine({ initial: 'busy', states: { busy: { invoke: { src: 'work' } } } });
    const system = await openTestSystem(machine);
    await system.advance(600_000);

    expect(runs).toBe(3);
    expect(await system.snapshot('/m')).toMatchObject({ value: 'busy', status: 'active' });
    const letters = [];
    for await (const { reason, address } of system.system.deadLetters.list())
      letters.push({ reason, address });
    expect(letters).toEqual([{ reason: 'effect', address: '/m' }]);
    await system.stop();
  });

  it('cannot emit: that is part of no turn', async () => {
    const machine = setup({
      actors: {
        work: fromPromise(async ({ emit }) => {
          emit({ type: 'x' });
        }),
      },
    }).createMachine({
      initial: 'busy',
      context: { code: '' },
      states: {
        busy: {
          invoke: {
            src: 'work',
            onError: { actions: assign({ code: ({ event }) => (event.error as any).code }) },
          },
        },
      },
    });
    const system = await openTestSystem(machine);

    expect((await system.snapshot('/m')).context).toEqual({ code: 'TURN_IMPURE' });
    await system.stop();
  });
});

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
