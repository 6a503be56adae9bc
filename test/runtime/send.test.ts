import { describe, expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { DOWN_MS, openDown } from './down.ts';
import { codeOf, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', { children: [actor('counter', counter)] });
const small = supervisor('app', { children: [actor('counter', counter, { mailboxMax: 2 })] });

describe('a receipt', () => {
  test('names the position in the order of the mailbox', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    expect(await ref.send({ type: 'add', n: 1 })).toEqual({ position: 1, duplicate: false });
    expect(await ref.send({ type: 'add', n: 2 })).toEqual({ position: 2, duplicate: false });
    await system.stop();
  });

  test('goes on counting in the next process', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/counter').send({ type: 'add', n: 1 });
    await lab.kill();
    const second = await lab.open(tree);
    expect(await second.ref('/counter').send({ type: 'add', n: 1 })).toMatchObject({ position: 2 });
    await second.stop();
  });

  test('stands for a message that survives the process', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/counter').send({ type: 'add', n: 7 });
    await lab.kill();
    const second = await lab.open(tree);
    await lab.settle();
    expect((await second.ref('/counter').snapshot()).context.total).toBe(7);
    await second.stop();
  });

  test('is not given before the message is durable', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    const sent = watched(first.ref('/counter').send({ type: 'add', n: 7 }));
    await lab.kill();
    await lab.settle();
    expect(sent.isSettled).toBe(false);
    const second = await lab.open(tree);
    expect((await second.ref('/counter').snapshot()).context.total).toBe(0);
    await second.stop();
  });
});

describe('messages from outside', () => {
  test('are handled in the order of the calls, awaited or not', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    const sends = Array.from({ length: 50 }, (_, n) => ref.send({ type: 'add', n }));
    const receipts = await Promise.all(sends);
    expect(receipts.map(({ position }) => position)).toEqual(sends.map((_, n) => n + 1));
    const { context } = await ref.waitFor((snapshot) => snapshot.context.seen.length === 50);
    expect(context.seen).toEqual(sends.map((_, n) => n));
    await system.stop();
  });

  test('of several handles to one actor are in one order', async () => {
    const system = await new Lab().open(tree);
    for (let n = 0; n < 9; n += 1) void system.ref('/counter').send({ type: 'add', n });
    const { context } = await system
      .ref('/counter', counter)
      .waitFor((snapshot) => snapshot.context.seen.length === 9);
    expect(context.seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    await system.stop();
  });

  test('with headers are accepted, with too many bytes of them refused', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    expect(await codeOf(ref.send({ type: 'add', n: 1 }, { headers: { trace: 'abc' } }))).toBe(
      'resolved',
    );
    expect(
      await codeOf(ref.send({ type: 'add', n: 1 }, { headers: { trace: 'x'.repeat(5_000) } })),
    ).toBe('VALUE_TOO_LARGE');
    expect(await codeOf(ref.send({ type: 'add', n: 1 }, { headers: { trace: 1 as never } }))).toBe(
      'OPTION_INVALID',
    );
    await system.stop();
  });
});

describe('an event that cannot be sent', () => {
  test('is one of XState or perdure', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    for (const type of ['xstate.init', 'xstate.done.actor.x', 'perdure.child.started']) {
      expect(await codeOf(ref.send({ type } as never))).toBe('EVENT_INVALID');
      expect(await codeOf(ref.ask({ type } as never))).toBe('EVENT_INVALID');
    }
    await system.stop();
  });

  test('is nothing with a type', async () => {
    const system = await new Lab().open(tree);
    for (const event of [null, undefined, 'add', {}, { type: 1 }]) {
      expect(await codeOf(system.ref('/counter').send(event as never))).toBe('EVENT_INVALID');
    }
    await system.stop();
  });

  test('holds what cannot be stored: the error names its path', async () => {
    const system = await new Lab().open(tree);
    const event = { type: 'add', n: 1, cart: { items: [{}, { total: () => 1 }] } };
    const error = await system
      .ref('/counter')
      .send(event as never)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'VALUE_NOT_STORABLE',
      facts: { path: "event 'add'.cart.items[1].total" },
    });
    await system.stop();
  });

  test('is changed by its sender afterwards: the actor sees what was sent', async () => {
    const system = await new Lab().open(tree);
    const at = new Date(5);
    const sent = system.ref('/counter').send({ type: 'date', at });
    at.setTime(6);
    await sent;
    expect(() => Object.assign({ type: 'add' }, {})).not.toThrow();
    const event = { type: 'add' as const, n: 1 };
    void system.ref('/counter').send(event);
    expect(() => {
      event.n = 2;
    }).toThrow(TypeError);
    await system.stop();
  });
});

describe("until: 'applied'", () => {
  test('resolves when the turn that handled the message is durable', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    const receipt = await ref.send({ type: 'add', n: 3 }, { until: 'applied' });
    expect(receipt).toEqual({ position: 1, duplicate: false });
    expect((await ref.snapshot()).context.total).toBe(3);
    await system.stop();
  });

  test('rejects when the message is parked', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const sent = watched(system.ref('/counter').send({ type: 'fail' }, { until: 'applied' }));
    await lab.advance(10_000);
    expect(sent.error).toMatchObject({
      code: 'MESSAGE_PARKED',
      facts: { type: 'fail', attempts: 3 },
      cause: { message: 'failed on purpose' },
    });
    await system.stop();
  });

  test('rejects when the actor ends before it handles the message', async () => {
    const system = await new Lab().open(
      supervisor('app', { children: [actor('counter', counter, { restart: 'transient' })] }),
    );
    const ref = system.ref('/counter');
    void ref.send({ type: 'finish' });
    expect(await codeOf(ref.send({ type: 'add', n: 1 }, { until: 'applied' }))).toBe(
      'ACTOR_NOT_RUNNING',
    );
    await system.stop();
  });

  test('of a duplicate waits for the first one', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 10);
    const ref = system.ref('/counter');
    await ref.send({ type: 'add', n: 5 }, { key: 'five' });
    const applied = watched(ref.send({ type: 'add', n: 5 }, { key: 'five', until: 'applied' }));
    await lab.settle();
    expect(applied.isSettled).toBe(false);
    await lab.advance(DOWN_MS);
    expect(applied.value).toMatchObject({ duplicate: true });
    expect(await ref.send({ type: 'add', n: 5 }, { key: 'five', until: 'applied' })).toMatchObject({
      duplicate: true,
    });
    await system.stop();
  });
});

describe('a failed send', () => {
  test('is told as an event', async () => {
    const system = await new Lab().open(tree);
    const events = eventsOf(system);
    void system.ref('/counter').send({ type: 'xstate.init' } as never);
    expect(events).toMatchObject([
      {
        type: 'send.failed',
        address: '/counter',
        event: 'xstate.init',
        error: { code: 'EVENT_INVALID' },
      },
    ]);
    await system.stop();
  });

  test('that nobody awaits is no unhandled rejection', async () => {
    const rejections: unknown[] = [];
    const listener = (reason: unknown): number => rejections.push(reason);
    process.on('unhandledRejection', listener);
    try {
      const lab = new Lab();
      const system = await lab.open(small);
      const ref = system.ref('/counter');
      void ref.send({ type: 'xstate.init' } as never);
      for (let n = 0; n < 5; n += 1) void ref.send({ type: 'add', n });
      void ref.send({ type: 'fail' }, { until: 'applied', whenFull: 'wait' });
      void ref.ask({ type: 'broken' });
      void ref.ask({ type: 'silence' });
      void ref.done();
      void ref.waitFor(() => false);
      void ref.waitFor(() => {
        throw new Error('in a predicate');
      });
      void system.ref('/nobody', counter).snapshot();
      void system.ref('/nobody', counter).done();
      void system.deadLetters.retry(99);
      void system.deadLetters.drop(99);
      void system.deadLetters.get(99);
      await lab.advance(30_000);
      await system.stop();
      void ref.send({ type: 'add', n: 1 });
      void ref.done();
      void system.deadLetters.drop(1);
      await lab.settle();
    } finally {
      process.off('unhandledRejection', listener);
    }
    expect(rejections).toEqual([]);
  });
});
