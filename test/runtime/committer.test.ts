/** One batch in flight, one behind it: seen from outside, with a store that is as slow as a test wants. */
import { assign, emit, fromPromise, log, sendTo, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { actor, type Ask, at, reply, step, supervisor } from '../../src/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { FailingStore } from '../faults/failing-store.ts';
import { Lab, watched } from './lab.ts';
import { counter } from './machines.ts';

const tree = supervisor('app', { backoff: false, children: [actor('counter', counter)] });

/** Keys of the rows of one kind. */
async function keysIn(store: Store, kind: string): Promise<string[]> {
  const opened = await store.open({ storeId: 'reader', lockWaitMs: 0 });
  const found: string[] = [];
  for await (const rows of opened.scan({ gte: `${kind}!`, lt: `${kind}"` }))
    found.push(...rows.map(([key]) => key));
  await opened.close();
  return found;
}

describe('a batch in flight', () => {
  test('is the only one: what comes meanwhile waits behind it', async () => {
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const system = await lab.open(tree);
    const held = store.hold('landed');
    const first = watched(system.ref('/counter').send({ type: 'add', n: 1 }));
    await held.reached;
    const { writes } = store;
    const second = watched(system.ref('/counter').send({ type: 'add', n: 2 }));
    await lab.settle();
    expect([store.writes, first.isSettled, second.isSettled]).toEqual([writes, false, false]);
    held.go();
    await lab.settle();
    expect([first.value?.position, second.value?.position]).toEqual([1, 2]);
    await lab.stop(system);
  });

  test('shows readers its own state when it landed, and not that of the turns behind it', async () => {
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const system = await lab.open(tree);
    const ref = system.ref('/counter');
    const [first, second] = [store.hold('landed'), store.hold('landed')];
    void ref.send({ type: 'add', n: 1 });
    await first.reached;
    void ref.send({ type: 'add', n: 10 });
    await lab.settle();
    first.go();
    await second.reached;
    expect((await ref.snapshot()).context.total).toBe(1);
    second.go();
    await lab.settle();
    expect((await ref.snapshot()).context.total).toBe(11);
    await lab.stop(system);
  });

  test('lets nothing out before it landed', async () => {
    const out: string[] = [];
    const tell = (what: string) => (): void => void out.push(what);
    const talker = setup({
      types: {
        events: {} as Ask<{ type: 'go' }, number>,
        emitted: {} as { type: 'went' },
      },
      actors: {
        work: step(async () => tell('step')()),
        promised: fromPromise(async () => tell('promise')()),
      },
      actions: { named: tell('named action') },
    }).createMachine({
      id: 'talker',
      initial: 'idle',
      states: {
        idle: {
          on: {
            go: {
              target: 'gone',
              actions: [
                'named',
                tell('inline action'),
                emit({ type: 'went' }),
                log('log line'),
                sendTo(at('/nobody'), { type: 'hey' }),
                reply(() => 1),
              ],
            },
          },
        },
        gone: { invoke: [{ src: 'work' }, { src: 'promised' }] },
      },
    });
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const system = await lab.open(supervisor('app', { children: [actor('talker', talker)] }));
    const ref = system.ref('/talker');
    ref.on('went', tell('emission'));
    system.events.on('message.dead', tell('event'));
    void ref.waitFor((snapshot) => snapshot.matches('gone')).then(tell('snapshot'));
    const held = store.hold('landed');
    void ref.ask({ type: 'go' }).then(tell('answer'));
    await held.reached;
    await lab.settle();
    const logged = (): boolean => lab.logs.some(({ message }) => message === 'log');
    expect([out, logged()]).toEqual([[], false]);
    held.go();
    await lab.settle();
    expect([out.sort(), logged()]).toEqual([
      [
        'answer',
        'emission',
        'event',
        'inline action',
        'named action',
        'promise',
        'snapshot',
        'step',
      ],
      true,
    ]);
    await lab.stop(system);
  });

  test('lets out what it holds in the order of its turns', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const totals: number[] = [];
    system.ref('/counter').on('added', ({ total }) => totals.push(total));
    for (const n of [1, 2, 3]) void system.ref('/counter').send({ type: 'add', n });
    await lab.settle();
    expect(totals).toEqual([1, 3, 6]);
    await lab.stop(system);
  });

  test('gives no receipt before it landed', async () => {
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const system = await lab.open(tree);
    const held = store.hold('landed');
    const sent = watched(system.ref('/counter').send({ type: 'add', n: 1 }));
    const applied = watched(
      system.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' }),
    );
    await held.reached;
    await lab.settle();
    expect([sent.isSettled, applied.isSettled]).toEqual([false, false]);
    held.go();
    await lab.settle();
    expect([sent.value?.position, applied.value?.position]).toEqual([1, 2]);
    await lab.stop(system);
  });

  test('is known to whoever asks for what it holds: a key in it is not accepted again', async () => {
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const system = await lab.open(tree);
    const held = store.hold('landed');
    const first = system.ref('/counter').send({ type: 'add', n: 1 }, { key: 'k' });
    await held.reached;
    const again = system.ref('/counter').send({ type: 'add', n: 1 }, { key: 'k' });
    held.go();
    expect([(await first).duplicate, (await again).duplicate]).toEqual([false, true]);
    await lab.stop(system);
  });

  test('lets turns run ahead of it up to a bound, and no further', async () => {
    let turns = 0;
    const busy = setup({}).createMachine({
      id: 'busy',
      on: {
        go: {
          actions: assign(() => {
            turns += 1;
            return {};
          }),
        },
      },
    });
    const store = new FailingStore(memoryStore());
    const lab = new Lab(store);
    const system = await lab.open(supervisor('app', { children: [actor('busy', busy)] }));
    const held = store.hold('landed');
    void system.ref('/busy').send({ type: 'go' });
    await held.reached;
    turns = 0;
    const count = limits.batchTurnsMax + 1_000;
    for (let n = 0; n < count; n += 1) void system.ref('/busy').send({ type: 'go' });
    await lab.settle();
    expect(turns).toBe(limits.batchTurnsMax);
    held.go();
    await lab.settle();
    expect(turns).toBe(count);
    await lab.stop(system);
  });
});

describe('a write', () => {
  test('is synced, with turns in it or without, where that was asked for', async () => {
    const synced: boolean[] = [];
    const inner = memoryStore();
    const noting: Store = {
      location: inner.location,
      open: async (options) => {
        const opened = await inner.open(options);
        return new Proxy(opened, {
          get: (target, name) => {
            if (name !== 'batch') {
              const value: unknown = Reflect.get(target, name, target);
              return typeof value === 'function' ? value.bind(target) : value;
            }
            return () => {
              const batch = target.batch();
              const write: typeof batch.write = async (about) => {
                synced.push(about.sync);
                return await batch.write(about);
              };
              return { ...batch, write };
            };
          },
        });
      },
    };
    const lab = new Lab(noting);
    const system = await lab.open(tree);
    await system.pause('/counter');
    await system.ref('/counter').send({ type: 'add', n: 1 });
    await system.resume('/counter');
    await lab.settle();
    expect(new Set(synced)).toEqual(new Set([true]));
    await lab.stop(system);
  });
});

describe('the rows of a mailbox', () => {
  test.each([
    ['nothing', []],
    ['more', [4, 5]],
  ])('are gone when their messages were handled, and %s came behind them', async (_, later) => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.pause('/counter');
    for (const n of [1, 2, 3]) await system.ref('/counter').send({ type: 'add', n });
    await lab.kill();
    expect(await keysIn(lab.store, 'm')).toHaveLength(3);
    const next = await lab.open(tree);
    for (const n of later) await next.ref('/counter').send({ type: 'add', n });
    await next.resume('/counter');
    await lab.settle();
    expect((await next.ref('/counter').snapshot()).context.seen).toEqual([1, 2, 3, ...later]);
    await lab.kill();
    expect(await keysIn(lab.store, 'm')).toEqual([]);
  });

  test('that were read are followed by what arrives after that', async () => {
    const backoff = { minMs: 1_000, maxMs: 1_000, jitter: 'none' } as const;
    const children = [actor('counter', counter, { attemptsMax: 1 })];
    const root = supervisor('app', { backoff, children });
    const lab = new Lab();
    const first = await lab.open(root);
    await first.pause('/counter');
    await first.ref('/counter').send({ type: 'fail' });
    for (const n of [1, 2]) await first.ref('/counter').send({ type: 'add', n });
    await lab.kill();
    const second = await lab.open(root);
    await second.resume('/counter');
    await lab.settle();
    // it has read all three, and waits for its restart
    for (const n of [3, 4]) await second.ref('/counter').send({ type: 'add', n });
    await lab.advance(1_000);
    expect((await second.ref('/counter').snapshot()).context.seen).toEqual([1, 2, 3, 4]);
    await lab.stop(second);
  });

  test('hold what came while their actor waited for its restart', async () => {
    const backoff = { minMs: 1_000, maxMs: 1_000, jitter: 'none' } as const;
    const children = [actor('counter', counter, { attemptsMax: 1 })];
    const root = supervisor('app', { backoff, children });
    const lab = new Lab();
    const first = await lab.open(root);
    await first.ref('/counter').send({ type: 'fail' });
    await lab.settle();
    await first.ref('/counter').send({ type: 'add', n: 1 });
    await lab.kill();
    const second = await lab.open(root);
    await lab.advance(1_000);
    expect((await second.ref('/counter').snapshot()).context.seen).toEqual([1]);
    await lab.stop(second);
  });

  test('that fill several pages are handled in order, and so is what comes behind them', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    const numbers = Array.from({ length: limits.mailboxPage * 2 + 5 }, (_, n) => n);
    const send = (system: typeof first, n: number) =>
      system.ref('/counter').send({ type: 'add', n });
    await first.pause('/counter');
    await Promise.all(numbers.map((n) => send(first, n)));
    await lab.kill();
    const second = await lab.open(tree);
    await send(second, -1);
    await second.resume('/counter');
    await lab.settle();
    const { seen } = (await second.ref('/counter').snapshot()).context;
    expect(seen).toEqual([...numbers, -1]);
    await lab.stop(second);
  });

  test('are not handled again after turns that changed nothing', async () => {
    const deaf = setup({
      types: { context: {} as { heard: number }, events: {} as { type: 'hear' | 'nothing' } },
    }).createMachine({
      id: 'deaf',
      context: { heard: 0 },
      on: { hear: { actions: assign({ heard: ({ context }) => context.heard + 1 }) } },
    });
    const root = supervisor('app', { children: [actor('deaf', deaf)] });
    const lab = new Lab();
    const first = await lab.open(root);
    await first.ref('/deaf').send({ type: 'hear' });
    for (const type of ['nothing', 'nothing', 'nothing'] as const)
      await first.ref('/deaf').send({ type });
    await lab.settle();
    await lab.kill();
    const second = await lab.open(root);
    expect(await second.ref('/deaf').send({ type: 'hear' })).toMatchObject({ position: 5 });
    await lab.settle();
    expect((await second.ref('/deaf').snapshot()).context.heard).toBe(2);
    await lab.stop(second);
  });
});
