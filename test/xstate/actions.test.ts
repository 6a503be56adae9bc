/** Rows of docs/xstate.md about custom actions: when they run, how often, under which key. */
import { assign, raise, sendTo, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { openTestSystem } from '../support/test-system.ts';

const go = { type: 'GO' };

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
}
function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('named actions', () => {
  it('run after the batch of their turn landed, with the context at their place', async () => {
    const seen: unknown[] = [];
    const machine = setup({
      types: { context: {} as { n: number } },
      actions: {
        tell: ({ context, event, self }) => {
          const landed = (self.getSnapshot() as unknown as { context: { n: number } }).context;
          seen.push([event.type, context.n, landed.n]);
        },
        add: assign({ n: ({ context }) => context.n + 1 }),
      },
    }).createMachine({
      context: { n: 0 },
      on: {
        GO: { actions: ['add', 'tell', 'add', raise({ type: 'MORE' })] },
        MORE: { actions: ['tell', 'add'] },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);

    expect(seen).toEqual([
      ['GO', 1, 3],
      ['MORE', 2, 3],
    ]);
    await system.stop();
  });

  it('run one after another per actor, across turns, while turns go on', async () => {
    const seen: string[] = [];
    const first = deferred();
    const machine = setup({
      types: { context: {} as { n: number } },
      actions: {
        tell: (async (_: unknown, params: { n: number }) => {
          seen.push(`begin ${params.n}`);
          if (params.n === 1) await first.promise;
          seen.push(`end ${params.n}`);
        }) as never,
      },
    }).createMachine({
      context: { n: 0 },
      on: {
        GO: {
          actions: [
            assign({ n: ({ context }) => context.n + 1 }),
            { type: 'tell', params: ({ context }: any) => ({ n: context.n }) } as never,
          ],
        },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    await system.send('/m', go);
    expect(seen).toEqual(['begin 1']);
    expect((await system.snapshot('/m')).context).toEqual({ n: 2 });

    first.resolve();
    await system.settled();
    expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    await system.stop();
  });

  it('cut short by a crash run again under the same key, and finished ones do not', async () => {
    const keys: string[] = [];
    let isStuck = true;
    const machine = setup({
      actions: {
        charge: ((info: { idempotencyKey: string }) => {
          keys.push(info.idempotencyKey);
          return isStuck ? new Promise(() => undefined) : undefined;
        }) as never,
      },
    }).createMachine({ on: { GO: { actions: 'charge' } } });
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    isStuck = false;
    for (let boot = 0; boot < 3; boot += 1) await system.restart();
    await system.send('/m', go);

    expect(keys).toHaveLength(3);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
    await system.stop();
  });

  it('that throw are tried three times, then parked, and the actor crashes with its state kept', async () => {
    let runs = 0;
    const machine = setup({
      types: { context: {} as { n: number } },
      actions: {
        fail: () => {
          runs += 1;
          throw new Error('no luck');
        },
      },
    }).createMachine({
      context: { n: 0 },
      on: { GO: { actions: [assign({ n: 1 }), 'fail'] } },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);
    await system.advance(60_000);

    expect(runs).toBe(3);
    expect((await system.snapshot('/m')).context).toEqual({ n: 1 });
    const letters = [];
    for await (const { reason, state } of system.system.deadLetters.list())
      letters.push({ reason, state });
    expect(letters).toEqual([{ reason: 'action', state: { action: 'fail', params: undefined } }]);
    expect(system.happened).toContainEqual(
      expect.objectContaining({ type: 'actor.exited', address: '/m', reason: 'crash: no luck' }),
    );
    await system.stop();
  });

  it('of a child that was stopped meanwhile run again after a crash', async () => {
    const seen: string[] = [];
    let isStuck = true;
    const child = setup({
      actions: {
        tell: (({ self }: { self: { id: string } }) => {
          seen.push(self.id);
          return isStuck ? new Promise(() => undefined) : undefined;
        }) as never,
      },
    }).createMachine({ on: { GO: { actions: ['tell', 'tell'] } } });
    const middle = setup({ actors: { child } }).createMachine({
      invoke: { src: 'child', id: 'leaf' },
      on: { GO: { actions: sendTo('leaf', go) } },
    });
    const system = await openTestSystem(
      setup({ actors: { middle } }).createMachine({
        initial: 'on',
        states: {
          on: {
            invoke: { src: 'middle', id: 'mid' },
            on: { GO: { actions: sendTo('mid', go) }, OFF: 'off' },
          },
          off: {},
        },
      }),
    );
    await system.send('/m', go);
    await system.send('/m', { type: 'OFF' });
    await system.restart();
    isStuck = false;
    await system.restart();
    await system.restart();

    expect(seen).toEqual(['leaf', 'leaf', 'leaf', 'leaf']);
    await system.stop();
  });

  it('send to self and to names: messages from outside that nobody waits for', async () => {
    const machine = setup({
      types: { context: {} as { heard: number } },
      actions: { call: ({ self }) => self.send({ type: 'HEAR' }) },
    }).createMachine({
      context: { heard: 0 },
      on: {
        GO: { actions: 'call' },
        HEAR: { actions: assign({ heard: ({ context }) => context.heard + 1 }) },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);

    expect((await system.snapshot('/m')).context).toEqual({ heard: 1 });
    await system.stop();
  });
});

describe('inline actions', () => {
  it('run at most once: what a crash cut short is gone', async () => {
    let runs = 0;
    const machine = setup({}).createMachine({
      on: {
        GO: {
          actions: () => {
            runs += 1;
          },
        },
      },
    });
    const system = await openTestSystem(machine);
    void system.ref('/m').send(go as never);
    await Promise.resolve();
    system.kill();
    await system.open();
    await system.restart();
    expect(runs).toBeLessThanOrEqual(1);
    expect(system.log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        fields: expect.objectContaining({ actions: ['on.GO[0].actions[0]'] }),
      }),
    );
    await system.stop();
  });

  it('that throw are logged, and harm nothing', async () => {
    const machine = setup({}).createMachine({
      context: { n: 0 },
      on: {
        GO: {
          actions: [
            () => {
              throw new Error('inline');
            },
            assign({ n: 1 }),
          ],
        },
      },
    });
    const system = await openTestSystem(machine);
    await system.send('/m', go);

    expect((await system.snapshot('/m')).context).toEqual({ n: 1 });
    expect(system.happened).toContainEqual(
      expect.objectContaining({ type: 'effect.failed', address: '/m', attempt: 1 }),
    );
    await system.stop();
  });
});
