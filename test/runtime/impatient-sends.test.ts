/** A send that is not waited for any longer: the caller hears what is known of the message, which stays where it is. */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { DOWN_MS, openDown } from './down.ts';
import { codeOf, eventsOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', { children: [actor('counter', counter)] });
const add = (n: number) => ({ type: 'add', n }) as const;

describe("a send with until: 'applied'", () => {
  test('gives up when its signal is aborted; the message stays accepted', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 5);
    const ref = system.ref('/counter');
    const abort = new AbortController();
    const sent = watched(ref.send(add(1), { until: 'applied', signal: abort.signal }));
    await lab.settle();
    expect(sent.isSettled).toBe(false);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);

    abort.abort(new Error('enough'));
    await lab.settle();
    expect(sent.error).toMatchObject({
      code: 'SEND_ABORTED',
      facts: { address: '/counter', message: 'accepted' },
      message: expect.stringContaining('accepted and remains so'),
      cause: { message: 'enough' },
    });
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    await lab.advance(DOWN_MS);
    expect((await ref.snapshot()).context.seen).toEqual([1]);
    await system.stop();
  });

  test('gives up when its time is over; the message stays accepted', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 5);
    const ref = system.ref('/counter');
    const sent = watched(ref.send(add(1), { until: 'applied', timeoutMs: 100 }));
    await lab.advance(99);
    expect(sent.isSettled).toBe(false);
    await lab.advance(1);
    expect(sent.error).toMatchObject({
      code: 'SEND_TIMEOUT',
      facts: { address: '/counter', timeoutMs: 100, message: 'accepted' },
    });
    await lab.advance(DOWN_MS);
    expect((await ref.snapshot()).context.seen).toEqual([1]);
    await system.stop();
  });

  test('counts its time from the call, also when it waited for room first', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 1);
    const ref = system.ref('/counter');
    void ref.send(add(1));
    const options = { until: 'applied', whenFull: 'wait', timeoutMs: DOWN_MS - 1 } as const;
    const early = watched(ref.send(add(2), options));
    const late = watched(ref.send(add(3), { ...options, timeoutMs: DOWN_MS * 2 }));
    await lab.advance(DOWN_MS - 1);
    expect(early.error).toMatchObject({
      code: 'SEND_TIMEOUT',
      facts: { message: 'not_accepted' },
    });
    await lab.advance(DOWN_MS);
    expect(late.value).toMatchObject({ duplicate: false });
    expect((await ref.snapshot()).context.seen).toEqual([1, 3]);
    await system.stop();
  });

  test('says that nobody knows, before its batch landed', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const abort = new AbortController();
    const sent = watched(
      system.ref('/counter').send(add(1), { until: 'applied', signal: abort.signal }),
    );
    abort.abort();
    await lab.settle();
    expect(sent.error).toMatchObject({ code: 'SEND_ABORTED', facts: { message: 'unknown' } });
    expect((await system.ref('/counter').snapshot()).context.seen).toEqual([1]);
    await system.stop();
  });

  test('leaves no listener, no timer and no waiter behind, however it ends', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 5);
    const ref = system.ref('/counter');
    const { signal } = new AbortController();
    const options = { until: 'applied', signal, timeoutMs: DOWN_MS * 2 } as const;
    const applied = watched(ref.send(add(1), options));
    const failing = watched(ref.send({ type: 'fail' }, options));
    await lab.settle();
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    await lab.advance(DOWN_MS);
    expect(applied.value).toMatchObject({ duplicate: false });
    expect(failing.error).toMatchObject({ code: 'MESSAGE_PARKED' });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await system.stop();
  });

  test('that repeats a key gives up alone: the first one goes on waiting', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 5);
    const ref = system.ref('/counter');
    const first = watched(ref.send(add(1), { until: 'applied', key: 'k' }));
    const again = watched(ref.send(add(1), { until: 'applied', key: 'k', timeoutMs: 10 }));
    await lab.advance(10);
    expect(again.error).toMatchObject({ code: 'SEND_TIMEOUT', facts: { message: 'accepted' } });
    await lab.advance(DOWN_MS);
    expect(first.value).toMatchObject({ duplicate: false });
    await system.stop();
  });

  test('whose write fails does not wait for another message that gets its position', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 5);
    const ref = system.ref('/counter');
    const events = eventsOf(system);
    lab.failNextWrite();
    const lost = [
      codeOf(ref.send(add(1), { until: 'applied', key: 'k' })),
      codeOf(ref.send(add(1), { until: 'applied', key: 'k' })),
    ];
    expect(await Promise.all(lost)).toEqual(['STORE_WRITE_FAILED', 'STORE_WRITE_FAILED']);
    void ref.send(add(2));
    await lab.advance(DOWN_MS);
    expect((await ref.snapshot()).context.seen).toEqual([2]);
    expect(events.filter(({ type }) => type === 'send.failed')).toHaveLength(2);
    await system.stop();
  });
});

describe('any call with a signal', () => {
  test('gives up while the store is being opened again, and is not made afterwards', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    lab.failNextWrite();
    void ref.send(add(1));
    const failed = new Promise((resolve) => void system.events.on('store.failed', resolve));
    await failed;
    const abort = new AbortController();
    const { signal } = abort;
    const calls = [
      ref.send(add(2), { signal }),
      ref.ask({ type: 'total' }, { signal }),
      ref.waitFor(() => true, { signal }),
    ].map((call) => watched<unknown>(call));
    abort.abort();
    await lab.settle();
    expect(calls.map(({ error }) => error)).toMatchObject([
      { code: 'SEND_ABORTED', facts: { message: 'not_accepted' } },
      { code: 'SEND_ABORTED', facts: { message: 'not_accepted' } },
      { code: 'SEND_ABORTED', facts: { address: '/counter' } },
    ]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await lab.advance(10_000);
    expect((await ref.snapshot()).context.seen).toEqual([]);
    await system.stop();
  });

  test('says of a question whether it was accepted', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 1);
    const ref = system.ref('/counter');
    const first = new AbortController();
    const second = new AbortController();
    const { signal } = second;
    const asked = watched(ref.ask({ type: 'total' }, { signal: first.signal }));
    const queued = watched(ref.ask({ type: 'total' }, { signal, whenFull: 'wait' }));
    await lab.settle();
    for (const abort of [first, second]) abort.abort();
    await lab.settle();
    expect([asked.error, queued.error]).toMatchObject([
      { code: 'SEND_ABORTED', facts: { message: 'accepted' } },
      { code: 'SEND_ABORTED', facts: { message: 'not_accepted' } },
    ]);
    await lab.advance(DOWN_MS);
    // behind the event that made it fail, and the first question
    expect(await ref.send(add(1))).toMatchObject({ position: 3 });
    await system.stop();
  });
});
