/** States that hold what cannot be frozen, across crashes and batches. */
import { assign, emit, setup } from 'xstate';
import { expect, test } from 'vitest';
import { actor, memoryStore, supervisor } from '../../src/index.ts';
import { FailingStore } from '../faults/failing-store.ts';
import { all, codeOf, Lab } from './lab.ts';

const AT_ONCE = { backoff: false } as const;

const keeper = setup({
  types: {
    context: {} as { words: Map<string, number> },
    events: {} as { type: 'put'; word: string } | { type: 'fail' } | { type: 'show' },
    emitted: {} as { type: 'words'; words: Map<string, number> },
  },
}).createMachine({
  id: 'keeper',
  context: { words: new Map() },
  on: {
    put: {
      actions: assign({
        words: ({ context, event }) => new Map(context.words).set(event.word, context.words.size),
      }),
    },
    show: { actions: emit(({ context }) => ({ type: 'words', words: context.words })) },
    fail: {
      actions: assign(() => {
        throw new Error('failed on purpose');
      }),
    },
  },
});

test('an actor with a Map crashes while its state is on the way to the store, and is restarted', async () => {
  const store = new FailingStore(memoryStore());
  const lab = new Lab(store);
  const child = actor('a', keeper, { attemptsMax: 1 });
  const system = await lab.open(supervisor('app', { ...AT_ONCE, children: [child] }));
  const ref = system.ref('/a');
  const held = store.hold('landed');
  const put = ref.send({ type: 'put', word: 'one' });
  await held.reached;
  const failed = codeOf(ref.send({ type: 'fail' }));
  await lab.settle();
  held.go();
  await lab.settle();
  expect(await failed).toBe('resolved');
  await put;
  const writes = store.writes;
  await lab.settle();
  expect(store.writes).toBe(writes);
  await ref.send({ type: 'put', word: 'two' }, { until: 'applied' });
  expect([...(await ref.snapshot()).context.words]).toEqual([
    ['one', 0],
    ['two', 1],
  ]);
  await lab.stop(system);
});

test('what a caller does to the Map of a snapshot changes no emission that is on its way', async () => {
  const lab = new Lab();
  const system = await lab.open(supervisor('app', { ...AT_ONCE, children: [actor('a', keeper)] }));
  const ref = system.ref('/a');
  await ref.send({ type: 'put', word: 'one' }, { until: 'applied' });
  const { words } = (await ref.snapshot()).context;
  ref.on('words', ({ words: heard }) => heard.clear());
  await ref.send({ type: 'show' }, { until: 'applied' });
  words.set('mine', 7);
  await ref.send({ type: 'show' }, { until: 'applied' });
  const emissions = await all(ref.emitted({ from: 1, follow: false }));
  expect(emissions.map(({ event }) => [...event.words])).toEqual([[['one', 0]], [['one', 0]]]);
  await lab.stop(system);
});
