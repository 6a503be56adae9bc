/** What the simulation found, each as the shortest story that shows it. */
import { describe, expect, it } from 'vitest';
import { assign, enqueueActions, fromPromise, sendTo, setup, spawnChild } from 'xstate';
import { type Ask, actor, type Ref, reply, supervisor } from '../../src/index.ts';
import type { AnyRoot, System } from '../../src/runtime/system-types.ts';
import { noFate, type WriteEnd } from '../../src/testing/fate.ts';
import { Simulation } from '../../src/testing/simulation.ts';
import { strayRejections } from '../support/stray-rejections.ts';
import { openTestSystem } from '../support/test-system.ts';
import { codeOf } from './lab.ts';

const helper = setup({}).createMachine({ id: 'helper', on: { work: {} } } as never);

describe('a turn that makes a child and ends its own actor', () => {
  const parent = setup({ actors: { helper } }).createMachine({
    id: 'parent',
    initial: 'up',
    states: {
      up: {
        on: {
          go: {
            target: 'over',
            actions: enqueueActions(({ enqueue }) => {
              enqueue.spawnChild('helper', { id: 'kid' });
              enqueue(sendTo('kid', { type: 'work', n: 1 } as never));
            }),
          },
        },
      },
      over: { type: 'final' },
    },
  });

  it('leaves what it sent to the child among the dead letters', async () => {
    const test = await openTestSystem(parent);

    await test.send('/m', { type: 'go' });

    const letters: unknown[] = [];
    for await (const { address, reason, event } of test.system.deadLetters.list())
      letters.push({ address, reason, event });
    expect(letters).toEqual([
      { address: '/m/kid', reason: 'not_found', event: { type: 'work', n: 1 } },
    ]);
    await test.stop();
  });
});

const worker = setup({
  types: {
    context: {} as { readonly done: number },
    events: {} as
      | { type: 'work' }
      | { type: 'fail' }
      | { type: 'finish' }
      | Ask<{ type: 'total' }, number>
      | Ask<{ type: 'riddle' }, number>,
  },
  actions: {
    fail: assign(() => {
      throw new Error('failed on purpose');
    }),
  },
}).createMachine({
  id: 'worker',
  context: { done: 0 },
  initial: 'up',
  states: {
    up: {
      on: {
        work: { actions: assign({ done: ({ context }) => context.done + 1 }) },
        fail: { actions: 'fail' },
        riddle: { actions: 'fail' },
        total: { actions: reply(({ context }) => context.done) },
        finish: 'over',
      },
    },
    over: { type: 'final' },
  },
});

function treeOf(intensity: number) {
  return supervisor('app', {
    intensity,
    backoff: false,
    children: [actor('m', worker, { attemptsMax: 1, restart: 'transient' })],
  });
}

/** A simulated world whose writes end as `writes` says, and how to begin its next process. */
function worldOf(writes: () => WriteEnd = () => 'lands', intensity = 100) {
  const simulation = new Simulation({
    seed: 1,
    root: () => treeOf(intensity),
    fate: { ...noFate, writes },
  });
  return {
    simulation,
    begin: () => nextProcess(simulation),
    settled: () => simulation.world.settled(),
  };
}

async function nextProcess<R extends AnyRoot>(simulation: Simulation<R>): Promise<System<R>> {
  const started = simulation.start();
  await simulation.world.settled();
  const start = await started;
  if (start.how !== 'up') throw new Error(`the process ${start.how}`);
  return start.system;
}

describe('a call that is repeated under its key', () => {
  type Caller = (ref: Ref<typeof worker>) => Promise<unknown>;
  const callers: [string, Caller][] = [
    ['send', (ref) => ref.send({ type: 'fail' }, { key: 'k', until: 'applied' })],
    ['ask', (ref) => ref.ask({ type: 'riddle' }, { key: 'k' })],
  ];

  it.each(callers)(
    'is not told that its message was parked before that has landed: %s',
    async (_name, call) => {
      const plan: { end: () => WriteEnd } = { end: () => 'lands' };
      const { begin, settled } = worldOf(() => plan.end());
      const system = await begin();
      const ref = system.ref('/m');
      await system.pause('/m');
      void call(ref);
      await settled();
      const heard: string[] = [];
      plan.end = () => {
        // its batch holds the parking, and the process dies with it
        void codeOf(call(ref)).then((code) => heard.push(code));
        return 'dies before';
      };
      void system.resume('/m');
      await settled();

      expect(heard).toEqual([]);
    },
  );

  it('is not told that its message was applied when its actor ended before it came to it', async () => {
    const { begin, settled } = worldOf();
    const system = await begin();
    await system.pause('/m');
    await system.ref('/m').send({ type: 'finish' });
    await system.ref('/m').send({ type: 'work' }, { key: 'k' });
    await system.resume('/m');
    await settled();

    const again = system.ref('/m').send({ type: 'work' }, { key: 'k', until: 'applied' });
    await expect(again).rejects.toMatchObject({
      code: 'ACTOR_NOT_RUNNING',
      facts: { status: 'ended' },
    });
    const asked = system.ref('/m').ask({ type: 'work' } as never, { key: 'k' } as never);
    expect(await codeOf(asked)).toBe('ASK_TARGET_ENDED');
  });

  it('harms nobody if what is remembered of the key is damaged when its message is parked', async () => {
    const { simulation, begin, settled } = worldOf();
    const first = await begin();
    await first.pause('/m');
    await first.ref('/m').send({ type: 'fail' }, { key: 'k' });
    simulation.kill();
    const [key] = simulation.medium.rows.keysIn('r!', 'r"');
    simulation.medium.damage(key as string, 9);
    const second = await begin();
    await second.resume('/m');
    await settled();

    expect(second.health()).toMatchObject({ status: 'running', deadLetters: 1 });
    await second.ref('/m').send({ type: 'work' }, { until: 'applied' });
    expect((await second.ref('/m').snapshot()).context.done).toBe(1);
  });

  it('harms nobody if what is remembered of the key is damaged when its question is answered', async () => {
    const { simulation, begin, settled } = worldOf();
    const first = await begin();
    await first.pause('/m');
    void first.ref('/m').ask({ type: 'total' }, { key: 'k' });
    await settled();
    simulation.kill();
    const [key] = simulation.medium.rows.keysIn('r!', 'r"');
    simulation.medium.damage(key as string, 9);
    const second = await begin();
    await second.resume('/m');
    await settled();

    expect(second.health()).toMatchObject({ status: 'running', deadLetters: 0 });
    expect(await second.ref('/m').ask({ type: 'total' })).toBe(0);
  });
});

describe('an actor that had been stopped, whose row was damaged when its supervisor began anew', () => {
  it('goes on once the row is put back', async () => {
    const { simulation, begin, settled } = worldOf(undefined, 0);
    const first = await begin();
    await first.ref('/m').send({ type: 'work' }, { until: 'applied' });
    // more than its supervisor lets through: everything ends
    void first.ref('/m').send({ type: 'fail' });
    await settled();
    simulation.kill();
    const births = simulation.medium.rows.keysIn('b!', 'b"');
    simulation.medium.damage(births.at(-1) as string, 9);
    const second = await begin();
    expect(await codeOf(second.ref('/m').send({ type: 'work' }))).toBe('ACTOR_QUARANTINED');
    simulation.kill();
    simulation.medium.repair();

    const third = await begin();
    await third.ref('/m').send({ type: 'work' }, { until: 'applied' });
    expect((await third.ref('/m').snapshot()).context.done).toBe(2);
  });
});

describe('an actor that was resumed while the row of its address was damaged', () => {
  it('is not paused again once the row is put back', async () => {
    const { simulation, begin, settled } = worldOf(undefined, 0);
    const first = await begin();
    await first.ref('/m').send({ type: 'work' }, { until: 'applied' });
    await first.pause('/m');
    simulation.kill();
    simulation.medium.damage('a!/m', 9);
    const second = await begin();
    expect(second.health()).toMatchObject({ paused: ['/m'] });
    await second.resume('/m');
    simulation.kill();
    simulation.medium.repair();

    const third = await begin();
    expect(third.health().paused).toEqual([]);
    void third.ref('/m').send({ type: 'work' });
    await settled();
    expect((await third.ref('/m').snapshot()).context.done).toBe(2);
  });
});

describe('a temporary actor whose birth cannot be read, and which is taken away with its group', () => {
  it('leaves the mail that waited for it among the dead letters', async () => {
    const children = [
      actor('m', worker, { attemptsMax: 1 }),
      actor('t', worker, { restart: 'temporary' }),
    ] as const;
    const tree = supervisor('app', { strategy: 'one_for_all', backoff: false, children });
    const simulation = new Simulation({
      seed: 1,
      root: () => tree,
      fate: { ...noFate, writes: () => 'lands' },
    });
    const first = await nextProcess(simulation);
    await first.pause('/t');
    void first.ref('/t').send({ type: 'work' });
    void first.ref('/t').send({ type: 'finish' });
    await simulation.world.settled();
    simulation.kill();
    const births = simulation.medium.rows.keysIn('b!', 'b"');
    simulation.medium.damage(births.at(-1) as string, 9);
    const second = await nextProcess(simulation);
    expect(await codeOf(second.ref('/t').send({ type: 'work' }))).toBe('ACTOR_QUARANTINED');
    void second.ref('/m').send({ type: 'fail' });
    await simulation.world.settled();

    const letters: unknown[] = [];
    const listed = (async () => {
      for await (const { address, reason, event } of second.deadLetters.list())
        if (address === '/t') letters.push([reason, event.type]);
    })();
    await simulation.world.settled();
    await listed;
    expect(letters).toEqual([
      ['ended', 'work'],
      ['ended', 'finish'],
    ]);
    expect(simulation.medium.rows.keysIn('m!', 'm"')).toEqual([]);
  });
});

describe('a stop in a batch of which nobody heard that it landed', () => {
  const note = fromPromise(() => Promise.resolve(1));
  const parent = setup({ actors: { note } }).createMachine({
    id: 'parent',
    // what has ended is known to the snapshot still, and to nobody else
    entry: spawnChild('note', { id: 'note' }),
  });
  const tree = supervisor('app', {
    strategy: 'one_for_all',
    backoff: false,
    children: [
      actor('parent', parent, { onStop: () => undefined }),
      actor('m', worker, { attemptsMax: 1 }),
    ],
  });

  it('reads nothing from the store that was closed', async () => {
    const strays = strayRejections();
    const plan: { end: WriteEnd } = { end: 'lands' };
    const simulation = new Simulation({
      seed: 1,
      root: () => tree,
      fate: { ...noFate, writes: () => plan.end },
      onEvent: ({ type }) => {
        if (type === 'store.failed') plan.end = 'lands';
      },
    });
    const system = await nextProcess(simulation);
    await system.pause('/m');
    await system.ref('/m').send({ type: 'fail' });
    plan.end = 'lands unheard';
    void system.resume('/m');
    await simulation.world.settled();

    expect(await strays.seen()).toEqual([]);
    expect(system.health()).toMatchObject({ status: 'running', deadLetters: 1 });
  });
});
