import { assign, createMachine, enqueueActions, sendTo, setup } from 'xstate';
import type { PromiseActorLogic } from 'xstate';
import { describe, expectTypeOf, it } from 'vitest';
import type { Ask, MessageOf, ReplyRef } from '../../src/actors/ask.ts';
import { at, poolAt } from '../../src/actors/at.ts';
import { type DownEvent, link, unwatch, watch } from '../../src/actors/bond-actions.ts';
import { exit } from '../../src/actors/exit-action.ts';
import { fromAsk } from '../../src/actors/from-ask.ts';
import { reply, replyTo } from '../../src/actors/reply.ts';
import { startChild, terminateChild } from '../../src/actors/start-child.ts';
import type { ChildEvent, ChildStartedEvent } from '../../src/index.ts';
import { step } from '../../src/actors/step.ts';
import type { StepArgs } from '../../src/actors/step.ts';
import { onlyTypes } from './machines.ts';
import type { clerk, ledger, reader } from './machines.ts';

describe('step', () => {
  it('is promise logic with the types of its function', () => {
    expectTypeOf(step(async ({ input }: StepArgs<number>) => `${input}`)).toEqualTypeOf<
      PromiseActorLogic<string, number>
    >();
    expectTypeOf(step({ run: async ({ input }: StepArgs<number>) => `${input}` })).toEqualTypeOf<
      PromiseActorLogic<string, number>
    >();
  });

  it('is checked where a machine invokes it', () => {
    onlyTypes(() => {
      const desk = setup({
        types: { context: {} as { n: number } },
        actors: { count: step(async ({ input }: StepArgs<number>) => input + 1) },
      });
      desk.createMachine({
        context: { n: 1 },
        invoke: {
          src: 'count',
          input: ({ context }) => context.n,
          onDone: { actions: assign({ n: ({ event }) => event.output }) },
        },
      });
      desk.createMachine({
        context: { n: 1 },
        // @ts-expect-error input is a number
        invoke: { src: 'count', input: 'one' },
      });
      desk.createMachine({
        context: { n: 1 },
        // @ts-expect-error input is missing
        invoke: { src: 'count' },
      });
      desk.createMachine({
        context: { n: 1 },
        invoke: {
          src: 'count',
          input: 1,
          // @ts-expect-error output is a number
          onDone: { actions: ({ event }) => event.output.length },
        },
      });
    });
  });

  it('refuses unknown options', () => {
    onlyTypes(() => {
      // @ts-expect-error no such option
      step({ run: async () => 1, retries: 5 });
      // @ts-expect-error a step is asynchronous
      step(() => 1);
    });
  });
});

describe('reply', () => {
  const counter = setup({
    types: {
      context: {} as { asker: ReplyRef<'yes' | 'no'> | undefined },
      events: {} as Ask<{ type: 'count'; step: number }, number> | { type: 'tell' },
    },
  });

  it('takes the answer that the event expects', () => {
    onlyTypes(() => {
      counter.createMachine({
        context: { asker: undefined },
        on: {
          count: {
            actions: [
              reply(({ event }) => event.step),
              enqueueActions(({ enqueue }) => enqueue(reply(() => 1))),
            ],
          },
        },
      });
      counter.createMachine({
        context: { asker: undefined },
        // @ts-expect-error the answer is a number
        on: { count: { actions: reply(() => 'one') } },
      });
      counter.createMachine({
        context: { asker: undefined },
        // @ts-expect-error tell expects no answer
        on: { tell: { actions: reply(() => 1) } },
      });
    });
  });

  it('keeps literals, and refuses others', () => {
    onlyTypes(() => {
      counter.createMachine({
        context: { asker: undefined },
        entry: replyTo(
          ({ context }) => context.asker,
          () => 'yes',
        ),
      });
      counter.createMachine({
        context: { asker: undefined },
        entry: replyTo(
          ({ context }) => context.asker,
          // @ts-expect-error 'yes' or 'no'
          () => 'perhaps',
        ),
      });
      counter.createMachine({
        context: { asker: undefined },
        entry: replyTo(
          // @ts-expect-error not a question's ref
          () => 'asker',
          () => 'yes',
        ),
      });
    });
  });
});

describe('at', () => {
  it('knows the events of a machine, or takes them', () => {
    onlyTypes(() => {
      createMachine({ entry: sendTo(at<typeof ledger>('/ledger'), { type: 'add', n: 1 }) });
      createMachine({ entry: sendTo(at<{ type: 'ping' }>('/x'), { type: 'ping' }) });
      // @ts-expect-error no such event
      createMachine({ entry: sendTo(at<typeof ledger>('/ledger'), { type: 'multiply' }) });
      // @ts-expect-error n is missing
      createMachine({ entry: sendTo(at<typeof ledger>('/ledger'), { type: 'add' }) });
    });
    expectTypeOf<MessageOf<typeof reader>>().toEqualTypeOf<{ type: 'read' }>();
  });
});

describe('fromAsk', () => {
  const questions = at<typeof clerk>('/clerk');

  it('has the question as input and the answer as output', () => {
    expectTypeOf(fromAsk(questions, 'review')).toEqualTypeOf<
      PromiseActorLogic<'sent' | 'refused', { by: string }>
    >();
    expectTypeOf(fromAsk(at<typeof ledger>('/ledger'), 'total', { timeoutMs: 5 })).toEqualTypeOf<
      PromiseActorLogic<number, {} | undefined>
    >();
  });

  it('is checked where a machine invokes it', () => {
    onlyTypes(() => {
      const desk = setup({
        actors: {
          total: fromAsk(at<typeof ledger>('/ledger'), 'total'),
          review: fromAsk(questions, 'review'),
        },
      });
      desk.createMachine({
        invoke: { src: 'total', onDone: { actions: ({ event }) => event.output.toFixed() } },
      });
      desk.createMachine({ invoke: { src: 'review', input: { by: 'ada' } } });
      // @ts-expect-error by is a string
      desk.createMachine({ invoke: { src: 'review', input: { by: 5 } } });
    });
  });

  it('refuses what is no question', () => {
    onlyTypes(() => {
      // @ts-expect-error approve expects no answer
      fromAsk(questions, 'approve');
      // @ts-expect-error no such option
      fromAsk(questions, 'review', { timeout: 5 });
    });
  });
});

describe('startChild, terminateChild', () => {
  it('want the input that the machine wants', () => {
    onlyTypes(() => {
      const clerks = poolAt<typeof clerk>('/clerks');
      createMachine({
        types: { events: {} as { type: 'hire'; name: string } },
        on: {
          hire: {
            actions: [
              startChild(clerks, ({ event }) => ({
                id: event.name,
                input: { to: event.name, question: '' },
              })),
              startChild(poolAt<typeof reader>('/readers'), () => ({ id: '1' })),
              terminateChild(clerks, ({ event }) => event.name),
              terminateChild(clerks, '7'),
            ],
          },
        },
      });
      // @ts-expect-error question is missing
      createMachine({ entry: startChild(clerks, () => ({ id: '1', input: { to: 'ada' } })) });
      // @ts-expect-error input is missing
      createMachine({ entry: startChild(clerks, () => ({ id: '1' })) });
      // @ts-expect-error an id is a string
      createMachine({ entry: terminateChild(clerks, () => 7) });
      // @ts-expect-error an actor is no pool
      createMachine({ entry: terminateChild(at<typeof clerk>('/clerk'), '7') });
    });
  });
});

describe('what a pool answers', () => {
  it('is an event of a machine that asks, by its type', () => {
    onlyTypes(() => {
      setup({ types: { events: {} as ChildEvent } }).createMachine({
        on: {
          'perdure.child.started': {
            actions: ({ event }) => expectTypeOf(event).toEqualTypeOf<ChildStartedEvent>(),
          },
          'perdure.child.terminated': {
            actions: ({ event }) => expectTypeOf(event.address).toBeString(),
          },
          'perdure.child.refused': {
            actions: ({ event }) => {
              if (event.code === 'pool_full') expectTypeOf(event.id).toBeString();
              // @ts-expect-error there is no such refusal
              if (event.code === 'full') expectTypeOf(event.id).toBeString();
              // @ts-expect-error nothing was started
              expectTypeOf(event.address).toBeString();
            },
          },
        },
      });
    });
  });
});

describe('exit', () => {
  it('knows the reasons', () => {
    onlyTypes(() => {
      createMachine({ entry: exit('shutdown', { why: 'tired' }) });
      // @ts-expect-error to crash, throw
      createMachine({ entry: exit('crash') });
    });
  });
});

describe('watch and link', () => {
  it('take a ref, or a function of what an action sees, and tell the reason as data', () => {
    onlyTypes(() => {
      setup({
        types: {
          context: {} as { other: string },
          events: {} as DownEvent | { type: 'go'; address: string },
        },
      }).createMachine({
        context: { other: '/a' },
        entry: [
          watch(at('/a')),
          link(({ context }) => at(context.other)),
          unwatch(() => undefined),
        ],
        on: {
          go: {
            actions: [
              watch(({ event }) => at(event.address)),
              enqueueActions(({ enqueue }) => enqueue(link(at('/a')))),
            ],
          },
          'perdure.down': {
            actions: ({ event }) => {
              if (event.reason.kind === 'crash') expectTypeOf(event.reason.error.name).toBeString();
              // @ts-expect-error there is no such reason
              if (event.reason.kind === 'gone') expectTypeOf(event.address).toBeString();
            },
          },
        },
      });
      // @ts-expect-error an address is no ref
      watch('/a');
      // @ts-expect-error nor is what the function gives
      link(() => '/a');
    });
  });
});
