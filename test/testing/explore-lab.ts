/** Machines and trees for tests of the explorer. */
import { assign, emit, setup } from 'xstate';
import { actor, type Ask, pool, reply, step, supervisor, template } from '../../src/index.ts';
import type { World } from '../../src/testing/index.ts';

/** Adds what it is sent, and says so. */
export const adder = setup({
  types: {
    context: {} as { sum: number },
    events: {} as { type: 'add'; n: number } | { type: 'break' } | Ask<{ type: 'total' }, number>,
    emitted: {} as { type: 'added'; sum: number },
  },
}).createMachine({
  id: 'adder',
  context: { sum: 0 },
  on: {
    add: {
      actions: [
        assign({ sum: ({ context, event }) => context.sum + event.n }),
        emit(({ context }) => ({ type: 'added' as const, sum: context.sum })),
      ],
    },
    break: {
      actions: assign(() => {
        throw new Error('a bug');
      }),
    },
    total: { actions: reply(({ context }) => context.sum) },
  },
});

const soon = { backoff: false } as const;

export const adders = supervisor('app', {
  ...soon,
  children: [
    actor('adder', adder, { name: 'sums' }),
    pool('pool', adder, soon),
    supervisor('desk', { children: [], templates: [template('adder', adder)] }),
  ],
});

/** Does a piece of work that takes a second, once it is told to. */
export function worker(world: World, work: (world: World) => void = () => undefined) {
  return setup({
    types: { events: {} as { type: 'go' } },
    actors: {
      work: step(async () => {
        await world.sleep(1_000);
        work(world);
      }),
    },
  }).createMachine({
    id: 'worker',
    initial: 'idle',
    states: {
      idle: { on: { go: 'busy' } },
      busy: { invoke: { src: 'work', onDone: 'done' } },
      done: { type: 'final' },
    },
  });
}

export function workshop(world: World) {
  return supervisor('app', {
    children: [actor('worker', worker(world), { restart: 'transient' })],
  });
}
