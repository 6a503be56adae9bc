/** Threads of piscina, begun when the first one is needed. */
import { access } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import type { Threads } from '../ports/threads.ts';

/** One that had nothing to do for so long ends. */
const IDLE_MS = 10_000;

export function threadPool(): Threads {
  let pool: Promise<Piscina> | undefined;
  return {
    find: (module) => access(fileURLToPath(module)),
    run: async (module, call, signal) => {
      pool ??= openPool();
      return (await (await pool).run(call, { filename: module, signal })) as unknown;
    },
    close: async () => {
      await (await pool)?.destroy();
    },
  };
}

async function openPool(): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  return new Piscina({
    minThreads: 0,
    maxThreads: availableParallelism(),
    idleTimeout: IDLE_MS,
    recordTiming: false,
  });
}
