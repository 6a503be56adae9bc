/** Rows of docs/xstate.md about time: delays are durable, at their original deadline. */
import { assign, cancel, raise, sendTo, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { expectSame } from '../support/differential.ts';
import { openTestSystem } from '../support/test-system.ts';

const go = { type: 'GO' };

describe('delays', () => {
  it('after, with a number, a name and a function of context', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          types: { context: {} as { ms: number } },
          delays: { patience: 200, dynamic: ({ context }) => context.ms },
          actions: { tell: ({ event }) => note(event.type) },
        }).createMachine({
          context: { ms: 300 },
          initial: 'a',
          states: {
            a: { after: { 100: { target: 'b', actions: 'tell' } } },
            b: { after: { patience: { target: 'c', actions: 'tell' } } },
            c: { after: { dynamic: { target: 'd', actions: ['tell', assign({ ms: 50 })] } } },
            d: { after: { dynamic: [{ guard: () => false, target: 'a' }, { target: 'e' }] } },
            e: {},
          },
        }),
      [99, 1, 199, 1, 299, 1, 49, 1],
    );

    expect(run.states.at(-1)).toMatchObject({ value: 'e' });
  });

  it('several of one state, and those of a left state do not fire', async () => {
    await expectSame(
      (note) =>
        setup({ actions: { tell: (_, params: { ms: number }) => note(params.ms) } }).createMachine({
          initial: 'a',
          states: {
            a: {
              after: {
                100: { actions: { type: 'tell', params: { ms: 100 } } },
                200: { actions: { type: 'tell', params: { ms: 200 } } },
                0: { actions: { type: 'tell', params: { ms: 0 } } },
              },
              on: { GO: 'b' },
            },
            b: { on: { GO: 'a' } },
          },
        }),
      [0, 150, go, 100, go, 100, 100],
    );
  });

  it('raise with a delay, also 0, named, dynamic, and several of one time in order', async () => {
    await expectSame(
      (note) =>
        setup({
          delays: { soon: 10, later: ({ event }) => (event as unknown as { ms: number }).ms },
          actions: { tell: ({ event }) => note(event.type) },
        }).createMachine({
          on: {
            GO: {
              actions: [
                raise({ type: 'ZERO' }, { delay: 0 }),
                raise({ type: 'LATER' }, { delay: 'later' }),
                raise({ type: 'SOON' }, { delay: 'soon' }),
                raise({ type: 'SOON2' }, { delay: () => 10 }),
                raise({ type: 'NOW' }),
              ],
            },
            '*': { actions: 'tell' },
          },
        }),
      [{ type: 'GO', ms: 30 }, 5, 5, 20],
    );
  });

  it('delayed sendTo oneself and a child', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          actors: {
            child: setup({
              actions: { tell: ({ event }) => note('child', event.type) },
            }).createMachine({ on: { '*': { actions: 'tell' } } }),
          },
          actions: { tell: ({ event }) => note('m', event.type) },
        }).createMachine({
          invoke: { src: 'child', id: 'kid' },
          entry: sendTo('kid', { type: 'FIRST' }, { delay: 10 }),
          on: {
            GO: {
              actions: [
                sendTo(({ self }) => self, { type: 'BACK' }, { delay: 20 }),
                sendTo('kid', { type: 'THERE' }, { delay: 30, id: 'there' }),
              ],
            },
            BACK: { actions: 'tell' },
          },
        }),
      [10, go, 20, 10],
    );

    expect(run.notes).toEqual([
      ['child', 'FIRST'],
      ['m', 'BACK'],
      ['child', 'THERE'],
    ]);
  });

  it('cancel of a delayed raise, of a delayed sendTo, by a computed id', async () => {
    await expectSame(
      (note) =>
        setup({ actions: { tell: ({ event }) => note(event.type) } }).createMachine({
          entry: [
            raise({ type: 'ONE' }, { delay: 100, id: 'one' }),
            raise({ type: 'TWO' }, { delay: 100, id: 'two' }),
            sendTo(({ self }) => self, { type: 'THREE' }, { delay: 100, id: 'three' }),
          ],
          on: {
            CANCEL: { actions: cancel(({ event }) => (event as unknown as { id: string }).id) },
            '*': { actions: 'tell' },
          },
        }),
      [{ type: 'CANCEL', id: 'two' }, 50, { type: 'CANCEL', id: 'three' }, 50],
    );
  });

  it('a delay that starts anew when its state is entered again', async () => {
    const run = await expectSame(
      (note) =>
        setup({ actions: { tell: () => note('fired') } }).createMachine({
          initial: 'wait',
          states: {
            wait: {
              after: { 100: { target: 'over', actions: 'tell' } },
              on: { GO: { target: 'wait', reenter: true } },
            },
            over: {},
          },
        }),
      [60, go, 60, go, 99, 1],
    );

    expect(run.notes).toEqual([['fired']]);
  });
});

describe('delays and crashes', () => {
  const patient = setup({ actions: {} }).createMachine({
    initial: 'wait',
    context: { fired: 0 },
    on: { LATE: { actions: assign({ fired: ({ context }) => context['fired'] + 1 }) } },
    entry: raise({ type: 'LATE' }, { delay: 5_000 }),
    states: { wait: { after: { 1_000: 'over' } }, over: {} },
  });

  it('keep their original deadline across a restart', async () => {
    const system = await openTestSystem(patient);
    await system.advance(600);
    await system.restart();

    await system.advance(399);
    expect((await system.snapshot('/m')).value).toBe('wait');
    await system.advance(1);
    expect((await system.snapshot('/m')).value).toBe('over');
    await system.stop();
  });

  it('fire at once, and once, when the deadline passed while the process was down', async () => {
    const system = await openTestSystem(patient);
    system.kill();
    await system.advance(86_400_000);

    for (let boot = 0; boot < 3; boot += 1) {
      await system.restart();
      expect(await system.snapshot('/m')).toMatchObject({ value: 'over', context: { fired: 1 } });
    }
    await system.stop();
  });

  it('go by elapsed time while the wall clock is behind', async () => {
    const system = await openTestSystem(patient);
    system.clock.shiftWall(-3_600_000);

    await system.advance(999);
    expect((await system.snapshot('/m')).value).toBe('wait');
    await system.advance(2);
    expect((await system.snapshot('/m')).value).toBe('over');
    await system.stop();
  });

  it('a fired delay that waits behind a message which leaves its state is dropped', async () => {
    const machine = setup({}).createMachine({
      initial: 'first',
      states: {
        first: { on: { GO: 'second' }, after: { 100: 'wrong' } },
        second: { on: { BACK: 'first' } },
        wrong: {},
      },
    });
    const system = await openTestSystem(machine);
    await system.advance(99);

    const sent = [go, { type: 'BACK' }].map((event) => system.ref('/m').send(event as never));
    system.clock.jump(1);
    await Promise.all(sent);

    await system.advance(99);
    expect((await system.snapshot('/m')).value).toBe('first');
    await system.restart();
    await system.advance(1);
    expect((await system.snapshot('/m')).value).toBe('wrong');
    await system.stop();
  });
});
