/** `onStart` and `onStop`: what an actor holds outside, taken and given back in every incarnation. */
import { describe, expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { codeOf, deferred, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

const AT_ONCE = { backoff: false } as const;

describe('onStart', () => {
  test('is called in every incarnation, before its first turn', async () => {
    const calls: object[] = [];
    const child = actor('a', counter, {
      attemptsMax: 1,
      onStart: ({ incarnation, restored, signal }) => {
        calls.push({ incarnation, restored, isAborted: signal.aborted });
      },
    });
    const lab = new Lab();
    const tree = supervisor('app', { ...AT_ONCE, children: [child] });
    const first = await lab.open(tree);
    await first.ref('/a').send({ type: 'fail' });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(tree);
    expect(calls).toEqual([
      { incarnation: 1, restored: false, isAborted: false },
      { incarnation: 2, restored: true, isAborted: false },
      { incarnation: 3, restored: true, isAborted: false },
    ]);
    await lab.stop(second);
  });

  test("may say 'ignore': nothing runs, and the tree is up", async () => {
    const lab = new Lab();
    const child = actor('a', counter, { onStart: () => 'ignore' });
    const tree = supervisor('app', { ...AT_ONCE, children: [child, actor('b', counter)] });
    const system = await lab.open(tree);
    expect(await codeOf(system.ref('/a').send({ type: 'add', n: 1 }))).toBe('ACTOR_NOT_RUNNING');
    expect(await codeOf(system.ref('/b').send({ type: 'add', n: 1 }))).toBe('resolved');
    await lab.stop(system);
  });

  test('that throws fails the first start of a tree; what was started is stopped again', async () => {
    const stopped: string[] = [];
    const lab = new Lab();
    let isBroken = true;
    const tree = supervisor('app', {
      ...AT_ONCE,
      children: [
        actor('a', counter, { onStop: ({ reason }) => void stopped.push(reason) }),
        actor('b', counter, {
          onStart: () => {
            if (isBroken) throw new Error('no database');
          },
        }),
      ],
    });
    const failure = await lab.open(tree).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'SUPERVISOR_START_FAILED',
      facts: { address: '/', child: 'b' },
    });
    expect(String(failure)).toContain('no database');
    expect(stopped).toEqual(['shutdown']);
    isBroken = false;
    const second = await lab.open(tree);
    expect(await codeOf(second.ref('/b').send({ type: 'add', n: 1 }))).toBe('resolved');
    await lab.stop(second);
  });

  test('that throws at the boot of a known tree is a failed restart: the rest is up, it is tried again', async () => {
    const lab = new Lab();
    let isBroken = false;
    const backoff = { minMs: 1_000, maxMs: 1_000, jitter: 'none' } as const;
    const tree = supervisor('app', {
      backoff,
      children: [
        actor('a', counter, {
          onStart: () => {
            if (isBroken) throw new Error('no database');
          },
        }),
        actor('b', counter),
      ],
    });
    const first = await lab.open(tree);
    await first.ref('/a').send({ type: 'add', n: 1 });
    await lab.kill();
    isBroken = true;
    const second = await lab.open(tree);
    expect(await codeOf(second.ref('/b').ask({ type: 'total' }))).toBe('resolved');
    const asked = second.ref('/a').ask({ type: 'total' });
    await lab.settle();
    isBroken = false;
    await lab.advance(1_000);
    expect(await asked).toBe(1);
    await lab.stop(second);
  });

  test('that takes longer than startTimeoutMs has failed, and is told', async () => {
    const lab = new Lab();
    let seen: AbortSignal | undefined;
    const child = actor('a', counter, {
      startTimeoutMs: 500,
      onStart: ({ signal }) => {
        seen = signal;
        return new Promise<void>(() => undefined);
      },
    });
    const opened = codeOf(lab.open(supervisor('app', { ...AT_ONCE, children: [child] })));
    await lab.advance(499);
    expect(seen?.aborted).toBe(false);
    await lab.advance(1);
    expect(seen?.aborted).toBe(true);
    expect(await opened).toBe('SUPERVISOR_START_FAILED');
  });
});

describe('onStop', () => {
  const stops: string[] = [];
  const tree = (onStop: (args: { signal: AbortSignal; reason: string }) => unknown) =>
    supervisor('app', {
      ...AT_ONCE,
      children: [
        actor('a', counter, {
          attemptsMax: 1,
          shutdownMs: 1_000,
          onStop: (args) => {
            stops.push(args.reason);
            return onStop(args) as undefined;
          },
        }),
      ],
    });
  const fresh = (onStop: Parameters<typeof tree>[0]) => {
    stops.length = 0;
    return tree(onStop);
  };

  test('is called when the system stops, and after a crash before the next start', async () => {
    const lab = new Lab();
    const system = await lab.open(fresh(() => undefined));
    await system.ref('/a').send({ type: 'fail' });
    await lab.settle();
    expect(stops).toEqual(['crash: failed on purpose']);
    await lab.stop(system);
    expect(stops).toEqual(['crash: failed on purpose', 'shutdown']);
  });

  test('in reverse order of the starts', async () => {
    const order: string[] = [];
    const lab = new Lab();
    const children = ['a', 'b', 'c'].map((id) =>
      actor(id, counter, {
        onStart: () => void order.push(`+${id}`),
        onStop: () => void order.push(`-${id}`),
      }),
    );
    const system = await lab.open(supervisor('app', { children }));
    await lab.stop(system);
    expect(order).toEqual(['+a', '+b', '+c', '-c', '-b', '-a']);
  });

  test('that throws is logged, and stops nothing', async () => {
    const lab = new Lab();
    const system = await lab.open(
      fresh(() => {
        throw new Error('in onStop');
      }),
    );
    await system.ref('/a').send({ type: 'fail' });
    await system.ref('/a').send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.stop(system);
    expect(await system.closed).toEqual({ reason: 'stopped', exitCode: 0 });
    expect(lab.warnings().filter((message) => message === 'onStop threw')).toHaveLength(2);
  });

  test('that hangs when the system stops is abandoned after shutdownMs', async () => {
    const lab = new Lab();
    const signals: AbortSignal[] = [];
    const system = await lab.open(
      fresh(({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      }),
    );
    let isStopped = false;
    void system.stop().then(() => {
      isStopped = true;
    });
    await lab.advance(999);
    expect([isStopped, signals[0]?.aborted]).toEqual([false, false]);
    await lab.advance(1);
    expect([isStopped, signals[0]?.aborted]).toEqual([true, true]);
  });

  test('that hangs after a crash delays the restart by shutdownMs, not for ever', async () => {
    const lab = new Lab();
    const system = await lab.open(fresh(() => new Promise(() => undefined)));
    const events = eventsOf(system);
    await system.ref('/a').send({ type: 'fail' });
    await lab.advance(999);
    expect(events.map(({ type }) => type)).not.toContain('actor.started');
    await lab.advance(1);
    expect(events.map(({ type }) => type)).toContain('actor.started');
    await lab.stop(system);
  });

  test('is waited for before the next start', async () => {
    const lab = new Lab();
    const gate = deferred();
    const system = await lab.open(fresh(() => gate.promise));
    const events = eventsOf(system);
    await system.ref('/a').send({ type: 'fail' });
    await lab.settle();
    expect(events.filter(({ type }) => type === 'actor.started')).toEqual([]);
    gate.resolve();
    await lab.settle();
    expect(events.filter(({ type }) => type === 'actor.started')).toHaveLength(1);
    await lab.stop(system);
  });

  test('of a system that does not stop in deadlineMs is abandoned', async () => {
    const lab = new Lab();
    const child = actor('a', counter, {
      shutdownMs: 'infinity',
      onStop: () => new Promise<void>(() => undefined),
    });
    const system = await lab.open(supervisor('app', { children: [child] }));
    let isStopped = false;
    void system.stop({ deadlineMs: 2_000 }).then(() => {
      isStopped = true;
    });
    await lab.advance(1_999);
    expect(isStopped).toBe(false);
    await lab.advance(1);
    expect(isStopped).toBe(true);
  });
});
