/** Bugs that a durable runtime may have, so that everyone can see the audit find them. */
import type { OpenStore, Store, StoreBatch, WriteVerdict } from '../../src/ports/store.ts';
import { PendingBatch } from '../../src/runtime/pending-batch.ts';
import type { Bug } from './messages.ts';

/** How much later the medium gets what it should have had at once. */
const LATE_MS = 8;
/** Of so many markers one is left out. */
const MARKERS_SKIP_EVERY = 5;

/** The store below the crash points: what is late here can be cut off by a kill. */
export function withBug(store: Store, bug: Bug | undefined): Store {
  if (bug === undefined) return store;
  if (bug === 'early-effect') releaseEarly();
  return {
    location: store.location,
    open: async (options) => buggy(await store.open(options), bug),
  };
}

function buggy(store: OpenStore, bug: Bug): OpenStore {
  let markers = 0;
  /** Late writes still come one after another. */
  let before = Promise.resolve();
  const late = (rows: StoreBatch, options: Parameters<StoreBatch['write']>[0]) => {
    const written = before.then(pause).then(async () => await rows.write(options));
    before = written.then(() => undefined);
    return written;
  };
  const batch = (): StoreBatch => {
    const rows = store.batch();
    return {
      del: (key) => rows.del(key),
      put: (key, value) => {
        if (bug === 'skip-marker' && key.startsWith('k!')) {
          markers += 1;
          if (markers % MARKERS_SKIP_EVERY === 0) return;
        }
        rows.put(key, value);
      },
      write: async (options): Promise<WriteVerdict> => {
        if (bug === 'skip-marker') return await rows.write(options);
        const written = late(rows, options);
        return bug === 'early-ack' ? 'landed' : await written;
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

/** What should wait for its batch does not: effects, answers, listeners. */
function releaseEarly(): void {
  PendingBatch.prototype.afterLanding = (release) => {
    setImmediate(release);
  };
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LATE_MS);
  });
}
