/** Watches while something else is under way: a turn, a start, a restart, the end of those above. */
import { type AnyActorRef, assign, enqueueActions, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { actor, at, type DownEvent, link, supervisor, watch } from '../../src/index.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { bondsIn, guardian, type Heard, heardBy, noted, quick, tell } from './bond-lab.ts';
import { codeOf, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

describe('a watch', () => {
  test('is asked for in a first turn and in enqueueActions as anywhere else', async () => {
    const born = setup({ types: { context: {} as Heard, events: {} as DownEvent } }).createMachine({
      id: 'born',
      context: { heard: [] },
      entry: [
        watch(at('/a')),
        watch(() => undefined),
        enqueueActions(({ enqueue }) => {
          enqueue(watch(() => at('/b')));
          enqueue(watch(at('/nobody')));
        }),
      ],
      on: { 'perdure.down': { actions: assign({ heard: noted }) } },
    });
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        ...quick,
        children: [actor('a', counter), actor('b', counter), actor('watcher', born)],
      }),
    );
    for (const address of ['/b', '/a']) {
      void system.kill(address);
      await lab.settle();
    }
    expect(await heardBy(system, '/watcher', born)).toEqual([
      '/nobody noproc',
      '/b killed',
      '/a killed',
    ]);
    await lab.stop(system);
  });

  test('of a spawned child by its ref hears when the parent stops it', async () => {
    const parent = setup({
      types: {
        context: {} as Heard & { kid: AnyActorRef | undefined },
        events: {} as DownEvent | { type: 'drop' },
      },
      actors: { kid: counter },
    }).createMachine({
      id: 'parent',
      context: { heard: [], kid: undefined },
      initial: 'with',
      states: {
        with: {
          entry: [
            assign({ kid: ({ spawn }) => spawn('kid', { id: 'spawned' }) }),
            watch(({ context }) => context.kid),
          ],
          invoke: { src: 'kid', id: 'invoked' },
          on: { drop: { target: 'without', actions: watch(at('/parent/invoked')) } },
        },
        without: {},
      },
      on: { 'perdure.down': { actions: assign({ heard: noted }) } },
    });
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', { ...quick, children: [actor('parent', parent)] }),
    );
    await system.ref('/parent').send({ type: 'drop' }, { until: 'applied' });
    await system.ref('/parent/spawned', counter).send({ type: 'finish' });
    await lab.settle();
    expect(await heardBy(system, '/parent', parent)).toEqual([
      '/parent/invoked noproc',
      '/parent/spawned normal',
    ]);
    await lab.stop(system);
  });

  test('of each of a group hears when the group is restarted', async () => {
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        children: [
          actor('watcher', guardian),
          supervisor('group', {
            ...quick,
            strategy: 'one_for_all',
            children: [actor('a', counter), actor('b', counter)],
          }),
        ],
      }),
    );
    await tell(system, lab, { type: 'watch', address: '/group/a' });
    await tell(system, lab, { type: 'watch', address: '/group/b' });
    await system.ref('/group/a', counter).send({ type: 'fail' });
    await lab.settle();
    expect(await heardBy(system)).toEqual(['/group/a crash', '/group/b shutdown']);
    await lab.stop(system);
  });

  test('says why one that is quarantined does not run', async () => {
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        ...quick,
        children: [
          actor('watcher', guardian),
          supervisor('frail', {
            ...quick,
            intensity: 0,
            onExceeded: 'quarantine',
            children: [actor('a', counter)],
          }),
        ],
      }),
    );
    await system.ref('/frail/a', counter).send({ type: 'fail' });
    await lab.settle();
    await tell(system, lab, { type: 'watch', address: '/frail/a' });
    expect(await heardBy(system)).toEqual(['/frail/a quarantined']);
    await lab.stop(system);
  });

  test('of one that waits for its restart counts for the next incarnation', async () => {
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        attemptsMax: 1,
        children: [actor('watcher', guardian), actor('a', counter)],
      }),
    );
    void system.kill('/a');
    await lab.settle();
    await tell(system, lab, { type: 'watch', address: '/a' });
    const early = await heardBy(system);
    await lab.advance(60_000);
    void system.kill('/a');
    await lab.settle();
    expect([early, await heardBy(system)]).toEqual([[], ['/a killed']]);
    await lab.stop(system);
  });

  test('hears of one that never comes up again', async () => {
    let isBroken = false;
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        ...quick,
        children: [
          actor('watcher', guardian),
          supervisor('group', {
            ...quick,
            intensity: 1,
            restart: 'temporary',
            children: [
              actor('a', counter, {
                onStart: () => {
                  if (isBroken) throw new Error('no');
                },
              }),
            ],
          }),
        ],
      }),
    );
    await tell(system, lab, { type: 'watch', address: '/group/a' });
    isBroken = true;
    void system.kill('/group/a');
    // again while it is starting
    await system.ref('/watcher', guardian).send({ type: 'watch', address: '/group/a' });
    await lab.settle();
    await lab.advance(60_000);
    const heard = await heardBy(system);
    expect(heard).toEqual(['/group/a killed', '/group/a shutdown']);
    await lab.stop(system);
    expect(await bondsIn(lab)).toBe(0);
  });

  for (const [how, giveUp] of Object.entries({
    'it is not to come back': (system: System) => system.supervisor('/group').terminateChild('a'),
    'those above it do not come back': (system: System) => system.kill('/group/b'),
  })) {
    test(`hears of one that waits for its restart when ${how}`, async () => {
      const lab = new Lab();
      const system = await lab.open(
        supervisor('app', {
          ...quick,
          children: [
            actor('watcher', guardian),
            supervisor('group', {
              intensity: 1,
              restart: 'transient',
              backoff: { minMs: 10_000, maxMs: 10_000 },
              children: [actor('a', counter), actor('b', counter)],
            }),
          ],
        }),
      );
      void system.kill('/group/a');
      await lab.settle();
      await tell(system, lab, { type: 'watch', address: '/group/a' });
      const early = await heardBy(system);
      void giveUp(system);
      await lab.settle();
      expect([early, await heardBy(system)]).toEqual([[], ['/group/a shutdown']]);
      await lab.stop(system);
      expect(await bondsIn(lab)).toBe(0);
    });
  }

  test('ends with the watcher, and leaves no row', async () => {
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        ...quick,
        children: [
          actor('watcher', guardian, { restart: 'transient' }),
          actor('trapper', guardian, { trapExits: true }),
          actor('a', counter),
        ],
      }),
    );
    await tell(system, lab, { type: 'watch', address: '/a' });
    await tell(system, lab, { type: 'watch', address: '/a' });
    await tell(system, lab, { type: 'link', address: '/trapper' });
    await system.ref('/watcher', guardian).send({ type: 'end' });
    await lab.settle();
    expect(await heardBy(system, '/trapper')).toEqual(['/watcher normal']);
    await lab.stop(system);
    expect(await bondsIn(lab)).toBe(0);
  });

  test('is nothing to a machine that does not handle the notice', async () => {
    const deaf = setup({}).createMachine({ id: 'deaf', entry: watch(at('/nobody')) });
    const lab = new Lab();
    const system = await lab.open(supervisor('app', { ...quick, children: [actor('deaf', deaf)] }));
    const events = eventsOf(system);
    await lab.settle();
    expect(events.map(({ type }) => type)).toEqual([]);
    expect(system.health().deadLetters).toBe(0);
    await lab.stop(system);
  });

  test('cannot be forged from outside', async () => {
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', { children: [actor('watcher', guardian, { trapExits: true })] }),
    );
    for (const type of ['perdure.down', 'perdure.exit'] as const) {
      const forged = { type, address: '/a', reason: { kind: 'killed' } } as const;
      expect(await codeOf(system.ref('/watcher', guardian).send(forged))).toBe('EVENT_INVALID');
    }
    await lab.stop(system);
  });

  test('of something that is no ref is refused: at once, or as the crash of its turn', async () => {
    expect(() => watch('/a' as never)).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        message: expect.stringContaining('watch(target)'),
      }),
    );
    const wrong = setup({}).createMachine({
      id: 'wrong',
      on: { go: { actions: link((() => '/a') as never) } },
    });
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', { ...quick, children: [actor('wrong', wrong), actor('a', counter)] }),
    );
    expect(await codeOf(system.ref('/wrong').send({ type: 'go' }, { until: 'applied' }))).toBe(
      'MESSAGE_PARKED',
    );
    await lab.stop(system);
  });
});
