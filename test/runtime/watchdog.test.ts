/** What the watchdog is told of turns. The thread itself: `test/drivers/turn-watchdog.test.ts`, `test/poison`. */
import { expect, test } from 'vitest';
import { actor, createSystem, memoryStore, supervisor } from '../../src/index.ts';
import type { Store } from '../../src/ports/store.ts';
import type { WatchOptions } from '../../src/ports/turn-watch.ts';
import { codeOf } from './lab.ts';
import { counter } from './machines.ts';

const root = supervisor('app', { children: [actor('counter', counter, { restart: 'transient' })] });

interface Told {
  readonly calls: unknown[];
  readonly options: WatchOptions[];
  readonly store: Store;
}

/** A store that brings a watchdog which only listens. */
function listening(): Told {
  const store = memoryStore();
  const calls: unknown[] = [];
  const options: WatchOptions[] = [];
  const open: Store['open'] = async (how) => {
    const opened = await store.open(how);
    const watch = (given: WatchOptions) => {
      options.push(given);
      return {
        begin: (_uid: number, position: number, address: string, event: string) => {
          calls.push([address, position, event]);
        },
        end: () => calls.push('end'),
        close: () => undefined,
      };
    };
    const flight = { ...(opened.flight as NonNullable<typeof opened.flight>), watch };
    return new Proxy(opened, {
      get: (target, name) => {
        if (name === 'flight') return flight;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return { calls, options, store: { location: 'here', open } };
}

test('is told of each turn as it begins, and when none runs any more', async () => {
  const { calls, options, store } = listening();
  const system = await createSystem({ root, store, watchdog: { turnMs: 50 } });
  void system.ref('/counter').send({ type: 'add', n: 1 });
  await system.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
  await system.stop();
  expect(options).toEqual([{ turnMs: 50, onStuck: 'report' }]);
  expect(calls).toEqual([
    ['/counter', 0, 'xstate.init'],
    'end',
    ['/counter', 1, 'add'],
    ['/counter', 2, 'add'],
    'end',
  ]);
});

test('is told nothing unless it was asked for', async () => {
  const { calls, options, store } = listening();
  const system = await createSystem({ root, store });
  await system.ref('/counter').send({ type: 'add', n: 1 }, { until: 'applied' });
  await system.stop();
  expect([calls, options]).toEqual([[], []]);
});

test('is missed in the log where the store has none', async () => {
  const warnings: string[] = [];
  const quiet = (): void => undefined;
  const warn = (_fields: object, message: string): void => void warnings.push(message);
  const system = await createSystem({
    root,
    store: memoryStore(),
    watchdog: {},
    logger: { debug: quiet, info: quiet, warn, error: quiet },
  });
  await system.stop();
  expect(warnings).toEqual(['this store has no watchdog']);
});

test('takes a time and what to do, and nothing else', async () => {
  const refusal = async (watchdog: object): Promise<string> => {
    const opening = createSystem({ root, store: memoryStore(), watchdog });
    expect(await codeOf(opening)).toBe('OPTION_INVALID');
    return await opening.then(
      () => '',
      (error: Error) => error.message,
    );
  };
  expect(await refusal({ turnMs: 0 })).toContain('createSystem.watchdog.turnMs');
  expect(await refusal({ onStuck: 'exit' })).toContain('createSystem.watchdog.onStuck');
  expect(await refusal({ turnMS: 5 })).toContain('did you mean turnMs');
});
