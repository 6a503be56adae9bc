import { setup } from 'xstate';
import { expect, test } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { codeOf, Lab } from './lab.ts';
import { counter } from './machines.ts';

test('what a machine invoked ends with all that it invoked itself', async () => {
  const middle = setup({ actors: { counter } }).createMachine({
    id: 'middle',
    invoke: { src: 'counter', id: 'low' },
  });
  const top = setup({
    actors: { middle },
    types: { events: {} as { type: 'leave' } },
  }).createMachine({
    id: 'top',
    initial: 'up',
    states: {
      up: { invoke: { src: 'middle', id: 'mid' }, on: { leave: 'away' } },
      away: {},
    },
  });
  const lab = new Lab();
  const system = await lab.open(supervisor('app', { children: [actor('top', top)] }));
  const low = system.ref('/top/mid/low', counter);
  expect(await codeOf(low.send({ type: 'add', n: 1 }))).toBe('resolved');
  await system.ref('/top').send({ type: 'leave' });
  await lab.settle();
  expect(await codeOf(low.send({ type: 'add', n: 1 }))).toBe('ACTOR_NOT_FOUND');
  await lab.stop(system);
});
