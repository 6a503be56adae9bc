/** What nobody can be faster than on this machine: bare XState for the processor, fdatasync for the disk. */
import { close, fdatasync, open, unlink, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createActor } from 'xstate';
import { counter, eventAt, runner } from './machines.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const removeFile = promisify(unlink);

/** Turns per second of `actors` bare live actors, visited one after another, `each` events in a row. */
export function bareSends(actors: number, turns: number, each = 1): number {
  const all = Array.from({ length: actors }, () => createActor(counter).start());
  const startMs = performance.now();
  for (let turn = 0; turn < turns; ) {
    for (const actor of all) {
      for (let again = 0; again < each && turn < turns; again += 1, turn += 1)
        actor.send(eventAt(turn));
      if (turn >= turns) break;
    }
  }
  const elapsedMs = performance.now() - startMs;
  for (const actor of all) actor.stop();
  return (turns / elapsedMs) * 1_000;
}

/** The same for `actors` live actors that each send themselves the next event. */
export function bareRuns(actors: number, turns: number): number {
  const all = Array.from({ length: actors }, () => createActor(runner).start());
  const left = turns / actors;
  const startMs = performance.now();
  for (const actor of all) actor.send({ type: 'run', left });
  const elapsedMs = performance.now() - startMs;
  for (const actor of all) actor.stop();
  return (turns / elapsedMs) * 1_000;
}

/**
 * Records per second of `callers` loops, each of which writes `bytes` and waits for fdatasync, on one shared
 * descriptor. With `perRecord`, each record is made by one call of it first.
 */
export async function syncedAppends(
  directory: string,
  callers: number,
  records: number,
  bytes: number,
  perRecord?: () => void,
): Promise<number> {
  const path = join(directory, `floor-${callers}-${process.pid}`);
  const descriptor = await openFile(path, 'w');
  const record = Buffer.alloc(bytes, 7);
  let left = records;
  const startMs = performance.now();
  const caller = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = (): void => {
        if (left <= 0) {
          resolve();
          return;
        }
        left -= 1;
        perRecord?.();
        write(descriptor, record, (failure) => {
          if (failure !== null) reject(failure);
          else fdatasync(descriptor, (error) => (error === null ? next() : reject(error)));
        });
      };
      next();
    });
  await Promise.all(Array.from({ length: callers }, caller));
  const elapsedMs = performance.now() - startMs;
  await closeFile(descriptor);
  await removeFile(path);
  return (records / elapsedMs) * 1_000;
}
