/** Rows of docs/xstate.md about children that act on the world once: promises and steps. */
import { assign, fromPromise, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { step } from '../../src/actors/step.ts';
import { expectSame } from '../support/differential.ts';
import { openTestSystem } from '../support/test-system.ts';

const go = { type: 'GO' };

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
