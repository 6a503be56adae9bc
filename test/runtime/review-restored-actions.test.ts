/** Named actions that an earlier process left, beside those that are asked for before the whole tree is up. */
import { expect, it } from 'vitest';
import { setup } from 'xstate';
import { actor, supervisor } from '../../src/index.ts';
import { noFate } from '../../src/testing/fate.ts';
import { Simulation } from '../../src/testing/simulation.ts';
import { deferred } from './lab.ts';

const AFTER_MS = 60_000;

it('runs what an earlier process left before what its actor asks for while a sibling starts', async () => {
  const ran: string[] = [];
  const held = deferred();
  const startOfSecond = deferred();
  const processes = { count: 0 };
  const tellings = setup({
    actions: {
      // cut short by the end of the first process
      tell: ({ event }, { what }: { readonly what: string }): unknown =>
        (processes.count === 1 ? held.promise : Promise.resolve()).then(() =>
          ran.push(`${what} ${event.type.split('.')[0]}`),
        ),
    },
  }).createMachine({
    id: 'tellings',
    after: { [AFTER_MS]: { actions: { type: 'tell', params: { what: 'third' } } } },
    on: {
      go: {
        actions: [
          { type: 'tell', params: { what: 'first' } },
          { type: 'tell', params: { what: 'second' } },
        ],
      },
    },
  });
  const sibling = setup({}).createMachine({ id: 'sibling' });
  const simulation = new Simulation({
    seed: 1,
    fate: { ...noFate, writes: () => 'lands' },
    root: () => {
      processes.count += 1;
      const onStart = () => (processes.count === 1 ? undefined : startOfSecond.promise);
      return supervisor('app', {
        children: [
          actor('m', tellings),
          actor('slow', sibling, { onStart, startTimeoutMs: 2 * AFTER_MS }),
        ],
      });
    },
  });
  const first = simulation.start();
  await simulation.world.settled();
  const start = await first;
  if (start.how !== 'up') throw new Error(`the process ${start.how}`);
  void start.system.ref('/m').send({ type: 'go' });
  await simulation.world.settled();
  simulation.kill();

  void simulation.start();
  await simulation.world.settled();
  await simulation.world.advance(AFTER_MS);
  startOfSecond.resolve();
  await simulation.world.settled();

  expect(ran).toEqual(['first go', 'second go', 'third xstate']);
});
