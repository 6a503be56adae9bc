/** Rows of docs/xstate.md about context, actions, emissions and logs. */
import { assign, cancel, emit, enqueueActions, log, raise, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { expectSame } from '../support/differential.ts';
import { openTestSystem } from '../support/test-system.ts';

const go = { type: 'GO' };

describe('context', () => {
  it('input makes the context, once', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          types: { input: {} as { n: number }, context: {} as { n: number } },
        }).createMachine({
          context: ({ input }) => {
            note('made of', input);
            return { n: input.n * 2 };
          },
          on: { GO: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
        }),
      [go, go],
      { input: { n: 4 } },
    );

    expect(run.notes).toEqual([['made of', { n: 4 }]]);
  });

  it('holds every storable value: Date, Map, Set, bigint, undefined, errors, bytes', async () => {
    await expectSame(
      () =>
        setup({}).createMachine({
          context: {
            date: new Date(86_400_000),
            map: new Map<unknown, unknown>([['a', { b: 1 }]]),
            set: new Set([1, 'two']),
            big: 12_345_678_901_234_567_890n,
            nothing: undefined,
            failure: new TypeError('no'),
            bytes: new Uint8Array([1, 2, 3]),
            pattern: /x/g,
            list: [[1], [undefined, null]],
            zero: -0,
          },
          on: {
            GO: {
              actions: assign({
                map: ({ context }) => new Map([...(context as any).map, ['c', new Date(5)]]),
                list: ({ context }) => [...(context as any).list, Number.NaN],
              }),
            },
          },
        }),
      [go, go],
    );
  });

  it('a Map that a turn changes in place is stored as that turn left it', async () => {
    await expectSame(
      () =>
        setup({ types: { context: {} as { seen: Map<string, number> } } }).createMachine({
          context: { seen: new Map() },
          on: {
            GO: {
              actions: assign(({ context }) => {
                context.seen.set('go', (context.seen.get('go') ?? 0) + 1);
                return { seen: context.seen };
              }),
            },
          },
        }),
      [go, go, go],
    );
  });

  it('is frozen: an assign that mutates it is a crash, and nothing of the turn is kept', async () => {
    const system = await openTestSystem(
      setup({ types: { context: {} as { list: number[] } } }).createMachine({
        context: { list: [] },
        on: {
          GO: {
            actions: assign(({ context }) => {
              context.list.push(1);
              return context;
            }),
          },
        },
      }),
    );

    await system.send('/m', go);
    await system.advance(60_000);

    expect((await system.snapshot('/m')).context).toEqual({ list: [] });
    expect(system.happened).toContainEqual(
      expect.objectContaining({ type: 'message.parked', event: 'GO', attempts: 3 }),
    );
    await system.stop();
  });

  it.each([
    ['a function', () => 1],
    ['an instance of a class', new (class Basket {})()],
    ['a symbol', Symbol('x')],
    ['a promise', Promise.resolve(1)],
  ])('refuses %s with its path', async (_what, value) => {
    const system = await openTestSystem(
      setup({}).createMachine({
        context: { deep: {} },
        on: { GO: { actions: assign({ deep: { list: [1, value] } }) } },
      }),
    );

    await system.send('/m', go);
    await system.advance(60_000);

    expect(system.happened).toContainEqual(
      expect.objectContaining({
        type: 'message.parked',
        error: expect.objectContaining({
          code: 'VALUE_NOT_STORABLE',
          facts: expect.objectContaining({ path: 'context.deep.list[1]' }),
        }),
      }),
    );
    await system.stop();
  });
});

describe('actions', () => {
  it('assign, in every spelling and order, with what custom actions saw between', async () => {
    const run = await expectSame(
      (note) =>
        setup({
          types: { context: {} as { a: number; b: string } },
          actions: {
            tell: ({ context, event }, params: { n: number } | undefined) =>
              note({ ...context }, event.type, params),
            addOne: assign({ a: ({ context }) => context.a + 1 }),
            add: assign({ a: ({ context }, params: { by: number }) => context.a + params.by }),
          },
        }).createMachine({
          context: { a: 0, b: '' },
          entry: ['tell', 'addOne'],
          on: {
            GO: {
              actions: [
                { type: 'tell', params: { n: 1 } },
                'addOne',
                { type: 'tell', params: ({ context }) => ({ n: context.a }) },
                { type: 'add', params: { by: 10 } },
                assign(({ context }) => ({ b: `${context.b}x` })),
                'tell',
              ],
            },
          },
        }),
      [go, go],
    );

    expect(run.notes.at(-1)).toEqual([{ a: 23, b: 'xx' }, 'GO', undefined]);
  });

  it('enqueueActions with check, raise, cancel, emit, assign and custom actions', async () => {
    await expectSame(
      (note) =>
        setup({
          types: {
            context: {} as { n: number },
            emitted: {} as { type: 'told'; n: number },
          },
          guards: { isSmall: ({ context }) => context.n < 2 },
          actions: { tell: ({ event }, params: { at: string }) => note(event.type, params.at) },
        }).createMachine({
          context: { n: 0 },
          on: {
            GO: {
              actions: enqueueActions(({ enqueue, check, context }) => {
                if (check('isSmall')) enqueue({ type: 'tell', params: { at: 'small' } });
                enqueue.assign({ n: context.n + 1 });
                enqueue.emit({ type: 'told', n: context.n });
                enqueue.raise({ type: 'SOON' });
                enqueue.raise({ type: 'LATE' }, { delay: 10, id: 'late' });
                if (context.n === 1) enqueue.cancel('late');
                enqueue.sendTo(({ self }) => self, { type: 'SELF' });
                enqueue({ type: 'tell', params: { at: 'end' } });
              }),
            },
            '*': { actions: { type: 'tell', params: { at: 'any' } } },
          },
        }),
      [go, 20, go, 20, go, 20],
    );
  });

  it('inline actions run too', async () => {
    const run = await expectSame(
      (note) =>
        setup({}).createMachine({
          entry: () => note('entry'),
          on: {
            GO: {
              actions: function named() {
                note('go');
              },
            },
          },
        }),
      [go, go],
    );

    expect(run.notes).toEqual([['entry'], ['go'], ['go']]);
  });

  it('emit', async () => {
    const run = await expectSame(
      () =>
        setup({
          types: { context: {} as { n: number }, emitted: {} as { type: 'count'; n: number } },
        }).createMachine({
          context: { n: 0 },
          entry: emit({ type: 'count', n: -1 }),
          on: {
            GO: {
              actions: [
                assign({ n: ({ context }) => context.n + 1 }),
                emit(({ context }) => ({ type: 'count', n: context.n })),
                emit(({ context }) => ({ type: 'count', n: context.n * 10 })),
              ],
            },
          },
        }),
      [go, go],
    );

    expect(run.emitted.map((event) => (event as unknown as { n: number }).n)).toEqual([
      -1, 1, 10, 2, 20,
    ]);
  });

  it('log writes a line of the logger once the turn landed', async () => {
    const system = await openTestSystem(
      setup({}).createMachine({
        context: { n: 7 },
        on: { GO: { actions: [log(({ context }) => context['n'], 'the n'), log('plain')] } },
      }),
    );

    await system.send('/m', go);

    expect(system.log.filter(({ message }) => message === 'log')).toEqual([
      { level: 'info', message: 'log', fields: { actor: '/m', label: 'the n', value: 7 } },
      { level: 'info', message: 'log', fields: { actor: '/m', label: undefined, value: 'plain' } },
    ]);
    await system.stop();
  });

  it('an endless cycle of always, or of raise, is a crash: maxIterations has a default', async () => {
    const system = await openTestSystem(
      setup({}).createMachine({
        initial: 'idle',
        states: {
          idle: { on: { GO: 'there', RAISE: 'raising' } },
          there: { always: 'back' },
          back: { always: 'there' },
          raising: {
            entry: raise({ type: 'AGAIN' }),
            on: { AGAIN: { target: 'raising', reenter: true } },
          },
        },
      }),
    );

    for (const type of ['GO', 'RAISE']) {
      await system.send('/m', { type });
      await system.advance(60_000);
      expect((await system.snapshot('/m')).value).toBe('idle');
      expect(system.happened).toContainEqual(
        expect.objectContaining({ type: 'message.parked', event: type }),
      );
    }
    await system.stop();
  });

  it('cancel of what does not exist does nothing', async () => {
    await expectSame(
      () => setup({}).createMachine({ on: { GO: { actions: cancel('nothing') } } }),
      [go],
    );
  });
});
