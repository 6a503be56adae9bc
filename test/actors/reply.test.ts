import { assign, createActor, createMachine, enqueueActions, fromCallback, setup } from 'xstate';
import type { AnyActorRef, AnyEventObject } from 'xstate';
import { describe, expect, it, vi } from 'vitest';
import type { Ask, ReplyRef } from '../../src/actors/ask.ts';
import { reply, replyTo } from '../../src/actors/reply.ts';
import { exit } from '../../src/actors/exit-action.ts';
import { poolAt } from '../../src/actors/at.ts';
import { exitRef, PoolTarget } from '../../src/actors/special-refs.ts';
import { startChild, terminateChild } from '../../src/actors/start-child.ts';

/** An actor of XState that asks, so that plain `createActor` shows what a machine answers. */
function asker(): { ref: ReplyRef<any>; answers: AnyEventObject[] } {
  const answers: AnyEventObject[] = [];
  const ref = createActor(fromCallback(({ receive }) => receive((event) => answers.push(event))));
  return { ref: ref.start() as unknown as ReplyRef<any>, answers };
}

type Events =
  | Ask<{ type: 'count' }, number>
  | Ask<{ type: 'review' }, 'yes' | 'no'>
  | { type: 'decide' };

function counter(value: () => number) {
  return setup({
    types: {
      events: {} as Events,
      context: {} as { asker: ReplyRef<'yes' | 'no'> | undefined; seen: string[] },
    },
  }).createMachine({
    context: { asker: undefined, seen: [] },
    on: {
      count: { actions: reply(value) },
      review: { actions: assign({ asker: ({ event }) => event.replyTo }) },
      decide: {
        actions: replyTo(
          ({ context }) => context.asker,
          () => 'yes',
        ),
      },
      // what a sendTo with an undefined target would do: the reply comes to the machine itself
      '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) },
    },
  });
}

describe('reply', () => {
  it('answers the event that is being handled', () => {
    const { ref, answers } = asker();
    const actor = createActor(counter(() => 7)).start();

    actor.send({ type: 'count', replyTo: ref });

    expect(answers).toEqual([{ type: 'perdure.reply', value: 7 }]);
  });

  it('does nothing on an event without replyTo, and does not come back to the actor itself', () => {
    const value = vi.fn(() => 7);
    const actor = createActor(counter(value)).start();

    actor.send({ type: 'count' } as never);
    actor.send({ type: 'count', replyTo: 'decide' } as never);

    expect(value).not.toHaveBeenCalled();
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', context: { seen: [] } });
  });

  it('works inside enqueueActions', () => {
    const { ref, answers } = asker();
    const machine = createMachine({
      types: { events: {} as Ask<{ type: 'count' }, number> },
      on: { count: { actions: enqueueActions(({ enqueue }) => enqueue(reply(() => 3))) } },
    });

    createActor(machine).start().send({ type: 'count', replyTo: ref });

    expect(answers).toEqual([{ type: 'perdure.reply', value: 3 }]);
  });
});

describe('replyTo', () => {
  it('answers an earlier event, from context', () => {
    const { ref, answers } = asker();
    const actor = createActor(counter(() => 0)).start();

    actor.send({ type: 'review', replyTo: ref });
    expect(answers).toEqual([]);
    actor.send({ type: 'decide' });

    expect(answers).toEqual([{ type: 'perdure.reply', value: 'yes' }]);
  });

  it('does nothing when nobody asked', () => {
    const actor = createActor(counter(() => 0)).start();
    actor.send({ type: 'decide' });
    expect(actor.getSnapshot().context.seen).toEqual([]);
  });
});

/** What the actions of a machine come out as, without running any. */
function sent(
  machine: ReturnType<typeof createMachine>,
): { to: AnyActorRef; event: AnyEventObject }[] {
  const seen: { to: AnyActorRef; event: AnyEventObject }[] = [];
  machine.getInitialSnapshot(
    {
      self: {},
      system: { _sendInspectionEvent: () => undefined },
      defer: () => undefined,
      actionExecutor: (action: { params: never }) => seen.push(action.params),
    } as never,
    { item: 4 } as never,
  );
  return seen;
}

describe('exit', () => {
  it('is a message to the exit ref', () => {
    const machine = createMachine({ entry: exit('shutdown', { why: 'tired' }) });
    expect(sent(machine)).toMatchObject([
      {
        to: exitRef,
        event: { type: 'perdure.leave', reason: 'shutdown', detail: { why: 'tired' } },
      },
    ]);
  });

  it('refuses other reasons', () => {
    expect(() => exit('crash' as never)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });

  it('fails on a plain createActor, which has nothing to end it', () => {
    const actor = createActor(createMachine({ entry: exit('normal') }));
    actor.subscribe({ error: () => undefined });
    actor.start();
    expect(actor.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'REF_UNBOUND' } });
  });
});

describe('startChild and terminateChild', () => {
  it('are messages to the pool', () => {
    const clerks = poolAt('/clerks');
    const machine = createMachine({
      entry: [
        startChild(clerks, ({ event }) => ({ id: '7', input: (event as AnyEventObject)['input'] })),
        terminateChild(clerks, '7'),
        terminateChild(clerks, () => '8'),
      ],
    });

    expect(sent(machine)).toMatchObject([
      {
        to: new PoolTarget('/clerks'),
        event: { type: 'perdure.startChild', id: '7', input: { item: 4 } },
      },
      { to: { address: '/clerks' }, event: { type: 'perdure.terminateChild', id: '7' } },
      { event: { id: '8' } },
    ]);
  });

  it('refuse what is no pool', () => {
    expect(() => startChild({ address: '/clerks' }, () => ({ id: '1', input: undefined }))).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });
});
