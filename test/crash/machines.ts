/**
 * The actors that are killed. Items come in at two intakes and meet at the relay, which passes each on to
 * four kinds of work: a step at a time, a timer, a spawned child, a question to another actor.
 */
import { assign, emit, raise, sendTo, setup, spawnChild, stopChild } from 'xstate';
import type { PromiseActorLogic } from 'xstate';
import { at } from '../../src/index.ts';
import { type Bag, emptyBag, into, link, type Streams, taken } from './chain.ts';
import type { Heard } from './messages.ts';
import { worker } from './worker-machine.ts';

export interface Numbered {
  readonly source: string;
  readonly n: number;
}
export type Item = Numbered & { readonly type: 'item' };

const numbered = ({ source, n }: Numbered): Numbered => ({ source, n });
const nameOf = ({ source, n }: Numbered): string => `${source}-${n}`;

/** `stumble` may throw: then the turn is dropped and taken again. */
export function intake(name: string, stumble: (n: number) => void) {
  return setup({
    types: { context: {} as { streams: Streams }, events: {} as Item },
  }).createMachine({
    id: `intake-${name}`,
    context: { streams: {} },
    on: {
      item: {
        actions: [
          sendTo(at<Item>('/relay'), ({ event }) => ({ ...event, source: name })),
          assign({
            streams: ({ context, event }) => {
              stumble(event.n);
              return taken(context.streams, event.source, event.n);
            },
          }),
        ],
      },
    },
  });
}

export const relay = setup({
  types: {
    context: {} as { streams: Streams; index: number; chain: string },
    events: {} as Item,
    emitted: {} as Heard & { type: 'passed' },
  },
}).createMachine({
  id: 'relay',
  context: { streams: {}, index: 0, chain: '' },
  on: {
    item: {
      actions: [
        assign(({ context, event }) => ({
          streams: taken(context.streams, event.source, event.n),
          index: context.index + 1,
          chain: link(context.chain, nameOf(event)),
        })),
        emit(({ context, event: { source, n } }) => ({
          type: 'passed' as const,
          actor: 'relay' as const,
          index: context.index,
          source,
          n,
        })),
        sendTo(at<Item>('/crew/recorder'), ({ event }) => event),
        sendTo(at<Item>('/crew/delayer'), ({ event }) => event),
        sendTo(at<Item>('/crew/nursery'), ({ event }) => event),
        sendTo(at<Item>('/crew/asker'), ({ event }) => event),
      ],
    },
  },
});

interface RecorderContext {
  readonly streams: Streams;
  readonly returned: Streams;
  readonly queue: readonly Numbered[];
  readonly index: number;
}
const first = ({ queue }: { readonly queue: readonly Numbered[] }): Numbered =>
  queue[0] ?? { source: '', n: 0 };
const enqueue = assign<RecorderContext, Item, undefined, Item, never>({
  streams: ({ context, event }) => taken(context.streams, event.source, event.n),
  queue: ({ context, event: { source, n } }) => [...context.queue, { source, n }],
});

export function recorder(record: PromiseActorLogic<string, Numbered>) {
  return setup({
    types: {
      context: {} as RecorderContext,
      events: {} as Item,
      emitted: {} as Heard & { type: 'recorded' },
    },
    actors: { record },
  }).createMachine({
    id: 'recorder',
    context: { streams: {}, returned: {}, queue: [], index: 0 },
    on: { item: { actions: enqueue } },
    initial: 'idle',
    states: {
      idle: { always: { guard: ({ context }) => context.queue.length > 0, target: 'recording' } },
      recording: {
        invoke: {
          src: 'record',
          input: ({ context }) => first(context),
          onDone: {
            target: 'idle',
            actions: [
              sendTo(at<Item>('/sink'), ({ context }) => ({ type: 'item', ...first(context) })),
              assign(({ context }) => ({
                returned: taken(context.returned, first(context).source, first(context).n),
                queue: context.queue.slice(1),
                index: context.index + 1,
              })),
              emit(({ context, event }) => {
                const [source, n] = event.output.split('-');
                return {
                  type: 'recorded' as const,
                  actor: 'recorder' as const,
                  index: context.index,
                  source: source ?? '',
                  n: Number(n),
                };
              }),
            ],
          },
        },
      },
    },
  });
}

/** Two delays an item, one inside its own order and one that is a message to another actor. */
export const delayer = setup({
  types: {
    context: {} as { streams: Streams; due: Bag },
    events: {} as Item | (Numbered & { type: 'due' }),
  },
  delays: { own: ({ event }) => 1 + (event.n % 37), mail: ({ event }) => 1 + (event.n % 50) },
}).createMachine({
  id: 'delayer',
  context: { streams: {}, due: emptyBag },
  on: {
    item: {
      actions: [
        assign({
          streams: ({ context, event }) => taken(context.streams, event.source, event.n),
        }),
        raise(({ event: { source, n } }) => ({ type: 'due' as const, source, n }), {
          delay: 'own',
        }),
        sendTo(
          at<Numbered & { type: 'late' }>('/sink'),
          ({ event: { source, n } }) => ({ type: 'late' as const, source, n }),
          { delay: 'mail' },
        ),
      ],
    },
    due: { actions: assign({ due: ({ context, event }) => into(context.due, nameOf(event)) }) },
  },
});

/** A child machine per item, stopped when it is done. */
export function nursery(work: PromiseActorLogic<void, Numbered>) {
  return setup({
    types: {
      context: {} as { streams: Streams; done: Bag; open: number },
      events: {} as
        | Item
        | { type: `xstate.done.actor.${string}`; output: Numbered; actorId: string },
    },
    actors: { worker: worker.provide({ actors: { work } }) },
  }).createMachine({
    id: 'nursery',
    context: { streams: {}, done: emptyBag, open: 0 },
    on: {
      item: {
        actions: [
          assign({
            streams: ({ context, event }) => taken(context.streams, event.source, event.n),
            open: ({ context }) => context.open + 1,
          }),
          spawnChild('worker', {
            id: ({ event }) => nameOf(event),
            input: ({ event }) => numbered(event as Item),
          }),
        ],
      },
      'xstate.done.actor.*': {
        actions: [
          assign({
            done: ({ context, event }) => into(context.done, nameOf(event.output)),
            open: ({ context }) => context.open - 1,
          }),
          stopChild(({ event }) => event.actorId),
        ],
      },
    },
  });
}

/** Where all ends. Each item of the recorder is noted outside by a named action. */
export function sink(note: (args: { event: Numbered; idempotencyKey: string }) => void) {
  return setup({
    types: {
      context: {} as { streams: Streams; late: Bag },
      events: {} as Item | (Numbered & { type: 'late' }),
    },
    actions: { note: (args) => note(args as never) },
  }).createMachine({
    id: 'sink',
    context: { streams: {}, late: emptyBag },
    on: {
      item: {
        actions: [
          assign({
            streams: ({ context, event }) => taken(context.streams, event.source, event.n),
          }),
          'note',
        ],
      },
      late: {
        actions: assign({ late: ({ context, event }) => into(context.late, nameOf(event)) }),
      },
    },
  });
}
