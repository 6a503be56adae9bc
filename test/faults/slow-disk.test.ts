/** A medium that takes seconds for a write: who sends is held back, and what waits in memory stays bounded. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assign, enqueueActions, setup } from 'xstate';
import { limits } from '../../src/base/limits.ts';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { actor, supervisor } from '../../src/index.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { OpenStore, Store, StoreBatch } from '../../src/ports/store.ts';
import { type SimClock, simClock } from '../../src/testing/sim-clock.ts';
import { codeOf } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { StoreLab } from './store-lab.ts';

const WRITE_MS = 5_000;
const MAILBOX_MAX = 50;

/** Writes take their time from now on; it counts the rows of each. */
class SlowStore implements Store {
  readonly location = 'slow';
  readonly rowCounts: number[] = [];
  isSlow = false;
  isStuck = false;
  readonly #store = memoryStore();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async open(options: Parameters<Store['open']>[0]): Promise<OpenStore> {
    const opened = await this.#store.open(options);
    const { epoch, storeId, isNew, highestLanded, flight } = opened;
    return {
      ...{ epoch, storeId, isNew, highestLanded, flight, lastError: undefined },
      get: (key) => opened.get(key),
      scan: (range) => opened.scan(range),
      close: () => opened.close(),
      batch: () => this.#batch(opened.batch()),
    };
  }

  #batch(batch: StoreBatch): StoreBatch {
    let rows = 0;
    return {
      put: (key, value) => {
        rows += 1;
        batch.put(key, value);
      },
      del: (key) => {
        rows += 1;
        batch.del(key);
      },
      write: async (options) => {
        this.rowCounts.push(rows);
        if (this.isStuck) await new Promise(() => undefined);
        if (this.isSlow)
          await new Promise<void>((resolve) => {
            this.#clock.after(WRITE_MS, resolve);
          });
        return await batch.write(options);
      },
    };
  }
}

/** Sends itself the next message, forever: as fast as it is let. */
const spinner = setup({
  types: { context: {} as { turns: number }, events: {} as { type: 'spin' } },
}).createMachine({
  id: 'spinner',
  context: { turns: 0 },
  on: {
    spin: {
      actions: [
        assign({ turns: ({ context }) => context.turns + 1 }),
        enqueueActions(({ enqueue, self }) => enqueue.sendTo(self, { type: 'spin' })),
      ],
    },
  },
});
const tree = supervisor('app', {
  children: [actor('counter', counter, { mailboxMax: MAILBOX_MAX }), actor('spinner', spinner)],
});

let lab: StoreLab;
let clock: SimClock;
let store: SlowStore;
beforeEach(() => {
  lab = new StoreLab();
  clock = simClock();
  store = new SlowStore(clock);
});
afterEach(async () => {
  const over = lab.dispose();
  await clock.advance(60_000);
  await over;
});

describe('a slow disk', () => {
  it('lets turns run ahead of it by one batch, which is bounded, and loses none', async () => {
    const system = await lab.open(tree, { clock, store });
    store.isSlow = true;
    void system.ref('/spinner').send({ type: 'spin' });
    await clock.advance(10 * WRITE_MS);
    const { turns } = (await system.ref('/spinner').snapshot()).context;

    // each write, but the first few, let one full batch of turns through, and no more
    expect(turns).toBeGreaterThan(3 * limits.batchTurnsMax);
    expect(turns).toBeLessThanOrEqual(10 * limits.batchTurnsMax);
    expect(Math.max(...store.rowCounts)).toBeLessThanOrEqual(limits.batchRowsMax + 20);
  });

  it('holds callers back: beyond mailboxMax they are refused or wait, in order, and all that was accepted is applied', async () => {
    const system = await lab.open(tree, { clock, store });
    store.isSlow = true;
    // turns of others fill the batch that may run ahead, so that the counter takes none
    void system.ref('/spinner').send({ type: 'spin' });
    await clock.advance(WRITE_MS);
    const refused: Promise<string>[] = [];
    const patient: Promise<string>[] = [];
    for (let n = 1; n <= MAILBOX_MAX + 30; n += 1)
      refused.push(codeOf(system.ref('/counter').send({ type: 'add', n })));
    for (let n = 101; n <= 110; n += 1)
      patient.push(codeOf(system.ref('/counter').send({ type: 'add', n }, { whenFull: 'wait' })));
    await clock.advance(20 * WRITE_MS);

    const codes = await Promise.all(refused);
    const accepted = codes.filter((code) => code === 'resolved').length;
    expect(new Set(codes)).toEqual(new Set(['resolved', 'ACTOR_MAILBOX_FULL']));
    expect(new Set(await Promise.all(patient))).toEqual(new Set(['resolved']));
    const { seen } = (await system.ref('/counter').snapshot()).context;
    expect(seen).toEqual([
      ...Array.from({ length: accepted }, (_, index) => index + 1),
      ...Array.from({ length: 10 }, (_, index) => index + 101),
    ]);
  });

  it('that never answers does not keep the system from ending at its deadline', async () => {
    const system = await lab.open(tree, { clock, store });
    store.isStuck = true;
    const lost = codeOf(system.ref('/counter').send({ type: 'add', n: 1 }));
    const stopped = system.stop({ deadlineMs: 1_000 });
    await clock.advance(10_000);
    await stopped;

    expect(await lost).toBe('SYSTEM_STOPPING');
    expect(system.health().status).toBe('closed');
  });
});
