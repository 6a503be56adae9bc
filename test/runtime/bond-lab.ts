/** A machine that watches and links as it is told, and what tests of that ask it. */
import { type AnyStateMachine, assign, setup } from 'xstate';
import { at, type DownEvent, type ExitEvent, link, unwatch, watch } from '../../src/index.ts';
import { under } from '../../src/persistence/keyspace.ts';
import type { System } from '../../src/runtime/system-types.ts';
import type { eventsOf, Lab } from './lab.ts';

export type Heard = { readonly heard: readonly string[] };
type Order = { type: 'watch' | 'unwatch' | 'link'; address: string };

export function noted({
  context,
  event,
}: {
  context: Heard;
  event: DownEvent | ExitEvent;
}): string[] {
  return [...context.heard, `${event.address} ${event.reason.kind}`];
}

export const guardian = setup({
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

export const quick = { backoff: false, intensity: 100, attemptsMax: 1 } as const;

export async function heardBy(
  system: System,
  address = '/watcher',
  machine: AnyStateMachine = guardian,
): Promise<readonly string[]> {
  return ((await system.ref(address, machine).snapshot()).context as Heard).heard;
}

export async function tell(
  system: System,
  lab: Lab,
  order: Order,
  address = '/watcher',
): Promise<void> {
  await system.ref(address, guardian).send(order, { until: 'applied' });
  await lab.settle();
}

/** Bonds in the store of a system that has stopped. */
export async function bondsIn(lab: Lab): Promise<number> {
  const opened = await lab.store.open({ storeId: 'reader', lockWaitMs: 0 });
  let bonds = 0;
  for await (const rows of opened.scan(under('j'))) bonds += rows.length;
  await opened.close();
  return bonds;
}

export function exitsIn(events: ReturnType<typeof eventsOf>): string[] {
  return events.flatMap((event) =>
    event.type === 'actor.exited' ? [`${event.address} ${event.reason.split(':')[0]}`] : [],
  );
}
