import { describe, expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { DOWN_MS, openDown } from './down.ts';
import { all, codeOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', { children: [actor('counter', counter)] });
const small = supervisor('app', { children: [actor('counter', counter, { mailboxMax: 2 })] });

describe('a full mailbox', () => {
  test('refuses by default', async () => {
    const system = await new Lab().open(small);
    const ref = system.ref('/counter');
    const sends = [1, 2, 3].map((n) => codeOf(ref.send({ type: 'add', n })));
    expect(await Promise.all(sends)).toEqual(['resolved', 'resolved', 'ACTOR_MAILBOX_FULL']);
    await system.stop();
  });

  test('lets those wait who ask for it, in the order of their calls', async () => {
    const system = await new Lab().open(small);
    const ref = system.ref('/counter');
    const sends = [1, 2, 3, 4, 5, 6, 7].map((n) =>
      ref.send({ type: 'add', n }, { whenFull: 'wait' }),
    );
    expect((await Promise.all(sends)).map(({ position }) => position)).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
    await ref.waitFor(({ context }) => context.seen.join() === '1,2,3,4,5,6,7');
    await system.stop();
  });

  test('refuses who does not wait while others wait', async () => {
    const system = await new Lab().open(small);
    const ref = system.ref('/counter');
    const sends = [1, 2, 3].map((n) => ref.send({ type: 'add', n }, { whenFull: 'wait' }));
    expect(await codeOf(ref.send({ type: 'add', n: 4 }))).toBe('ACTOR_MAILBOX_FULL');
    await Promise.all(sends);
    await system.stop();
  });

  test('ends a wait after its time, or when it is aborted, and keeps the order of the others', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 2);
    const ref = system.ref('/counter');
    for (const n of [10, 11]) void ref.send({ type: 'add', n });
    const abort = new AbortController();
    const first = watched(ref.send({ type: 'add', n: 1 }, { whenFull: 'wait', timeoutMs: 100 }));
    const second = watched(
      ref.send({ type: 'add', n: 2 }, { whenFull: 'wait', signal: abort.signal }),
    );
    const third = watched(ref.send({ type: 'add', n: 3 }, { whenFull: 'wait' }));
    await lab.advance(99);
    expect([first, second, third].map(({ isSettled }) => isSettled)).toEqual([false, false, false]);
    await lab.advance(1);
    expect(first.error).toMatchObject({ code: 'SEND_TIMEOUT', facts: { timeoutMs: 100 } });
    abort.abort();
    await lab.settle();
    expect(second.error).toMatchObject({ code: 'SEND_ABORTED' });
    await lab.advance(DOWN_MS);
    expect(third.value).toMatchObject({ duplicate: false });
    expect((await ref.snapshot()).context.seen).toEqual([10, 11, 3]);
    await system.stop();
  });

  test('does not take who was aborted before the call', async () => {
    const system = await new Lab().open(tree);
    expect(
      await codeOf(
        system.ref('/counter').send({ type: 'add', n: 1 }, { signal: AbortSignal.abort() }),
      ),
    ).toBe('SEND_ABORTED');
    await system.stop();
  });

  test('tells those who wait that the system stops', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 1);
    void system.ref('/counter').send({ type: 'add', n: 0 });
    const waiting = codeOf(
      system.ref('/counter').send({ type: 'add', n: 1 }, { whenFull: 'wait' }),
    );
    await system.stop();
    expect(await waiting).toBe('SYSTEM_STOPPING');
  });

  test('whose messages were lost with a failed write takes those who wait', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 2);
    const ref = system.ref('/counter');
    lab.failNextWrite();
    const lost = [1, 2].map((n) => codeOf(ref.send({ type: 'add', n })));
    const waiting = watched(ref.send({ type: 'add', n: 3 }, { whenFull: 'wait' }));
    await lab.settle();
    expect(await Promise.all(lost)).toEqual(['STORE_WRITE_FAILED', 'STORE_WRITE_FAILED']);
    expect(waiting.value).toEqual({ position: 2, duplicate: false });
    await lab.advance(DOWN_MS);
    expect((await ref.snapshot()).context.seen).toEqual([3]);
    await system.stop();
  });

  test('lets no more wait than a bound', async () => {
    const lab = new Lab();
    const system = await openDown(lab, 1);
    const ref = system.ref('/counter');
    const tell = { type: 'tell', word: 'hello' } as const;
    void ref.send(tell);
    for (let n = 0; n < 10_000; n += 1) void ref.send(tell, { whenFull: 'wait' });
    expect(await codeOf(ref.send(tell, { whenFull: 'wait' }))).toBe('ACTOR_MAILBOX_FULL');
    await lab.advance(DOWN_MS);
    expect(await all(ref.emitted({ from: 0, follow: false }))).toHaveLength(10_001);
    await system.stop();
  });
});
