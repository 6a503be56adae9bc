/** The tree that is held against the model. */
import { assign, raise, setup } from 'xstate';
import { actor, type Ask, pool, reply, supervisor } from '../../src/index.ts';
import { MAILBOX_MAX, type ModelEvent } from './model.ts';

/** Keeps the numbers that it is sent, some of which it cannot take until it is cured, some of which come later. */
export const book = setup({
  types: {
    context: {} as { received: readonly number[]; isCured: boolean },
    events: {} as ModelEvent | Ask<{ type: 'total' }, number>,
  },
  actions: {
    note: assign({
      received: ({ context, event }) =>
        'n' in event ? [...context.received, event.n] : context.received,
    }),
  },
}).createMachine({
  id: 'book',
  context: { received: [], isCured: false },
  on: {
    add: { actions: 'note' },
    ring: { actions: 'note' },
    fragile: {
      actions: assign({
        received: ({ context, event }) => {
          if (!context.isCured) throw new Error('too fragile');
          return [...context.received, event.n];
        },
      }),
    },
    cure: { actions: assign({ isCured: true }) },
    alarm: {
      actions: raise(({ event }) => ({ type: 'ring' as const, n: event.n }), {
        delay: ({ event }) => event.ms,
      }),
    },
    total: { actions: reply(({ context }) => context.received.reduce((sum, n) => sum + n, 0)) },
  },
});

const settings = { mailboxMax: MAILBOX_MAX, attemptsMax: 2 } as const;
const soon = { backoff: false, intensity: 1_000_000 } as const;

export const books = supervisor('app', {
  ...soon,
  children: [
    actor('a', book, settings),
    actor('b', book, settings),
    pool('pool', book, { ...settings, ...soon }),
  ],
});
