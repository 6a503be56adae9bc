/**
 * The agent: takes every `stride`-th mail and reads, classifies and records it. Each step's result is a
 * turn of its own, and so a checkpoint: killed anywhere, the agent goes on with the step it was at.
 * That is all perdure needs; nothing here knows of kills, files or restarts.
 */
import { assign, emit, fromPromise, sendTo, setup, type PromiseActorLogic } from 'xstate';
import { at } from '../../src/index.ts';
import type { Label, Mail } from './mails.ts';
import type { tally } from './tally.ts';

/** The mails of one agent: `first`, `first + stride`, … below `end`. */
export interface Share {
  readonly agent: string;
  readonly first: number;
  readonly stride: number;
  readonly end: number;
}

export interface Sorted {
  readonly item: number;
  readonly label: Label;
  readonly truth: Label;
}

// Each agent does these three for each mail, in this order; `provide` plugs in the real ones.
export const phases = ['read', 'classify', 'record'] as const;
export type Phase = (typeof phases)[number];
export interface Steps {
  readonly read: PromiseActorLogic<Mail, number>;
  readonly classify: PromiseActorLogic<Label, { item: number; text: string }>;
  readonly record: PromiseActorLogic<void, Sorted>;
}

async function notProvided(): Promise<never> {
  throw new Error('the steps of the triage machine were not provided');
}

interface TriageContext {
  readonly agent: string;
  readonly stride: number;
  readonly end: number;
  readonly item: number;
  readonly text: string;
  readonly truth: Label;
  readonly label: Label;
  readonly handled: number;
}

export const triage = setup({
  types: {
    input: {} as Share,
    context: {} as TriageContext,
    // Sent only by `--inject-bug skip` (by: 1) and `--inject-bug repeat` (by: -1).
    events: {} as { type: 'shift'; by: 1 | -1 },
    emitted: {} as { type: 'sorted'; item: number; label: Label },
    output: {} as { handled: number },
  },
  actors: {
    read: fromPromise<Mail, number>(notProvided),
    classify: fromPromise<Label, { item: number; text: string }>(notProvided),
    record: fromPromise<void, Sorted>(notProvided),
  },
  actions: {
    tell: sendTo(at<typeof tally>('/tally'), ({ context: { agent, item, label } }) => ({
      type: 'verdict' as const,
      agent,
      item,
      label,
    })),
  },
}).createMachine({
  id: 'triage',
  context: ({ input: { agent, first, stride, end } }) => ({
    agent,
    stride,
    end,
    item: first,
    text: '',
    truth: 'ham',
    label: 'ham',
    handled: 0,
  }),
  initial: 'next',
  on: {
    shift: {
      target: '.next',
      actions: assign({
        item: ({ context: { item, stride }, event }) =>
          Math.max(item % stride, item + event.by * stride),
      }),
    },
  },
  states: {
    next: {
      always: [
        { guard: ({ context }) => context.item >= context.end, target: 'finished' },
        { target: 'reading' },
      ],
    },
    reading: {
      invoke: {
        src: 'read',
        input: ({ context }) => context.item,
        onDone: {
          target: 'classifying',
          actions: assign({
            text: ({ event }) => event.output.text,
            truth: ({ event }) => event.output.truth,
          }),
        },
      },
    },
    classifying: {
      invoke: {
        src: 'classify',
        input: ({ context: { item, text } }) => ({ item, text }),
        onDone: {
          target: 'recording',
          actions: assign({ label: ({ event }) => event.output, text: '' }),
        },
      },
    },
    recording: {
      invoke: {
        src: 'record',
        input: ({ context: { item, label, truth } }) => ({ item, label, truth }),
        onDone: {
          target: 'next',
          actions: [
            'tell',
            emit(({ context: { item, label } }) => ({ type: 'sorted', item, label })),
            assign({
              item: ({ context }) => context.item + context.stride,
              handled: ({ context }) => context.handled + 1,
            }),
          ],
        },
      },
    },
    finished: { type: 'final' },
  },
  output: ({ context }) => ({ handled: context.handled }),
});
