/** Links while something else is under way: a turn, a start, a stop, the end of the other side. */
import { assign, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, at, exit, link, supervisor } from '../../src/index.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { exitsIn, guardian, heardBy, quick, tell } from './bond-lab.ts';
import { codeOf, deferred, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

describe('a link', () => {
  test('crosses supervisors: each side ends, and is restarted, as its own supervisor says', async () => {
    const group = (id: string, restart: 'permanent' | 'transient') =>
      supervisor(id, {
        ...quick,
        strategy: 'one_for_one',
        children: [actor('x', guardian, { restart }), actor('calm', counter)],
      });
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', { ...quick, children: [group('l', 'permanent'), group('r', 'transient')] }),
    );
    const events = eventsOf(system);
    await tell(system, lab, { type: 'link', address: '/r/x' }, '/l/x');
    void system.kill('/l/x');
    await lab.settle();
    expect(exitsIn(events)).toEqual(['/l/x killed', '/r/x killed']);
    expect(
      events
        .flatMap((event) =>
          event.type === 'supervisor.decided'
            ? [`${event.address} ${event.child} ${event.decision}`]
            : [],
        )
        .toSorted(),
    ).toEqual(['/l x restart', '/r x restart']);
    await lab.stop(system);
  });

  for (const [kind, hurt, toParent] of [
    ['killed', (system: System) => system.kill('/a'), expect.stringContaining('killed')],
    [
      'shutdown',
      (system: System) => system.ref('/a', counter).send({ type: 'leave', reason: 'shutdown' }),
      'done',
    ],
  ] as const) {
    test(`ends a spawned child with ${kind} as an end of its own would: its parent is told`, async () => {
      const parent = setup({
        types: { context: {} as { told: readonly string[] } },
        actors: { kid: guardian },
      }).createMachine({
        id: 'parent',
        context: { told: [] },
        invoke: {
          src: 'kid',
          id: 'kid',
          onError: { actions: assign({ told: ({ event }) => [String(event.error)] }) },
          onDone: { actions: assign({ told: ['done'] }) },
        },
      });
      const lab = new Lab();
      const system = await lab.open(
        supervisor('app', {
          ...quick,
          children: [actor('parent', parent), actor('a', counter), actor('watcher', guardian)],
        }),
      );
      await tell(system, lab, { type: 'watch', address: '/parent/kid' });
      await tell(system, lab, { type: 'link', address: '/a' }, '/parent/kid');
      await system.ref('/a', counter).send({ type: 'finish' });
      await lab.settle();
      expect(await heardBy(system)).toEqual([]);
      await tell(system, lab, { type: 'link', address: '/a' }, '/parent/kid');
      void hurt(system);
      await lab.settle();
      const { told } = (await system.ref('/parent', parent).snapshot()).context;
      expect([told, await heardBy(system)]).toEqual([[toParent], [`/parent/kid ${kind}`]]);
      await lab.stop(system);
    });
  }

  test('that ends its own asker in a turn lets that turn end first', async () => {
    const hasty = setup({ actors: { kid: counter } }).createMachine({
      id: 'hasty',
      initial: 'calm',
      states: {
        calm: {
          on: {
            go: { target: 'hurt', actions: link(at('/nobody')) },
            finish: { target: 'off', actions: link(at('/nobody')) },
            leave: { actions: [link(at('/nobody')), exit('shutdown')] },
            fail: { actions: [link(at('/nobody')), link(at('/nobody')), link(at('/b'))] },
          },
        },
        hurt: { invoke: { src: 'kid', id: 'kid' } },
        off: { type: 'final' },
      },
    });
    const lab = new Lab();
    for (const [type, kind] of [
      ['go', 'crash'],
      ['finish', 'normal'],
      ['leave', 'shutdown'],
      ['fail', 'crash'],
    ] as const) {
      const system = await lab.open(
        supervisor('app', {
          ...quick,
          children: [
            actor(`hasty-${type}`, hasty, { restart: 'permanent' }),
            actor('b', guardian, { trapExits: true }),
          ],
        }),
      );
      const events = eventsOf(system);
      await system.ref(`/hasty-${type}`).send({ type });
      await lab.settle();
      expect(exitsIn(events)).toEqual([`/hasty-${type} ${kind}`]);
      await lab.stop(system);
    }
  });

  test('to nobody in a first turn is an end after the start', async () => {
    const born = setup({ actors: { kid: counter } }).createMachine({
      id: 'born',
      entry: link(at('/nobody')),
      invoke: { src: 'kid', id: 'kid' },
    });
    const told: string[] = [];
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', { ...quick, children: [actor('born', born, { restart: 'temporary' })] }),
      {
        onEvent: (event) => {
          if ('address' in event && event.address === '/born') told.push(event.type);
        },
      },
    );
    await lab.settle();
    expect(told).toEqual(['actor.started', 'actor.exited']);
    expect(await codeOf(system.ref('/born/kid', counter).snapshot())).toBe('ACTOR_NOT_FOUND');
    await lab.stop(system);
  });

  test('to a child that its own machine stops ends the machine once', async () => {
    const parent = setup({ actors: { kid: counter } }).createMachine({
      id: 'parent',
      initial: 'with',
      states: {
        with: {
          invoke: { src: 'kid', id: 'kid' },
          on: { bind: { actions: link(at('/parent/kid')) }, drop: 'without' },
        },
        without: { invoke: { src: 'kid', id: 'other' } },
      },
    });
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', { ...quick, children: [actor('parent', parent)] }),
    );
    const events = eventsOf(system);
    await system.ref('/parent').send({ type: 'bind' });
    await system.ref('/parent').send({ type: 'drop' });
    await lab.settle();
    expect(exitsIn(events)).toEqual(['/parent shutdown']);
    expect((await system.ref('/parent').snapshot()).value).toBe('without');
    await lab.stop(system);
  });

  test('does nothing to one that is being stopped', async () => {
    const release = deferred();
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        ...quick,
        children: [
          actor('watcher', guardian, { onStop: () => release.promise }),
          actor('a', counter),
        ],
      }),
    );
    const events = eventsOf(system);
    await tell(system, lab, { type: 'link', address: '/a' });
    const stopped = system.supervisor('/').terminateChild('watcher');
    await lab.settle();
    void system.kill('/a');
    await lab.settle();
    release.resolve();
    await stopped;
    expect(exitsIn(events)).toEqual(['/a killed']);
    await lab.stop(system);
  });
});
