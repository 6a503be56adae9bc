/** A store that counts what is written to it. */
import type { OpenStore, Store } from '../../src/ports/store.ts';

export interface Written {
  bytes: number;
}

export function countingStore(store: Store): { readonly store: Store; readonly written: Written } {
  const written: Written = { bytes: 0 };
  const counting: Store = {
    location: store.location,
    open: async (options) => counted(await store.open(options), written),
  };
  return { store: counting, written };
}

function counted(opened: OpenStore, written: Written): OpenStore {
  return new Proxy(opened, {
    get: (target, name) => {
      if (name === 'batch')
        return () => {
          const batch = target.batch();
          return {
            put: (key: string, value: Uint8Array): void => {
              written.bytes += key.length + value.length;
              batch.put(key, value);
            },
            del: (key: string): void => {
              written.bytes += key.length;
              batch.del(key);
            },
            write: (options: Parameters<typeof batch.write>[0]) => batch.write(options),
          };
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
