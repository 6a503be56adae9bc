/** Watches and links: who hears of whose end, and what becomes of them when the process dies. */
import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import {
  actor,
  at,
  type DownEvent,
  type ExitEvent,
  link,
  pool,
  supervisor,
  unlink,
  unwatch,
  watch,
} from '../../src/index.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

type Order = { type: 'watch' | 'unwatch' | 'link' | 'unlink'; address: string };

/** Does what it is told, and keeps what it hears. */
const guardian = setup({
  types: {
    context: {} as { heard: readonly string[] },
    events: {} as Order | { type: 'fail' | 'finish' | 'begin' } | DownEvent | ExitEvent,
  },
}).createMachine({
  id: 'guardian',
  context: { heard: [] },
  initial: 'on',
  states: {
    on: {
      on: {
        watch: { actions: watch(({ event }) => at(event.address)) },
        unwatch: { actions: unwatch(({ event }) => at(event.address)) },
        link: { actions: link(({ event }) => at(event.address)) },
        unlink: { actions: unlink(({ event }) => at(event.address)) },
        fail: {
          actions: assign(() => {
            throw new Error('failed on purpose');
          }),
        },
        finish: 'off',
        'perdure.down': {
          actions: assign({
            heard: ({ context, event }) => [
              ...context.heard,
              `down ${event.address} ${event.reason.kind}`,
            ],
          }),
        },
        'perdure.exit': {
          actions: assign({
            heard: ({ context, event }) => [
              ...context.heard,
              `exit ${event.address} ${event.reason.kind}`,
            ],
          }),
        },
      },
    },
    off: { type: 'final' },
  },
});

const tree = supervisor('app', {
  backoff: false,
  intensity: 100,
  attemptsMax: 1,
  children: [
    actor('watcher', guardian),
    actor('trapper', guardian, { trapExits: true }),
    actor('a', counter),
    actor('b', counter, { restart: 'transient' }),
    actor('c', guardian, { restart: 'transient' }),
    pool('p', counter),
  ],
});

async function heardBy(system: System, address = '/watcher'): Promise<readonly string[]> {
  return (await system.ref(address, guardian).snapshot()).context.heard;
}

async function tell(system: System, lab: Lab, address: string, order: Order): Promise<void> {
  await system.ref(address, guardian).send(order, { until: 'applied' });
  await lab.settle();
}

const WAYS: Record<string, (system: System) => unknown> = {
  crash: (system) => system.ref('/a', counter).send({ type: 'fail' }),
  normal: (system) => system.ref('/a', counter).send({ type: 'finish' }),
  shutdown: (system) => system.ref('/a', counter).send({ type: 'leave', reason: 'shutdown' }),
  killed: (system) => system.kill('/a'),
};

describe('a watch', () => {
  for (const [kind, hurt] of Object.entries(WAYS)) {
    test(`gives one notice when the other ends with ${kind}, and no second one`, async () => {
      const lab = new Lab();
      const system = await lab.open(tree);
      await tell(system, lab, '/watcher', { type: 'watch', address: '/a' });
      void hurt(system);
      await lab.settle();
      void hurt(system);
      await lab.settle();
      expect(await heardBy(system)).toEqual([`down /a ${kind}`]);
      await lab.stop(system);
    });
  }

  test('gives its notice at once for one that never existed, or does not run', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.supervisor('/').terminateChild('b');
    await tell(system, lab, '/watcher', { type: 'watch', address: '/nobody' });
    await tell(system, lab, '/watcher', { type: 'watch', address: '/b' });
    expect(await heardBy(system)).toEqual(['down /nobody noproc', 'down /b noproc']);
    await lab.stop(system);
  });

  test('is heard of when the other is stopped by its supervisor, or deleted', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.pool('/p', counter).startChild('1');
    await tell(system, lab, '/watcher', { type: 'watch', address: '/a' });
    await tell(system, lab, '/watcher', { type: 'watch', address: '/p/1' });
    await system.supervisor('/').terminateChild('a');
    await system.pool('/p', counter).terminateChild('1');
    await lab.settle();
    expect(await heardBy(system)).toEqual(['down /a shutdown', 'down /p/1 shutdown']);
    await lab.stop(system);
  });

  test('asked for twice gives two notices; taken back, none', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    for (const address of ['/a', '/a', '/b', '/b'])
      await tell(system, lab, '/watcher', { type: 'watch', address });
    await tell(system, lab, '/watcher', { type: 'unwatch', address: '/b' });
    void system.kill('/a');
    void system.kill('/b');
    await lab.settle();
    expect(await heardBy(system)).toEqual(['down /a killed', 'down /a killed']);
    await lab.stop(system);
  });

  test('outlives the process, whose death is no end of anybody', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await tell(first, lab, '/watcher', { type: 'watch', address: '/a' });
    await lab.kill();
    const second = await lab.open(tree);
    await lab.settle();
    const before = await heardBy(second);
    await lab.stop(second);
    const third = await lab.open(tree);
    void third.kill('/a');
    await lab.settle();
    expect([before, await heardBy(third)]).toEqual([[], ['down /a killed']]);
    await lab.stop(third);
  });

  test('is heard of exactly once, wherever the process dies around the end', async () => {
    for (let turns = 0; turns <= 12; turns += 1) {
      const lab = new Lab();
      const first = await lab.open(tree);
      await tell(first, lab, '/watcher', { type: 'watch', address: '/a' });
      void first.ref('/a', counter).send({ type: 'fail' });
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      if (turns > 6) await new Promise((resolve) => setImmediate(resolve));
      await lab.kill();
      const second = await lab.open(tree);
      await lab.settle();
      const heard = await heardBy(second);
      const failed = [];
      for await (const letter of second.deadLetters.list()) failed.push(letter);
      expect(heard).toHaveLength(failed.length);
      await lab.stop(second);
    }
  });

  test('stays with a watcher that is restarted, and goes when it begins a new life', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await tell(system, lab, '/watcher', { type: 'watch', address: '/a' });
    await system.kill('/watcher');
    await lab.settle();
    await tell(system, lab, '/c', { type: 'watch', address: '/a' });
    void system.ref('/c', guardian).send({ type: 'finish' });
    await lab.settle();
    await system.supervisor('/').restartChild('c');
    void system.kill('/a');
    await lab.settle();
    expect([await heardBy(system), await heardBy(system, '/c')]).toEqual([['down /a killed'], []]);
    await lab.stop(system);
  });

  test('on a child that a machine spawned tells how it ended', async () => {
    const parent = setup({
      types: {
        context: {} as { heard: readonly string[] },
        events: {} as DownEvent | { type: 'begin' },
      },
      actors: { child: counter },
    }).createMachine({
      id: 'parent',
      context: { heard: [] },
      invoke: { src: 'child', id: 'kid', onError: {} },
      on: {
        begin: { actions: watch(({ self }) => at(`/${self.id}/kid`)) },
        'perdure.down': {
          actions: assign({ heard: ({ event }) => [`${event.address} ${event.reason.kind}`] }),
        },
      },
    });
    const lab = new Lab();
    const system = await lab.open(supervisor('app', { children: [actor('parent', parent)] }));
    await system.ref('/parent').send({ type: 'begin' });
    await system.ref('/parent/kid', counter).send({ type: 'fail' });
    await lab.settle();
    expect((await system.ref('/parent').snapshot()).context.heard).toEqual(['/parent/kid crash']);
    await lab.stop(system);
  });
});

describe('a link', () => {
  for (const [kind, hurt] of Object.entries(WAYS)) {
    test(`takes the other along with ${kind}, unless that is normal; one that traps exits hears it`, async () => {
      const lab = new Lab();
      const system = await lab.open(tree);
      const events = eventsOf(system);
      await tell(system, lab, '/watcher', { type: 'link', address: '/a' });
      await tell(system, lab, '/trapper', { type: 'link', address: '/a' });
      void hurt(system);
      await lab.settle();
      const ended = events.flatMap((event) =>
        event.type === 'actor.exited' ? [`${event.address} ${event.reason.split(':')[0]}`] : [],
      );
      const both = [`/watcher ${kind}`, `/a ${kind}`];
      expect([ended.toSorted(), await heardBy(system, '/trapper')]).toEqual([
        (kind === 'normal' ? [`/a ${kind}`] : both).toSorted(),
        [`exit /a ${kind}`],
      ]);
      await lab.stop(system);
    });
  }

  test('works both ways, is one however often it is made, and is used up', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await tell(system, lab, '/trapper', { type: 'link', address: '/c' });
    await tell(system, lab, '/c', { type: 'link', address: '/trapper' });
    void system.kill('/c');
    await lab.settle();
    void system.kill('/c');
    await lab.settle();
    expect(await heardBy(system, '/trapper')).toEqual(['exit /c killed']);
    await lab.stop(system);
  });

  test('taken back by either side does nothing', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    await tell(system, lab, '/trapper', { type: 'link', address: '/c' });
    await tell(system, lab, '/c', { type: 'unlink', address: '/trapper' });
    void system.kill('/c');
    await lab.settle();
    expect(await heardBy(system, '/trapper')).toEqual([]);
    await lab.stop(system);
  });

  test('in a ring ends each of them once', async () => {
    const ring = supervisor('app', {
      backoff: false,
      intensity: 100,
      children: ['x', 'y', 'z'].map((id) => actor(id, guardian)),
    });
    const lab = new Lab();
    const system = await lab.open(ring);
    const events = eventsOf(system);
    await tell(system, lab, '/x', { type: 'link', address: '/y' });
    await tell(system, lab, '/y', { type: 'link', address: '/z' });
    await tell(system, lab, '/z', { type: 'link', address: '/x' });
    void system.kill('/y');
    await lab.settle();
    const ended = events.flatMap((event) => (event.type === 'actor.exited' ? [event.address] : []));
    expect(ended.toSorted()).toEqual(['/x', '/y', '/z']);
    await lab.stop(system);
  });

  test('to nobody ends the one that asks for it, or is an event', async () => {
    const lab = new Lab();
    const system = await lab.open(tree);
    const events = eventsOf(system);
    void system.ref('/watcher', guardian).send({ type: 'link', address: '/nobody' });
    await tell(system, lab, '/trapper', { type: 'link', address: '/nobody' });
    expect(await heardBy(system, '/trapper')).toEqual(['exit /nobody noproc']);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'actor.exited',
        address: '/watcher',
        reason: expect.stringContaining('no actor at /nobody'),
      }),
    );
    await lab.stop(system);
  });

  test('outlives the process', async () => {
    const lab = new Lab();
    const first = await lab.open(tree);
    await tell(first, lab, '/trapper', { type: 'link', address: '/a' });
    await lab.kill();
    const second = await lab.open(tree);
    void second.kill('/a');
    await lab.settle();
    expect(await heardBy(second, '/trapper')).toEqual(['exit /a killed']);
    await lab.stop(second);
  });
});
