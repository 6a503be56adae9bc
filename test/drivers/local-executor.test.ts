import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { localExecutor } from '../../src/drivers/local-executor.ts';

describe('run', () => {
  it('gives what the function gives, now or later', async () => {
    const executor = localExecutor();

    expect(await executor.run('step', () => 1)).toBe(1);
    expect(await executor.run('step', () => Promise.resolve(2))).toBe(2);
  });

  it('turns a throw into a rejection', async () => {
    const error = new Error('x');
    const thrown = localExecutor().run('step', () => {
      throw error;
    });

    await expect(thrown).rejects.toBe(error);
  });

  it('uses the async context of the maker, also behind an await', async () => {
    const storage = new AsyncLocalStorage<string>();
    const executor = storage.run('maker', localExecutor);
    const seen = await storage.run('request', () =>
      executor.run('step', async () => {
        const before = storage.getStore();
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        return [before, storage.getStore()];
      }),
    );

    expect(seen).toEqual(['maker', 'maker']);
  });
});
