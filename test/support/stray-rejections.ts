/** Rejections that nobody handles: in a host's process each would be its end. */
import { onTestFinished } from 'vitest';

/** Listens until the test has finished. */
export function strayRejections(): { readonly seen: () => Promise<readonly unknown[]> } {
  const strays: unknown[] = [];
  const listener = (reason: unknown): void => void strays.push(reason);
  process.on('unhandledRejection', listener);
  onTestFinished(() => void process.off('unhandledRejection', listener));
  return {
    seen: async () => {
      // they are told once the microtasks are through
      await new Promise(setImmediate);
      return strays;
    },
  };
}
