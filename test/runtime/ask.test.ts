import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { type Ask, actor, type ReplyRef, reply, replyTo, supervisor } from '../../src/index.ts';
import { codeOf, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

/** Answers `question` when somebody says `decide`; counts the questions. */
const decider = setup({
  types: {
    context: {} as { asker: ReplyRef<string> | undefined; questions: number },
    events: {} as
      | Ask<{ type: 'question'; about: string }, string>
      | { type: 'decide'; answer: string }
      | { type: 'repeat' },
  },
}).createMachine({
  id: 'decider',
  context: { asker: undefined, questions: 0 },
  on: {
    question: {
      actions: assign({
        asker: ({ event }) => event.replyTo,
        questions: ({ context }) => context.questions + 1,
      }),
    },
    decide: {
      actions: replyTo(
        ({ context }) => context.asker,
        ({ event }) => event.answer,
      ),
    },
    repeat: {
      actions: [
        replyTo(
          ({ context }) => context.asker,
          () => 'first',
        ),
        replyTo(
          ({ context }) => context.asker,
          () => 'second',
        ),
      ],
    },
  },
});

const tree = supervisor('app', {
  backoff: false,
  children: [actor('counter', counter, { restart: 'transient' }), actor('decider', decider)],
});

describe('an ask', () => {
  test('resolves with the answer, after what was sent before it', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    void ref.send({ type: 'add', n: 40 });
    void ref.send({ type: 'add', n: 2 });
    expect(await ref.ask({ type: 'total' })).toBe(42);
    await system.stop();
  });

  test('resolves only when the answer is durable', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const asked = watched(system.ref('/counter').ask({ type: 'total' }));
    await lab.kill();
    await lab.settle();
    expect(asked.isSettled).toBe(false);
  });

  test('may be answered by a later turn', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/decider');
    const asked = watched(ref.ask({ type: 'question', about: 'tea' }));
    await lab.advance(3_000);
    expect(asked.isSettled).toBe(false);
    await ref.send({ type: 'decide', answer: 'yes' });
    await lab.settle();
    expect(asked.value).toBe('yes');
    await system.stop();
  });

  test('fails after five seconds unless told otherwise; the question remains accepted', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/decider');
    const asked = watched(ref.ask({ type: 'question', about: 'tea' }));
    const patient = watched(ref.ask({ type: 'question', about: 'tea' }, { timeoutMs: 60_000 }));
    await lab.advance(4_999);
    expect(asked.isSettled).toBe(false);
    await lab.advance(1);
    expect(asked.error).toMatchObject({
      code: 'ASK_TIMEOUT',
      facts: { address: '/decider', type: 'question', timeoutMs: 5_000 },
    });
    expect((await ref.snapshot()).context.questions).toBe(2);
    await lab.advance(55_000);
    expect(patient.error).toMatchObject({ code: 'ASK_TIMEOUT' });
    await system.stop();
  });

  test('fails when it is aborted', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const abort = new AbortController();
    const asked = watched(system.ref('/counter').ask({ type: 'silence' }, abort));
    await lab.settle();
    abort.abort();
    await lab.settle();
    expect(asked.error).toMatchObject({ code: 'SEND_ABORTED' });
    await system.stop();
  });

  test('fails when its target ends, whether the question was handled or not', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const handled = codeOf(ref.ask({ type: 'silence' }));
    await lab.settle();
    void ref.send({ type: 'finish' });
    const waiting = codeOf(ref.ask({ type: 'total' }));
    expect(await handled).toBe('ASK_TARGET_ENDED');
    expect(await waiting).toBe('ASK_TARGET_ENDED');
    expect(await codeOf(ref.ask({ type: 'total' }))).toBe('ACTOR_NOT_RUNNING');
    await system.stop();
  });

  test('fails when the question is parked', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const asked = watched(system.ref('/counter').ask({ type: 'broken' }));
    await lab.settle();
    expect(asked.error).toMatchObject({
      code: 'ASK_PARKED',
      facts: { address: '/counter', type: 'broken' },
      cause: { message: 'failed on purpose' },
    });
    await system.stop();
  });

  test('fails when the system stops', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const asked = codeOf(system.ref('/counter').ask({ type: 'silence' }));
    await lab.settle();
    await system.stop();
    expect(await asked).toBe('SYSTEM_STOPPING');
  });

  test('takes the first answer; a second one is dropped, and told', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const events = eventsOf(system);
    const ref = system.ref('/decider');
    const asked = watched(ref.ask({ type: 'question', about: 'tea' }));
    await ref.send({ type: 'repeat' });
    await lab.settle();
    expect(asked.value).toBe('first');
    expect(events.filter(({ type }) => type === 'answer.dropped')).toHaveLength(1);
    await system.stop();
  });

  test('of nobody in particular is no question: reply() does nothing on a send', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    await ref.send({ type: 'total' } as never, { until: 'applied' });
    expect(await ref.ask({ type: 'total' })).toBe(0);
    await system.stop();
  });

  test('can be answered by the next process, for whoever asks again with the key', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    void first.ref('/decider').ask({ type: 'question', about: 'tea' }, { key: 'tea' });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    const ref = second.ref('/decider');
    const asked = watched(ref.ask({ type: 'question', about: 'tea' }, { key: 'tea' }));
    await lab.settle();
    await ref.send({ type: 'decide', answer: 'yes' });
    await lab.settle();
    expect(asked.value).toBe('yes');
    expect((await ref.snapshot()).context.questions).toBe(1);
    await second.stop();
  });
});

describe('an ask with a key', () => {
  test('gets the stored answer when it is repeated, also in a later process', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    const ref = first.ref('/counter');
    await ref.send({ type: 'add', n: 1 });
    expect(await ref.ask({ type: 'total' }, { key: 'k' })).toBe(1);
    await ref.send({ type: 'add', n: 1 });
    expect(await ref.ask({ type: 'total' }, { key: 'k' })).toBe(1);
    await lab.kill();
    const second = await lab.open(tree);
    expect(await second.ref('/counter').ask({ type: 'total' }, { key: 'k' })).toBe(1);
    expect(await second.ref('/counter').ask({ type: 'total' })).toBe(2);
    await second.stop();
  });

  test('gets the stored answer of an actor that has ended', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    expect(await ref.ask({ type: 'total' }, { key: 'k' })).toBe(0);
    await ref.send({ type: 'finish' }, { until: 'applied' });
    expect(await ref.ask({ type: 'total' }, { key: 'k' })).toBe(0);
    await system.stop();
  });

  test('that waits twice gets one answer for both', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/decider');
    const asked = [1, 2].map(() =>
      watched(ref.ask({ type: 'question', about: 'tea' }, { key: 'tea' })),
    );
    await ref.send({ type: 'decide', answer: 'yes' });
    await lab.settle();
    expect(asked.map(({ value }) => value)).toEqual(['yes', 'yes']);
    await system.stop();
  });

  test('is refused with another question', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    await ref.ask({ type: 'total' }, { key: 'k' });
    expect(await codeOf(ref.ask({ type: 'silence' }, { key: 'k' }))).toBe('KEY_REUSED');
    await system.stop();
  });

  test('is asked anew when its key is forgotten', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    expect(await ref.ask({ type: 'total' }, { key: 'k' })).toBe(0);
    await ref.send({ type: 'add', n: 5 });
    await lab.advance(24 * 3_600_000 + 1);
    expect(await ref.ask({ type: 'total' }, { key: 'k' })).toBe(5);
    await system.stop();
  });
});

describe('reply', () => {
  test('is part of the turn: a turn that throws afterwards answers nothing', async () => {
    const machine = setup({
      types: { events: {} as Ask<{ type: 'q' }, string> },
    }).createMachine({
      id: 'throws',
      on: {
        q: {
          actions: [
            reply(() => 'no'),
            assign(() => {
              throw new Error('after the reply');
            }),
          ],
        },
      },
    });
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', { backoff: false, children: [actor('a', machine)] }),
    );
    const asked = codeOf(system.ref('/a').ask({ type: 'q' }));
    await lab.settle();
    expect(await asked).toBe('ASK_PARKED');
    await system.stop();
  });
});
