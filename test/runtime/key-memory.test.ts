import { expect, test, vi } from 'vitest';
import { actor, pool, supervisor } from '../../src/index.ts';
import { limits } from '../../src/base/limits.ts';
import { CountedKeys } from '../../src/runtime/key-memory.ts';
import { Lab } from './lab.ts';
import { counter } from './machines.ts';

test('nothing is counted of the keys of an actor that was erased', async () => {
  const added = vi.spyOn(CountedKeys.prototype, 'added');
  const lab = new Lab();
  const system = await lab.open(
    supervisor('app', { children: [actor('a', counter), pool('counters', counter)] }),
  );
  const one = await system.pool('/counters').startChild('1');
  await one.send({ type: 'add', n: 1 }, { key: 'k' });
  const [memory] = added.mock.contexts as CountedKeys[];
  const [uid] = added.mock.calls[0] as [number];
  for (let n = 1; n < limits.keysMax; n += 1) memory?.added(uid);
  added.mockRestore();
  expect(memory?.isFull(uid)).toBe(true);

  await system.pool('/counters').terminateChild('1');
  await lab.settle();
  expect(memory?.isFull(uid)).toBe(false);
  await lab.stop(system);
});
