/** Faults that a daemon may have, so that everyone can see the verdict find them. */
import { randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { OpenStore, Store, StoreBatch } from '../../src/ports/store.ts';
import type { ChildOptions } from './messages.ts';

const LEAK_BYTES = 2_048;
const LEAKS_HANDLE_EVERY = 50;
const BALLAST_BYTES = 32_768;
const LATER_PER_MINUTE_MS = 12;

const kept: object[] = [];
let calls = 0;

/** Called with every message. */
export function leak(bug: ChildOptions['bug']): void {
  calls += 1;
  if (bug === 'leak-memory') kept.push(Array.from({ length: LEAK_BYTES / 8 }, () => calls));
  if (bug !== 'leak-handles' || calls % LEAKS_HANDLE_EVERY !== 0) return;
  openSync(devNull, 'r');
  setInterval(() => undefined, 3_600_000);
}

/** Does not compress. An emission of an actor that stays is kept. */
export function ballastOf(bug: ChildOptions['bug']): (() => string) | undefined {
  if (bug !== 'grow-disk') return undefined;
  return () => randomBytes(BALLAST_BYTES * 0.75).toString('base64');
}

/** A store that takes the longer to write the longer the run lasts. */
export function withBug(store: Store, { bug, sinceMs }: ChildOptions): Store {
  if (bug !== 'slow-down') return store;
  return {
    location: store.location,
    open: async (options) => slower(await store.open(options), sinceMs),
  };
}

function slower(store: OpenStore, sinceMs: number): OpenStore {
  const batch = (): StoreBatch => {
    const rows = store.batch();
    return {
      put: (key, value) => rows.put(key, value),
      del: (key) => rows.del(key),
      write: async (options) => {
        await pause(((Date.now() - sinceMs) / 60_000) * LATER_PER_MINUTE_MS);
        return await rows.write(options);
      },
    };
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'batch') return batch;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
