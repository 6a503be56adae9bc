/** Watches and links while something is under way: a turn, a start, a stop, the end of those above. */
import { type AnyActorRef, assign, enqueueActions, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import {
  actor,
  at,
  type DownEvent,
  type ExitEvent,
  exit,
  link,
  pool,
  startChild,
  poolAt,
  supervisor,
  unwatch,
  watch,
} from '../../src/index.ts';
import { keys } from '../../src/persistence/keyspace.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { all, codeOf, deferred, eventsOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

type Heard = { readonly heard: readonly string[] };
type Order = { type: 'watch' | 'unwatch' | 'link'; address: string };

const types = {
  context: {} as Heard,
  events: {} as Order | DownEvent | ExitEvent | { type: 'end' },
};
const hear = setup({ types }).assign({
  heard: ({ context, event }) =>
    event.type === 'perdure.down' || event.type === 'perdure.exit'
      ? [...context.heard, `${event.address} ${event.reason.kind}`]
      : context.heard,
});
const orders = {
  watch: { actions: watch(({ event }: { event: Order | { type: 'end' } }) => at((event as Order).address)) },
} as const;
void orders;

const guardian = setup({ types, actions: { hear } }).createMachine({
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
        'perdure.*': { actions: 'hear' },
      },
    },
    off: { type: 'final' },
  },
});

const quick = { backoff: false, intensity: 100, attemptsMax: 1 } as const;

async function heardBy(system: System, address = '/watcher'): Promise<readonly string[]> {
  return (await system.ref(address, guardian).snapshot()).context.heard;
}

async function tell(system: System, lab: Lab, order: Order, address = '/watcher'): Promise<void> {
  await system.ref(address, guardian).send(order, { until: 'applied' });
  await lab.settle();
}

async function bondsIn(lab: Lab): Promise<number> {
  const opened = await lab.store.open({ lockWaitMs: 0 } as never);
  let bonds = 0;
  for await (const rows of opened.scan({ gte: 'j!', lt: 'j"' })) bonds += rows.length;
  await opened.close();
  return bonds;
}

describe('a watch', () => {
  test('in the first turn, and out of enqueueActions, is one as any other', async () => {
    const born = setup({ types, actions: { hear } }).createMachine({
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
      on: { 'perdure.*': { actions: 'hear' } },
    });
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', {
        ...quick,
        children: [actor('a', counter), actor('b', counter), actor('watcher', born)],
      }),
    );
    void system.kill('/b');
    await lab.settle();
    void system.kill('/a');
    await lab.settle();
    expect(await heardBy(system)).toEqual(['/nobody noproc', '/b killed', '/a killed']);
    await lab.stop(system);
  });

  test('of a child by its ref is told when its parent stops it', async () => {
    const parent = setup({
      types: {
        context: {} as Heard & { kid?: AnyActorRef },
        events: {} as DownEvent | { type: 'drop' },
      },
      actors: { kid: counter },
    }).createMachine({
      id: 'parent',
      context: { heard: [] },
      initial: 'with',
      states: {
        with: {
          invoke: { src: 'kid', id: 'kid' },
          entry: enqueueActions(({ enqueue }) => {
            const loose = enqueue.spawnChild('kid', { id: 'loose' });
            void loose;
            enqueue(watch(({ self }) => self.getSnapshot().children['loose']));
          }),
          always: { target: 'watching' },
        },
        watching: {
          invoke: { src: 'kid', id: 'second' },
          on: {
            drop: 'without',
          },
        },
        without: {},
      },
      on: {
        'perdure.down': {
          actions: assign({
            heard: ({ context, event }) => [
              ...context.heard,
              `${event.address} ${event.reason.kind}`,
            ],
          }),
        },
      },
    });
    void parent;
  });
});
