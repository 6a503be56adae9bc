/** `snapshot`, `waitFor`, `done` and `on`: what the outside sees of an actor, always after it landed. */
import { describe, expect, test } from 'vitest';
import { actor, pool, supervisor } from '../../src/index.ts';
import { codeOf, Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', {
  backoff: false,
  children: [
    actor('counter', counter, { restart: 'transient' }),
    actor('brief', counter, { restart: 'temporary' }),
    actor('steady', counter),
    pool('pool', counter, { restart: 'transient' }),
  ],
});

describe('snapshot()', () => {
  test('is the last landed one', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const sent = ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    expect((await ref.snapshot()).context.total).toBe(0);
    await sent;
    const snapshot = await ref.snapshot();
    expect(snapshot.context.total).toBe(1);
    expect(snapshot.matches('counting')).toBe(true);
    await system.stop();
  });

  test('is there in the next process before anything happened', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await first.ref('/counter').send({ type: 'add', n: 3 }, { until: 'applied' });
    await lab.kill();
    const second = await lab.open(tree);
    const snapshot = await second.ref('/counter').snapshot();
    expect(snapshot.context.total).toBe(3);
    expect(snapshot.matches('counting')).toBe(true);
    await second.stop();
  });

  test('of an actor that ended is its last one', async () => {
    const system = await new Lab().open(tree);
    const ref = system.ref('/counter');
    await ref.send({ type: 'finish' }, { until: 'applied' });
    expect(await ref.snapshot()).toMatchObject({ status: 'done', output: 0 });
    await system.stop();
  });

  test('cannot be changed by who gets it', async () => {
    const system = await new Lab().open(tree);
    const { context } = await system.ref('/counter').snapshot();
    expect(() => Object.assign(context, { total: 9 })).toThrow(TypeError);
    await system.stop();
  });

  test('of nobody is refused', async () => {
    const system = await new Lab().open(tree);
    expect(await codeOf(system.ref('/nobody', counter).snapshot())).toBe('ACTOR_NOT_FOUND');
    await system.stop();
    expect(await codeOf(system.ref('/counter').snapshot())).toBe('SYSTEM_STOPPING');
  });
});

describe('waitFor()', () => {
  test('resolves at once if the present snapshot is the one', async () => {
    const system = await new Lab().open(tree);
    const snapshot = await system.ref('/counter').waitFor(({ context }) => context.total === 0);
    expect(snapshot.value).toBe('counting');
    await system.stop();
  });

  test('resolves with the first landed snapshot that fits', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const waiting = watched(ref.waitFor(({ context }) => context.total >= 2));
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    expect(waiting.isSettled).toBe(false);
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.settle();
    expect(waiting.value?.context.total).toBe(2);
    await system.stop();
  });

  test('fails after its time, when it is aborted, when the actor ends, when the system stops', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const never = (): boolean => false;
    const abort = new AbortController();
    const late = watched(ref.waitFor(never, { timeoutMs: 100 }));
    const aborted = watched(ref.waitFor(never, abort));
    const ended = watched(ref.waitFor(never));
    const stopped = watched(system.ref('/steady').waitFor(never));
    await lab.advance(100);
    expect(late.error).toMatchObject({ code: 'WAIT_TIMEOUT', facts: { timeoutMs: 100 } });
    abort.abort(new Error('enough'));
    await lab.settle();
    expect(aborted.error).toMatchObject({ code: 'SEND_ABORTED', cause: { message: 'enough' } });
    await ref.send({ type: 'finish' }, { until: 'applied' });
    await lab.settle();
    expect(ended.error).toMatchObject({ code: 'WAIT_ENDED', facts: { status: 'done' } });
    expect(await codeOf(ref.waitFor(never))).toBe('WAIT_ENDED');
    await system.stop();
    await lab.settle();
    expect(stopped.error).toMatchObject({ code: 'SYSTEM_STOPPING' });
  });

  test('rejects with what its predicate throws, and harms nobody else', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const broken = watched(
      ref.waitFor(({ context }) => {
        if (context.total > 0) throw new Error('in the predicate');
        return false;
      }),
    );
    const sound = watched(ref.waitFor(({ context }) => context.total > 0));
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.settle();
    expect(broken.error).toMatchObject({ message: 'in the predicate' });
    expect(sound.value?.context.total).toBe(1);
    await system.stop();
  });

  test('goes on over a restart of the actor', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const waiting = watched(ref.waitFor(({ context }) => context.total === 1));
    await ref.send({ type: 'fail' });
    await lab.settle();
    await ref.send({ type: 'add', n: 1 });
    await lab.settle();
    expect(waiting.value?.context.total).toBe(1);
    await system.stop();
  });
});

describe('done()', () => {
  test('resolves with the output', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const done = watched(ref.done());
    await ref.send({ type: 'add', n: 5 });
    await ref.send({ type: 'finish' });
    await lab.settle();
    expect(done.value).toBe(5);
    expect(await ref.done()).toBe(5);
    await lab.kill();
    const second = await lab.open(tree);
    expect(await second.ref('/counter').done()).toBe(5);
    await second.stop();
  });

  test('resolves with the output of one that is forgotten when it is done', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const instance = await system.pool('/pool').startChild('1');
    const done = [watched(system.ref('/brief').done()), watched(instance.done())];
    for (const ref of [system.ref('/brief'), instance]) {
      void ref.send({ type: 'add', n: 5 });
      void ref.send({ type: 'finish' });
    }
    await lab.settle();
    expect(done.map(({ value }) => value)).toEqual([5, 5]);
    await system.stop();
  });

  test('rejects when the actor ends without being done', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const refs = [system.ref('/brief'), system.ref('/counter')] as const;
    const done = refs.map((ref) => watched(ref.done()));
    await refs[0].send({ type: 'fail' });
    await refs[1].send({ type: 'leave', reason: 'shutdown' });
    await lab.settle();
    expect(done.map(({ error }) => (error as { code?: string }).code)).toEqual([
      'ACTOR_EXITED',
      'ACTOR_EXITED',
    ]);
    expect(await codeOf(refs[1].done())).toBe('ACTOR_EXITED');
    await system.stop();
  });
});

describe('on()', () => {
  test('hears emitted events by type, after they landed, until it is disposed', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const heard: unknown[] = [];
    const added = ref.on('added', (event) => heard.push(event.total));
    const everything = ref.on('*', (event) => heard.push(event.type));
    await ref.send({ type: 'add', n: 1 });
    await ref.send({ type: 'tell', word: 'hello' });
    await lab.settle();
    expect(heard).toEqual([1, 'added', 'told']);
    added[Symbol.dispose]();
    everything[Symbol.dispose]();
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    expect(heard).toHaveLength(3);
    await system.stop();
  });

  test('hears nothing of a turn that did not land', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const heard: unknown[] = [];
    system.ref('/counter').on('*', (event) => heard.push(event));
    void system.ref('/counter').send({ type: 'add', n: 1 });
    await lab.kill();
    await lab.settle();
    expect(heard).toEqual([]);
  });

  test('survives a throw in a listener: it is logged, others hear, the actor goes on', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const heard: unknown[] = [];
    ref.on('added', () => {
      throw new Error('in a listener');
    });
    const rejects = (): Promise<void> => Promise.reject(new Error('in an async listener'));
    ref.on('added', rejects as () => void);
    ref.on('added', (event) => heard.push(event.total));
    system.events.on('*', () => {
      throw new Error('in a listener of the system');
    });
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    await ref.send({ type: 'fail' });
    await ref.send({ type: 'add', n: 1 }, { until: 'applied' });
    await lab.settle();
    expect(heard).toEqual([1, 2]);
    expect(lab.warnings()).toContain('a listener threw');
    expect(lab.warnings()).toContain('a listener rejected');
    await system.stop();
  });
});
