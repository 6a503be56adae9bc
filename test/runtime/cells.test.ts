import { expect, test } from 'vitest';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { actor, supervisor } from '../../src/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { Lab } from './lab.ts';
import { counter } from './machines.ts';

/** A store whose snapshots have become unreadable once `isSpoiled`. */
function spoilable(inner: Store): { readonly store: Store; isSpoiled: boolean } {
  const spoiled = {
    isSpoiled: false,
    store: {
      location: inner.location,
      open: async (options: Parameters<Store['open']>[0]) => {
        const opened = await inner.open(options);
        return new Proxy(opened, {
          get: (target, name) => {
            if (name === 'get')
              return (key: string) => {
                const bytes = target.get(key);
                return spoiled.isSpoiled && key.startsWith('s!') ? bytes?.subarray(1) : bytes;
              };
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      },
    },
  };
  return spoiled;
}

test('a restart goes on from what the store holds, not from what memory remembers', async () => {
  const spoiled = spoilable(memoryStore());
  const lab = new Lab(spoiled.store);
  const children = [actor('a', counter, { attemptsMax: 1 })];
  const system = await lab.open(supervisor('app', { backoff: false, children }));
  await system.ref('/a').send({ type: 'add', n: 1 }, { until: 'applied' });
  spoiled.isSpoiled = true;
  await system.ref('/a').send({ type: 'fail' });
  await lab.settle();
  expect(system.health()).toMatchObject({ status: 'degraded', quarantined: 1 });
  spoiled.isSpoiled = false;
  await lab.stop(system);
});
