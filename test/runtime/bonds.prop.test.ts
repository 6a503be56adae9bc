/** Watches in a hurry: actors end, watchers are restarted, writes fail, processes are killed; no notice is lost or doubled. */
import fc from 'fast-check';
import { assign, setup } from 'xstate';
import { describe, expect } from 'vitest';
import { actor, at, type DownEvent, supervisor, unwatch, watch } from '../../src/index.ts';
import { under } from '../../src/persistence/keyspace.ts';
import type { System } from '../../src/runtime/system-types.ts';
import { property } from '../support/property.ts';
import { Lab } from './lab.ts';
import { counter } from './machines.ts';

const watchers = ['/w1', '/w2'] as const;
const targets = ['/a', '/b', '/c'] as const;

type Act =
  | { readonly kind: 'watch' | 'unwatch'; readonly who: string; readonly target: string }
  | { readonly kind: 'end'; readonly target: string; readonly way: Way }
  | { readonly kind: 'hurt'; readonly who: string }
  | { readonly kind: 'failWrite' | 'kill' | 'stop' };
type Way = 'fail' | 'finish' | 'leave' | 'kill' | 'replace';

/** Notes what it did and heard in the turn in which it was. */
const diary = setup({
  types: {
    context: {} as { log: readonly string[] },
    events: {} as { type: 'watch' | 'unwatch'; target: string } | DownEvent,
  },
}).createMachine({
  id: 'diary',
  context: { log: [] },
  on: {
    watch: {
      actions: [
        watch(({ event }) => at(event.target)),
        assign({ log: ({ context, event }) => [...context.log, `+ ${event.target}`] }),
      ],
    },
    unwatch: {
      actions: [
        unwatch(({ event }) => at(event.target)),
        assign({ log: ({ context, event }) => [...context.log, `- ${event.target}`] }),
      ],
    },
    'perdure.down': {
      actions: assign({ log: ({ context, event }) => [...context.log, `! ${event.address}`] }),
    },
  },
});

const tree = supervisor('app', {
  backoff: false,
  intensity: 1_000,
  attemptsMax: 1,
  children: [
    ...targets.map((target) => actor(target.slice(1), counter)),
    ...watchers.map((watcher) => actor(watcher.slice(1), diary)),
  ],
});

const watcher = fc.constantFrom(...watchers);
const target = fc.constantFrom(...targets);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('watch' as const), who: watcher, target }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('unwatch' as const), who: watcher, target }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      target,
      way: fc.constantFrom<Way[]>('fail', 'finish', 'leave', 'kill', 'replace'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hurt' as const), who: watcher }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom<('failWrite' | 'kill' | 'stop')[]>('failWrite', 'kill', 'stop'),
    }),
  },
);

/** Without waiting for anything: what comes of it may be cut off anywhere. */
function begin(system: System, { target, way }: Extract<Act, { kind: 'end' }>): Promise<unknown> {
  const ref = system.ref(target, counter);
  switch (way) {
    case 'fail':
    case 'finish':
      return ref.send({ type: way });
    case 'leave':
      return ref.send({ type: 'leave', reason: 'shutdown' });
    case 'kill':
      return Promise.resolve(system.kill(target));
    case 'replace':
      return system.reset(target);
  }
}

class Run {
  readonly #lab = new Lab();
  #system: System | undefined = undefined;

  async take(act: Act): Promise<void> {
    const system = await this.#running();
    switch (act.kind) {
      case 'watch':
        void quiet(system.ref(act.who, diary).send({ type: 'watch', target: act.target }));
        return;
      case 'unwatch':
        // a notice that is on its way is heard before
        await this.#lab.settle();
        void quiet(system.ref(act.who, diary).send({ type: 'unwatch', target: act.target }));
        await this.#lab.settle();
        return;
      case 'end':
        void quiet(begin(system, act));
        return;
      case 'hurt':
        void quiet(Promise.resolve(system.kill(act.who)));
        return;
      case 'failWrite':
        this.#lab.failNextWrite();
        return;
      case 'kill':
        await this.#lab.kill();
        this.#system = undefined;
        return;
      case 'stop':
        await this.#lab.stop(system);
        this.#system = undefined;
        return;
    }
  }

  /** Every target ends once more. What each watcher then remembers. */
  async end(): Promise<string[][]> {
    const system = await this.#running();
    // what is to fail fails now
    void quiet(system.ref('/a', counter).send({ type: 'add', n: 1 }));
    await this.#lab.settle();
    await this.#lab.advance(60_000);
    // one whose reset was cut off stays down, which is an end too
    for (const target of targets) await quiet(Promise.resolve(system.kill(target)));
    await this.#lab.settle();
    const logs = [];
    for (const watcher of watchers)
      logs.push([...(await system.ref(watcher, diary).snapshot()).context.log]);
    await this.#lab.stop(system);
    return logs;
  }

  async bonds(): Promise<number> {
    const opened = await this.#lab.store.open({ storeId: 'reader', lockWaitMs: 0 });
    let bonds = 0;
    for await (const rows of opened.scan(under('j'))) bonds += rows.length;
    await opened.close();
    return bonds;
  }

  async #running(): Promise<System> {
    this.#system ??= await this.#lab.open(tree);
    return this.#system;
  }
}

function quiet(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch(() => undefined);
}

/** Watches of one target that are open after what the log tells; −1: a notice for none. */
function openAfter(log: readonly string[], target: string): number {
  let open = 0;
  for (const entry of log) {
    if (entry === `+ ${target}`) open += 1;
    if (entry === `- ${target}`) open = 0;
    if (entry === `! ${target}`) open -= 1;
    if (open < 0) return open;
  }
  return open;
}

describe('watches', () => {
  property(
    'give one notice each, however their end, the process and the disk go on',
    [fc.array(fc.tuple(act, fc.nat(12)), { maxLength: 30 })],
    async (acts) => {
      const run = new Run();
      for (const [act, ticks] of acts) {
        await run.take(act);
        for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      }
      const logs = await run.end();
      const open = logs.map((log) => targets.map((target) => openAfter(log, target)));
      expect(open).toEqual(watchers.map(() => targets.map(() => 0)));
      expect(await run.bonds()).toBe(0);
    },
    { runs: 150, limitMs: 60_000 },
  );
});
