/** Machines for the tests of types: the agent and the ledger of the README. */
import { assign, emit, setup } from 'xstate';
import type { Ask, ReplyRef } from '../../src/actors/ask.ts';
import { reply, replyTo } from '../../src/actors/reply.ts';
import { step } from '../../src/actors/step.ts';
import type { StepArgs } from '../../src/actors/step.ts';

export const ledger = setup({
  types: {
    context: {} as { sum: number },
    events: {} as { type: 'add'; n: number } | { type: 'clear' } | Ask<{ type: 'total' }, number>,
  },
}).createMachine({
  id: 'ledger',
  context: { sum: 0 },
  on: {
    add: { actions: assign({ sum: ({ context, event }) => context.sum + event.n }) },
    clear: { actions: assign({ sum: 0 }) },
    total: { actions: reply(({ context }) => context.sum) },
  },
});

export const clerk = setup({
  types: {
    input: {} as { to: string; question: string },
    context: {} as {
      to: string;
      question: string;
      draft: string;
      asker: ReplyRef<'sent' | 'refused'> | undefined;
    },
    events: {} as
      | Ask<{ type: 'status' }, string>
      | Ask<{ type: 'review'; by: string }, 'sent' | 'refused'>
      | { type: 'approve' }
      | { type: 'refuse' },
    emitted: {} as { type: 'sent'; id: string } | { type: 'refused' },
    output: {} as { draft: string },
  },
  delays: { patience: 72 * 3_600_000 },
  actors: {
    write: step(async ({ input }: StepArgs<string>) => input.toUpperCase()),
    send: step({
      run: async ({ input, idempotencyKey }: StepArgs<{ to: string; text: string }>) => ({
        id: `${input.to} ${idempotencyKey}`,
      }),
    }),
  },
}).createMachine({
  id: 'clerk',
  context: ({ input }) => ({ ...input, draft: '', asker: undefined }),
  initial: 'writing',
  output: ({ context }) => ({ draft: context.draft }),
  on: { status: { actions: reply(({ context }) => `${context.draft.length} characters`) } },
  states: {
    writing: {
      invoke: {
        src: 'write',
        input: ({ context }) => context.question,
        onDone: { target: 'waiting', actions: assign({ draft: ({ event }) => event.output }) },
      },
    },
    waiting: {
      on: {
        review: { actions: assign({ asker: ({ event }) => event.replyTo }) },
        approve: 'sending',
        refuse: 'refused',
      },
      after: { patience: 'refused' },
    },
    sending: {
      invoke: {
        src: 'send',
        input: ({ context }) => ({ to: context.to, text: context.draft }),
        onDone: {
          target: 'sent',
          actions: [
            emit(({ event }) => ({ type: 'sent', id: event.output.id })),
            replyTo(
              ({ context }) => context.asker,
              () => 'sent',
            ),
          ],
        },
      },
    },
    refused: {
      type: 'final',
      entry: [
        emit({ type: 'refused' }),
        replyTo(
          ({ context }) => context.asker,
          () => 'refused',
        ),
      ],
    },
    sent: { type: 'final' },
  },
});

/** Needs no input. */
export const reader = setup({
  types: { events: {} as { type: 'read' }, input: {} as { from: number } | undefined },
}).createMachine({ id: 'reader', on: { read: {} } });

/** For code that only the compiler runs. */
export function onlyTypes(_check: (...args: never[]) => unknown): void {
  // nothing: calling it would need a running system
}
