/** What is measured, each in a system of its own on a fresh directory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createActor } from 'xstate';
import { actor, createSystem, type Ref, supervisor } from '../src/index.ts';
import { bareRuns, bareSends, syncedAppends } from './floors.ts';
import { counter, eventAt, pipeline, runner } from './machines.ts';

export interface Workload {
  readonly name: string;
  /** What `value` and `floor` count. */
  readonly metric: string;
  readonly target: number;
  /** One measurement of each, one right after the other. */
  measure(directory: string): Promise<{ value: number; floor: number }>;
}

/** Bytes of the rows of one such turn: a message, a snapshot and a marker, as LevelDB's log holds them. */
const TURN_BYTES = 250;
/** Messages given to the system before waiting for them: what a fast producer leaves. */
const PORTION = 256;

export const workloads: readonly Workload[] = [
  turns(1, 60_000, 0.6),
  turns(16, 60_000, 0.6),
  turns(1_000, 60_000, 0.6),
  runs(16, 64_000, 0.55),
  runs(1_000, 64_000, 0.55),
  callers(1, 600, 0.8),
  callers(16, 6_000, 0.8),
  callers(128, 24_000, 0.6),
  items(10_000, 0.7),
];

function turns(actors: number, count: number, target: number): Workload {
  return {
    name: `turns sent from outside, ${actors} actor${actors === 1 ? '' : 's'}`,
    metric: 'turns/s against bare XState sends',
    target,
    async measure(directory) {
      const floor = bareSends(actors, count);
      const value = await inSystem(directory, actors, async (refs) => {
        const startMs = performance.now();
        let sent = 0;
        while (sent < count) {
          let last: Promise<unknown> = Promise.resolve();
          for (let index = 0; index < PORTION && sent < count; index += 1, sent += 1) {
            last = (refs[sent % actors] as Ref<typeof counter>).send(eventAt(sent));
          }
          // let the turns run; every so often wait for the disk, as a producer with a bound would
          if (sent % (PORTION * 32) === 0) await last;
          else await new Promise(setImmediate);
        }
        await Promise.all(refs.map((ref, index) => ref.send(eventAt(index), { until: 'applied' })));
        return ((count + actors) / (performance.now() - startMs)) * 1_000;
      });
      return { value, floor };
    },
  };
}

function runs(actors: number, count: number, target: number): Workload {
  return {
    name: `turns that send the next one, ${actors} actors`,
    metric: 'turns/s against bare XState actors doing the same',
    target,
    async measure(directory) {
      const floor = bareRuns(actors, count);
      const value = await inSystem(
        directory,
        actors,
        async (refs) => {
          const left = count / actors;
          const startMs = performance.now();
          for (const ref of refs) void ref.send({ type: 'run', left });
          await Promise.all(
            refs.map((ref) => ref.waitFor(({ context }) => context.count === left)),
          );
          return (count / (performance.now() - startMs)) * 1_000;
        },
        runner,
      );
      return { value, floor };
    },
  };
}

function callers(count: number, sends: number, target: number): Workload {
  const isLarge = count >= 128;
  return {
    name: `${count} caller${count === 1 ? '' : 's'} awaiting`,
    metric: isLarge
      ? 'sends/s against append + fdatasync of records made by one bare XState send each'
      : 'sends/s against append + fdatasync',
    target,
    async measure(directory) {
      const bare = isLarge ? bareSender() : undefined;
      const floor = await syncedAppends(directory, count, sends, TURN_BYTES, bare);
      const value = await inSystem(directory, Math.min(count, 16), async (refs) => {
        let left = sends;
        const startMs = performance.now();
        const caller = async (number: number): Promise<void> => {
          while (left > 0) {
            left -= 1;
            await (refs[number % refs.length] as Ref<typeof counter>).send(eventAt(left));
          }
        };
        await Promise.all(Array.from({ length: count }, (_, number) => caller(number)));
        return (sends / (performance.now() - startMs)) * 1_000;
      });
      return { value, floor };
    },
  };
}

/** Makes one record by one bare XState send, of always the same actor. */
function bareSender(): () => void {
  const bare = createActor(counter).start();
  let turn = 0;
  return () => {
    bare.send(eventAt(turn));
    turn += 1;
  };
}

function items(count: number, target: number): Workload {
  return {
    name: `pipeline, ${count.toLocaleString('en')} items, a checkpoint each`,
    metric: 'items/s against append + fdatasync, one at a time',
    target,
    async measure(directory) {
      const floor = await syncedAppends(directory, 1, 2_000, TURN_BYTES);
      const store = mkdtempSync(join(directory, 'items-'));
      const startMs = performance.now();
      const system = await createSystem({
        root: supervisor('bench', {
          children: [
            actor('pipeline', pipeline, { restart: 'transient', input: { items: count } }),
          ],
        }),
        store,
        logger: silent,
      });
      await system.ref('/pipeline').done();
      const value = (count / (performance.now() - startMs)) * 1_000;
      await system.stop();
      rmSync(store, { recursive: true });
      return { value, floor };
    },
  };
}

async function inSystem<L extends typeof counter | typeof runner = typeof counter>(
  directory: string,
  actors: number,
  run: (refs: readonly Ref<L>[]) => Promise<number>,
  machine: L = counter as L,
): Promise<number> {
  const store = mkdtempSync(join(directory, 'system-'));
  const ids = Array.from({ length: actors }, (_, index) => `actor-${index}`);
  const system = await createSystem({
    root: supervisor('bench', {
      children: ids.map((id) => actor(id, machine as typeof counter, { mailboxMax: 100_000 })),
    }),
    store,
    logger: silent,
  });
  const value = await run(ids.map((id) => system.ref(`/${id}`, machine)));
  await system.stop();
  rmSync(store, { recursive: true });
  return value;
}

const nothing = (): void => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
