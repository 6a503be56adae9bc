/** Who asks another actor, one question at a time, and who answers. The parent asks the oracle too. */
import { assign, setup } from 'xstate';
import { type Ask, at, fromAsk, reply } from '../../src/index.ts';
import { type Streams, taken } from './chain.ts';
import type { Item, Numbered } from './machines.ts';
import type { OracleReply } from './messages.ts';

type Question = Ask<Numbered & { readonly type: 'question' }, OracleReply>;

interface AskerContext {
  readonly streams: Streams;
  readonly returned: Streams;
  readonly asked: number;
  readonly open: number;
  /** Answers that are not the one to the question. */
  readonly faults: number;
}

export const asker = setup({
  types: { context: {} as AskerContext, events: {} as Item },
  actors: { ask: fromAsk(at<Question>('/oracle'), 'question', { timeoutMs: 3_600_000 }) },
}).createMachine({
  id: 'asker',
  context: { streams: {}, returned: {}, asked: 0, open: 0, faults: 0 },
  on: {
    item: {
      actions: assign(({ context, event }) => ({
        streams: taken(context.streams, event.source, event.n),
        open: context.open + 1,
      })),
    },
  },
  initial: 'idle',
  states: {
    idle: {
      always: {
        guard: ({ context }) => context.open > 0,
        target: 'asking',
        actions: assign({
          open: ({ context }) => context.open - 1,
          asked: ({ context }) => context.asked + 1,
        }),
      },
    },
    asking: {
      invoke: {
        src: 'ask',
        input: ({ context }) => ({ source: 'asker', n: context.asked }),
        onDone: {
          target: 'idle',
          actions: assign(({ context, event: { output } }) => ({
            returned: taken(context.returned, 'oracle', output.n),
            faults:
              context.faults +
              (output.n === context.asked && output.count === context.asked ? 0 : 1),
          })),
        },
      },
    },
  },
});

export const oracle = setup({
  types: { context: {} as { streams: Streams }, events: {} as Question },
}).createMachine({
  id: 'oracle',
  context: { streams: {} },
  on: {
    question: {
      actions: [
        assign({
          streams: ({ context, event }) => taken(context.streams, event.source, event.n),
        }),
        reply(({ context, event }) => ({
          n: event.n,
          count: context.streams[event.source]?.count ?? 0,
        })),
      ],
    },
  },
});
