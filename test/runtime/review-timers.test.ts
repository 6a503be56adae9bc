/** Many timers: set and cancelled over and over, and due all at once. Callbacks that send what cannot be stored. */
import { assign, cancel, enqueueActions, fromCallback, raise, setup } from 'xstate';
import { expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { Heap } from '../../src/runtime/heap.ts';
import { deferred, Lab } from './lab.ts';

const AT_ONCE = { backoff: false } as const;

const clock = setup({
  types: {
    context: {} as { rung: readonly string[] },
    events: {} as
      | { type: 'set'; id: string; ms: number }
      | { type: 'unset'; id: string }
      | { type: 'ring'; id: string },
  },
}).createMachine({
  id: 'clock',
  context: { rung: [] },
  on: {
    set: {
      actions: enqueueActions(({ enqueue, event: { id, ms } }) => {
        enqueue.raise({ type: 'ring', id }, { id, delay: ms });
      }),
    },
    unset: { actions: cancel(({ event }) => event.id) },
    ring: { actions: assign({ rung: ({ context, event }) => [...context.rung, event.id] }) },
  },
});

test('a heap that drops some keeps the order of the others', () => {
  const heap = new Heap<number>((a, b) => a - b);
  for (let n = 0; n < 100; n += 1) heap.push((n * 37) % 100);
  heap.keep((n) => n % 3 === 0);
  expect(heap.size).toBe(34);
  const left: number[] = [];
  for (let n = heap.pop(); n !== undefined; n = heap.pop()) left.push(n);
  expect(left).toEqual(Array.from({ length: 34 }, (_, n) => n * 3));
});

test('timers that were cancelled by the thousand take none of the others with them', async () => {
  const lab = new Lab();
  const tree = supervisor('app', { ...AT_ONCE, children: [actor('clock', clock)] });
  const system = await lab.open(tree);
  const ref = system.ref('/clock');
  for (let n = 0; n < 1_500; n += 1) {
    void ref.send({ type: 'set', id: `${n}`, ms: 3_000 - n });
    if (n % 500 !== 0) void ref.send({ type: 'unset', id: `${n}` });
  }
  await lab.settle();
  await lab.advance(4_000);
  expect((await ref.snapshot()).context.rung).toEqual(['1000', '500', '0']);
  await lab.stop(system);
});

test('timers that are due all at once fire in order', async () => {
  const lab = new Lab();
  const tree = supervisor('app', { ...AT_ONCE, children: [actor('clock', clock)] });
  const first = await lab.open(tree);
  const count = 3_000;
  for (let n = 0; n < count; n += 1)
    void first.ref('/clock').send({ type: 'set', id: `${n}`, ms: 1_000 + n });
  await lab.settle();
  await lab.kill();
  lab.clock.jump(10_000);
  const second = await lab.open(tree);
  await lab.advance(10);
  const { rung } = (await second.ref('/clock').snapshot()).context;
  expect(rung).toEqual(Array.from({ length: count }, (_, n) => `${n}`));
  await lab.stop(second);
});

test('a callback that sends what cannot be stored fails; nothing is thrown where it sends', async () => {
  const lab = new Lab();
  const thrown: unknown[] = [];
  const go = deferred();
  const listener = setup({
    types: { context: {} as { errors: readonly string[] } },
    actors: {
      socket: fromCallback(({ sendBack }) => {
        void go.promise.then(() => {
          try {
            sendBack({ type: 'data', socket: () => undefined });
          } catch (error) {
            thrown.push(error);
          }
        });
      }),
    },
  }).createMachine({
    id: 'listener',
    context: { errors: [] },
    invoke: {
      src: 'socket',
      onError: {
        actions: assign({
          errors: ({ context, event }) => [
            ...context.errors,
            String((event.error as { code?: string }).code),
          ],
        }),
      },
    },
  });
  const tree = supervisor('app', { ...AT_ONCE, children: [actor('listener', listener)] });
  const system = await lab.open(tree);
  await lab.settle();
  go.resolve();
  await lab.settle();
  expect(thrown).toEqual([]);
  const { errors } = (await system.ref('/listener').snapshot()).context;
  expect(errors).toEqual(['VALUE_NOT_STORABLE']);
  await lab.stop(system);
});

test('an id that is no text fails the turn, not the system', async () => {
  const lab = new Lab();
  const odd = setup({}).createMachine({
    id: 'odd',
    on: { set: { actions: raise({ type: 'ring' }, { id: (() => 'x') as never, delay: 10 }) } },
  });
  const tree = supervisor('app', {
    ...AT_ONCE,
    children: [actor('odd', odd, { attemptsMax: 1 })],
  });
  const system = await lab.open(tree);
  await system.ref('/odd').send({ type: 'set' });
  await lab.settle();
  expect(system.health()).toMatchObject({ live: true, deadLetters: 1 });
  await lab.stop(system);
});
