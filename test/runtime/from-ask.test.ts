import { assign, sendTo, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import {
  type Ask,
  actor,
  at,
  fromAsk,
  type ReplyRef,
  replyTo,
  supervisor,
} from '../../src/index.ts';
import { all, eventsOf, Lab } from './lab.ts';

type LibraryEvent =
  | Ask<{ type: 'find'; title: string }, string>
  | { type: 'found'; shelf: string }
  | { type: 'close' };

/** Answers when somebody says `found`. */
const library = setup({
  types: {
    context: {} as { askers: readonly ReplyRef<string>[] },
    events: {} as LibraryEvent,
  },
}).createMachine({
  id: 'library',
  context: { askers: [] },
  initial: 'open',
  states: {
    open: {
      on: {
        find: [
          {
            guard: ({ event }) => event.title === 'broken',
            actions: assign(() => {
              throw new Error('no such book');
            }),
          },
          {
            actions: assign({
              askers: ({ context, event }) => [...context.askers, event.replyTo],
            }),
          },
        ],
        found: {
          actions: [
            replyTo(
              ({ context }) => context.askers[0],
              ({ event }) => event.shelf,
            ),
            assign({ askers: ({ context }) => context.askers.slice(1) }),
          ],
        },
        close: 'closed',
      },
    },
    closed: { type: 'final' },
  },
});

const reader = setup({
  types: {
    context: {} as { notes: readonly string[] },
    events: {} as { type: 'ask'; title: string } | { type: 'leave' } | { type: 'poke' },
  },
  actors: {
    find: fromAsk(at<LibraryEvent>('/library'), 'find', { timeoutMs: 5_000 }),
    findNowhere: fromAsk(at<LibraryEvent>('/nowhere'), 'find'),
  },
}).createMachine({
  id: 'reader',
  context: { notes: [] },
  initial: 'idle',
  states: {
    idle: {
      on: {
        ask: [{ guard: ({ event }) => event.title === 'nowhere', target: 'lost' }, 'asking'],
        poke: { actions: sendTo(at<LibraryEvent>('/library'), { type: 'found', shelf: 'late' }) },
      },
    },
    asking: {
      on: { leave: 'idle' },
      invoke: {
        src: 'find',
        input: ({ event }) => ({ title: event.type === 'ask' ? event.title : '' }),
        onDone: {
          target: 'idle',
          actions: assign({ notes: ({ context, event }) => [...context.notes, event.output] }),
        },
        onError: {
          target: 'idle',
          actions: assign({
            notes: ({ context, event }) => [
              ...context.notes,
              String((event.error as { code?: string }).code),
            ],
          }),
        },
      },
    },
    lost: {
      invoke: {
        src: 'findNowhere',
        input: { title: 'x' },
        onError: {
          target: 'idle',
          actions: assign({
            notes: ({ context, event }) => [
              ...context.notes,
              String((event.error as { code?: string }).code),
            ],
          }),
        },
      },
    },
  },
});

const tree = supervisor('app', {
  backoff: false,
  children: [actor('library', library, { restart: 'transient' }), actor('reader', reader)],
});

describe('a machine that asks another one', () => {
  test('gets the answer in onDone', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.ref('/reader').send({ type: 'ask', title: 'Emma' });
    await lab.advance(4_000);
    await system.ref('/library').send({ type: 'found', shelf: 'B7' });
    await lab.settle();
    const snapshot = await system.ref('/reader').snapshot();
    expect([snapshot.value, snapshot.context.notes]).toEqual(['idle', ['B7']]);
    await lab.advance(60_000);
    expect((await system.ref('/reader').snapshot()).context.notes).toEqual(['B7']);
    await system.stop();
  });

  test('gets the answer in a later process too', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/reader').send({ type: 'ask', title: 'Emma' });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    await second.ref('/library').send({ type: 'found', shelf: 'B7' });
    await lab.settle();
    expect((await second.ref('/reader').snapshot()).context.notes).toEqual(['B7']);
    await second.stop();
  });

  test('gets onError at the deadline', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.ref('/reader').send({ type: 'ask', title: 'Emma' });
    await lab.advance(4_999);
    expect((await system.ref('/reader').snapshot()).value).toBe('asking');
    await lab.advance(1);
    expect((await system.ref('/reader').snapshot()).context.notes).toEqual(['ASK_TIMEOUT']);
    await system.stop();
  });

  test('keeps its deadline over a restart of the process', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/reader').send({ type: 'ask', title: 'Emma' });
    await lab.advance(3_000);
    await lab.kill();
    await lab.advance(1_000);
    const second = await lab.open(tree);
    await lab.advance(999);
    expect((await second.ref('/reader').snapshot()).value).toBe('asking');
    await lab.advance(1);
    expect((await second.ref('/reader').snapshot()).context.notes).toEqual(['ASK_TIMEOUT']);
    await second.stop();
  });

  test('fails at once in the next process if the deadline passed meanwhile', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/reader').send({ type: 'ask', title: 'Emma' });
    await lab.settle();
    await lab.kill();
    await lab.advance(3_600_000);
    const second = await lab.open(tree);
    await lab.settle();
    expect((await second.ref('/reader').snapshot()).context.notes).toEqual(['ASK_TIMEOUT']);
    await second.stop();
  });

  test('withdraws the question when it leaves the state: a late answer is nothing', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/reader');
    await ref.send({ type: 'ask', title: 'Emma' });
    await ref.send({ type: 'leave' }, { until: 'applied' });
    await ref.send({ type: 'ask', title: 'Persuasion' });
    await lab.settle();
    await system.ref('/library').send({ type: 'found', shelf: 'of the first question' });
    await lab.settle();
    expect((await ref.snapshot()).value).toBe('asking');
    await system.ref('/library').send({ type: 'found', shelf: 'of the second question' });
    await lab.settle();
    expect((await ref.snapshot()).context.notes).toEqual(['of the second question']);
    await system.stop();
  });

  test('gets onError at once when there is nobody to ask', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.ref('/reader').send({ type: 'ask', title: 'nowhere' });
    await lab.settle();
    expect((await system.ref('/reader').snapshot()).context.notes).toEqual(['ASK_TARGET_ENDED']);
    expect(await all(system.deadLetters.list())).toMatchObject([
      { address: '/nowhere', reason: 'not_found' },
    ]);
    await system.stop();
  });

  test('gets onError when the other ends, or had ended', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    void system.ref('/library').send({ type: 'close' });
    void system.ref('/reader').send({ type: 'ask', title: 'Emma' });
    await lab.settle();
    await system.ref('/reader').send({ type: 'ask', title: 'Emma' });
    await lab.settle();
    expect((await system.ref('/reader').snapshot()).context.notes).toEqual([
      'ASK_TARGET_ENDED',
      'ASK_TARGET_ENDED',
    ]);
    await system.stop();
  });

  test('gets onError when the question is parked', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.ref('/reader').send({ type: 'ask', title: 'broken' });
    await lab.settle();
    expect((await system.ref('/reader').snapshot()).context.notes).toEqual(['ASK_PARKED']);
    await system.stop();
  });

  test.each(['nobody', 'the one asked who parked it'])(
    'and does not handle that it fails crashes once, and is told by a dead letter: %s answered',
    async (who) => {
      const asker = setup({
        actors: { find: fromAsk(at<LibraryEvent>('/library'), 'find', { timeoutMs: 5_000 }) },
      }).createMachine({
        id: 'asker',
        invoke: { src: 'find', input: { title: who === 'nobody' ? 'lost' : 'broken' } },
      });
      const lab = new Lab();
      const root = supervisor('app', {
        backoff: false,
        children: [actor('library', library), actor('asker', asker)],
      });
      const system = await lab.open(root);
      const events = eventsOf(system);
      await lab.advance(600_000);
      const exits = events.filter(
        ({ type, ...event }) =>
          type === 'actor.exited' && (event as { address?: string }).address === '/asker',
      );
      expect(exits).toHaveLength(1);
      const letters = await all(system.deadLetters.list({ address: '/asker' }));
      expect(letters).toMatchObject([
        { reason: 'effect', state: { effect: '0.asker', src: 'find' } },
      ]);
      expect(system.health().status).toBe('running');
      expect((await system.ref('/asker').snapshot()).status).toBe('active');
      await lab.stop(system);
    },
  );
});
