/** Watches and links while something else is under way: a turn, a start, a stop, the end of those above. */
import { type AnyActorRef, type AnyStateMachine, assign, enqueueActions, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import {
  actor,
  at,
  type DownEvent,
  type ExitEvent,
  exit,
  link,
  supervisor,
  unwatch,
  watch,
} from '../../src/index.ts';
import { under } from '../../src/persistence/keyspace.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { codeOf, deferred, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

type Heard = { readonly heard: readonly string[] };
type Order = { type: 'watch' | 'unwatch' | 'link'; address: string };

function noted({ context, event }: { context: Heard; event: DownEvent | ExitEvent }): string[] {
  return [...context.heard, `${event.address} ${event.reason.kind}`];
}

const guardian = setup({
  types: {
    context: {} as Heard,
    events: {} as Order | DownEvent | ExitEvent | { type: 'end' },
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
        end: 'off',
        'perdure.down': { actions: assign({ heard: noted }) },
        'perdure.exit': { actions: assign({ heard: noted }) },
      },
    },
    off: { type: 'final' },
  },
});

const quick = { backoff: false, intensity: 100, attemptsMax: 1 } as const;

async function heardBy(
  system: System,
  address = '/watcher',
  machine: AnyStateMachine = guardian,
): Promise<readonly string[]> {
  return ((await system.ref(address, machine).snapshot()).context as Heard).heard;
}

async function tell(system: System, lab: Lab, order: Order, address = '/watcher'): Promise<void> {
  await system.ref(address, guardian).send(order, { until: 'applied' });
  await lab.settle();
}

/** Bonds in the store of a system that has stopped. */
async function bondsIn(lab: Lab): Promise<number> {
  const opened = await lab.store.open({ storeId: 'reader', lockWaitMs: 0 });
  let bonds = 0;
  for await (const rows of opened.scan(under('j'))) bonds += rows.length;
  await opened.close();
  return bonds;
}

function exitsIn(events: ReturnType<typeof eventsOf>): string[] {
  return events.flatMap((event) =>
    event.type === 'actor.exited' ? [`${event.address} ${event.reason.split(':')[0]}`] : [],
  );
}

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
