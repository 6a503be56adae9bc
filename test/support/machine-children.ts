/** What generated machines spawn, invoke and ask. */
import {
  type AnyStateMachine,
  assign,
  emit,
  enqueueActions,
  sendParent,
  sendTo,
  setup,
} from 'xstate';
import { reply } from '../../src/index.ts';
import type { Trace } from './landed-facts.ts';
import { type Action, type Args, type Outside, seenWith } from './machine-context.ts';

/** Counts what it is told to, tells its parent; with `rounds` it works that often by itself and is done. */
export function workerOf(outside: Outside): AnyStateMachine {
  const again: Action = sendTo(({ self }) => self, { type: 'work', n: 0 } as never);
  return setup({
    types: {
      context: {} as Trace & { readonly rounds: number },
      input: {} as { name: string; rounds: number },
    },
  }).createMachine({
    id: 'worker',
    context: ({ input }) => ({
      name: input.name,
      rounds: input.rounds,
      drives: 0,
      seen: {},
      sent: {},
    }),
    initial: 'odd',
    entry: enqueueActions(({ context, enqueue }) => {
      if (context.rounds > 0) enqueue(again as never);
    }),
    output: ({ context }) => context.drives,
    on: {
      work: {
        actions: [
          assign(({ context, event }) => ({
            drives: context.drives + 1,
            seen: seenWith(context, 'work', (event as unknown as { n: number }).n),
            sent: { ...context.sent, parent: (context.sent['parent'] ?? 0) + 1 },
          })),
          sendParent(({ context }) => {
            outside.hit('message to the parent');
            return { type: 'note', from: context.name, n: context.sent['parent'] };
          }),
          enqueueActions(({ context, enqueue }) => {
            if (context.rounds > context.drives) enqueue(again as never);
          }),
        ],
      },
    },
    always: {
      guard: ({ context }) => context.rounds > 0 && context.drives >= context.rounds,
      target: '.over',
    },
    states: {
      odd: { after: { 20: { target: 'even', actions: emit({ type: 'toggled' }) } } },
      even: { after: { 20: 'odd' } },
      over: { type: 'final' },
    },
  }) as unknown as AnyStateMachine;
}

/** Answers questions: how many this asker has asked, and a number that depends on the question. */
export function oracleOf(): AnyStateMachine {
  return setup({}).createMachine({
    id: 'oracle',
    context: { name: 'oracle', drives: 0, seen: {}, sent: {} },
    on: {
      guess: {
        actions: [
          assign((args) => {
            const { context, event } = args as unknown as Args;
            return {
              drives: context.drives + 1,
              seen: seenWith(context, event.by ?? '?', event.n ?? 0),
            };
          }),
          reply(((args: Args) => (args.event.n ?? 0) * 7 + 1) as never),
        ],
      },
    },
  } as never) as unknown as AnyStateMachine;
}
