/** What the simulation found, each as the shortest story that shows it. */
import { describe, expect, it } from 'vitest';
import { enqueueActions, sendTo, setup } from 'xstate';
import { openTestSystem } from '../support/test-system.ts';

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
