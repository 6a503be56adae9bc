import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { storeConformance } from '../../src/testing/store-conformance.ts';

storeConformance({ describe, it, expect }, 'memoryStore()', () => {
  const store = memoryStore();
  return { store, again: () => store, dispose: () => undefined };
});
