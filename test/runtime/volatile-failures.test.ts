import { assign, fromCallback, fromEventObservable, setup } from 'xstate';
import { expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { Lab } from './lab.ts';

/** Hears what its child says, and does not handle that it fails. */
function listenerTo(logic: ReturnType<typeof fromCallback<{ type: string }, undefined>>) {
  return setup({
    types: { context: {} as { heard: number }, events: {} as { type: 'news' } },
    actors: { socket: logic },
  }).createMachine({
    id: 'listener',
    context: { heard: 0 },
    invoke: { src: 'socket' },
    on: { news: { actions: assign({ heard: ({ context }) => context.heard + 1 }) } },
  });
}

function treeOf(machine: ReturnType<typeof listenerTo>) {
  return supervisor('app', { backoff: false, children: [actor('listener', machine)] });
}

test.each([
  ['a callback that throws', 'at once'],
  ['a callback that sends what cannot be stored', 'later'],
])('%s, and nobody handles that, runs anew with the next incarnation', async (_, when) => {
  let runs = 0;
  const socket = fromCallback<{ type: string }, undefined>(({ sendBack }) => {
    runs += 1;
    if (runs > 2) sendBack({ type: 'news' });
    else if (when === 'at once') throw new Error('the line is dead');
    else sendBack({ type: 'news', of: () => undefined } as never);
  });
  const lab = new Lab();
  const system = await lab.open(treeOf(listenerTo(socket)));
  await lab.advance(10_000);

  expect(runs).toBe(3);
  expect((await system.ref('/listener').snapshot()).context.heard).toBe(1);
  await lab.stop(system);
});

test('an observable that fails, and nobody handles that, runs anew with the next incarnation', async () => {
  let runs = 0;
  const feed = fromEventObservable(
    () =>
      ({
        subscribe: (observer: { next: (event: object) => void; error: (error: Error) => void }) => {
          runs += 1;
          if (runs > 1) observer.next({ type: 'news' });
          else observer.error(new Error('the line is dead'));
          return { unsubscribe: () => undefined };
        },
      }) as never,
  );
  const lab = new Lab();
  const system = await lab.open(treeOf(listenerTo(feed as never)));
  await lab.advance(10_000);

  expect(runs).toBe(2);
  expect((await system.ref('/listener').snapshot()).context.heard).toBe(1);
  await lab.stop(system);
});

test('a callback that fails again and again is up to the intensity of the supervisor', async () => {
  const socket = fromCallback<{ type: string }, undefined>(() => {
    throw new Error('the line is dead');
  });
  const lab = new Lab();
  const system = await lab.open(treeOf(listenerTo(socket)));
  await lab.advance(60_000);

  expect(await system.closed).toMatchObject({ reason: 'root_ended', exitCode: 70 });
});
