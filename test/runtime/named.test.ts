/** A handle by name follows whoever bears it. */
import { assign, emit, setup, spawnChild, stopChild } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { all, codeOf, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

const speaker = setup({
  types: {
    context: {} as { said: number },
    events: {} as { type: 'say' },
    emitted: {} as { type: 'said' },
  },
}).createMachine({
  id: 'speaker',
  context: { said: 0 },
  on: {
    say: {
      actions: [assign({ said: ({ context }) => context.said + 1 }), emit({ type: 'said' })],
    },
  },
});

/** Gives the word to one of two children. */
const chair = setup({
  types: { events: {} as { type: 'give'; to: string } | { type: 'take'; from: string } },
  actors: { speaker },
}).createMachine({
  id: 'chair',
  on: {
    give: {
      actions: spawnChild('speaker', { id: ({ event }) => event.to, systemId: 'speaker' }),
    },
    take: { actions: stopChild(({ event }) => event.from) },
  },
});

const tree = supervisor('app', {
  children: [actor('ledger', counter, { name: 'books' }), actor('chair', chair)],
});

const give = (system: System, to: string): Promise<unknown> =>
  system.ref('/chair', chair).send({ type: 'give', to }, { until: 'applied' });
const take = (system: System, from: string): Promise<unknown> =>
  system.ref('/chair', chair).send({ type: 'take', from }, { until: 'applied' });

describe('a handle by name', () => {
  test('is as good as one by address', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const books = system.named('books', counter);
    expect(books.name).toBe('books');
    await books.send({ type: 'add', n: 2 }, { until: 'applied' });
    expect(await books.ask({ type: 'total' })).toBe(2);
    expect((await books.snapshot()).context.total).toBe(2);
    const seen = books.waitFor(({ context }) => context.total === 5);
    await books.send({ type: 'add', n: 3 });
    expect((await seen).context.seen).toEqual([2, 3]);
    const emitted = await all(books.emitted({ from: 1, follow: false }));
    expect(emitted.map(({ event }) => event.type)).toEqual(['added', 'added']);
    await lab.kill();
    const second = await lab.open(tree);
    expect((await second.named('books', counter).snapshot()).context.total).toBe(5);
    await lab.stop(second);
  });

  test('follows a name that moves to another actor, also what it listens to', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const handle = system.named('speaker', speaker);
    const heard: string[] = [];
    using listening = handle.on('said', () => void heard.push('said'));
    await give(system, 'x');
    await lab.settle();
    await handle.send({ type: 'say' }, { until: 'applied' });
    await take(system, 'x');
    expect(await codeOf(handle.snapshot())).toBe('ACTOR_NOT_FOUND');
    await give(system, 'y');
    await lab.settle();
    await handle.send({ type: 'say' }, { until: 'applied' });
    expect((await system.ref('/chair/y', speaker).snapshot()).context.said).toBe(1);
    expect(heard).toEqual(['said', 'said']);
    listening[Symbol.dispose]();
    await handle.send({ type: 'say' }, { until: 'applied' });
    expect(heard).toEqual(['said', 'said']);
    await lab.stop(system);
  });

  test('that nobody bears refuses with the name; a send that failed is told', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const events = eventsOf(system);
    const nobody = system.named('nobody', counter);
    await expect(nobody.send({ type: 'add', n: 1 })).rejects.toMatchObject({
      code: 'ACTOR_NOT_FOUND',
      facts: { address: '', name: 'nobody' },
      message: "no actor bears the name 'nobody'",
    });
    expect([
      await codeOf(nobody.ask({ type: 'total' })),
      await codeOf(nobody.waitFor(() => true)),
      await codeOf(nobody.done()),
      await codeOf(all(nobody.emitted())),
    ]).toEqual(Array.from({ length: 4 }, () => 'ACTOR_NOT_FOUND'));
    expect(events).toMatchObject([{ type: 'send.failed', address: 'nobody', event: 'add' }]);
    await lab.stop(system);
  });

  test('refuses another machine than the one that was expected', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    expect(await codeOf(system.named('books', speaker).snapshot())).toBe('ACTOR_MACHINE_MISMATCH');
    expect(await codeOf(system.named('books', speaker).send({ type: 'say' }))).toBe(
      'ACTOR_MACHINE_MISMATCH',
    );
    await lab.stop(system);
  });
});
