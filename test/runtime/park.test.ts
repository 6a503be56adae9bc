import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, park, supervisor } from '../../src/index.ts';
import { limits } from '../../src/base/limits.ts';
import { all, eventsOf, Lab } from './lab.ts';

interface Job {
  readonly type: 'job';
  readonly n: number;
}

/** Puts odd jobs aside. */
const worker = setup({
  types: {
    context: {} as { readonly done: readonly number[]; readonly isBrave: boolean },
    events: {} as Job | { type: 'brave' } | { type: 'flood' } | { type: 'stumble' },
  },
}).createMachine({
  id: 'worker',
  context: { done: [], isBrave: false },
  on: {
    brave: { actions: assign({ isBrave: true }) },
    job: [
      {
        guard: ({ context, event }) => context.isBrave || event.n % 2 === 0,
        actions: assign({ done: ({ context, event }) => [...context.done, event.n] }),
      },
      { actions: park(({ event }) => ({ event, error: new Error(`${event.n} is odd`) })) },
    ],
    flood: {
      actions: Array.from({ length: limits.deadLettersMax }, () =>
        park(() => ({ event: { type: 'job', n: 0 } as const, error: 'none' })),
      ),
    },
    stumble: {
      actions: [
        park(() => ({ event: { type: 'job', n: 1 } as const, error: undefined, attempts: 3 })),
        assign(() => {
          throw new Error('failed on purpose');
        }),
      ],
    },
  },
});

const tree = supervisor('app', { backoff: false, children: [actor('worker', worker)] });

describe('park()', () => {
  test('puts an event aside with its error, durably; a retry brings it back', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    for (const n of [1, 2, 3]) await first.ref('/worker').send({ type: 'job', n });
    await lab.settle();
    await lab.kill();
    const system = await lab.open(tree);
    const letters = await all(system.deadLetters.list());
    expect(letters).toMatchObject([
      {
        address: '/worker',
        reason: 'parked',
        event: { type: 'job', n: 1 },
        sender: '/worker',
        attempts: 1,
        error: { name: 'Error', message: '1 is odd' },
      },
      { event: { type: 'job', n: 3 } },
    ]);
    await system.ref('/worker').send({ type: 'brave' });
    await system.deadLetters.retry(letters[1]?.id ?? 0);
    await lab.settle();
    expect((await system.ref('/worker').snapshot()).context.done).toEqual([2, 3]);
    expect(system.health().deadLetters).toBe(1);
    await lab.stop(system);
  });

  test('is part of the turn: one that throws puts nothing aside', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.ref('/worker').send({ type: 'stumble' });
    await lab.advance(10_000);
    const letters = await all(system.deadLetters.list());
    expect(letters).toMatchObject([{ event: { type: 'stumble' } }]);
    await lab.stop(system);
  });

  test('waits where there is no room for another dead letter', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const events = eventsOf(system);
    await system.ref('/worker').send({ type: 'flood' });
    await system.ref('/worker').send({ type: 'job', n: 5 });
    await system.ref('/worker').send({ type: 'job', n: 6 });
    await lab.advance(1_000);
    expect(system.health().deadLetters).toBe(limits.deadLettersMax);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'actor.blocked',
        address: '/worker',
        full: 'dead_letters',
      }),
    );
    await system.deadLetters.drop(1);
    await lab.advance(10_000);
    expect(system.health().deadLetters).toBe(limits.deadLettersMax);
    expect((await system.ref('/worker').snapshot()).context.done).toEqual([6]);
    await lab.stop(system);
  });
});
