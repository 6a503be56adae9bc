/** ENOSPC in the log of a running system. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, levelStore, supervisor, type System } from '../../src/index.ts';
import { all, codeOf } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { FailingStore } from './failing-store.ts';
import { SmallDisk, whyNoDisk } from './small-disk.ts';
import { hastyClock, StoreLab, until } from './store-lab.ts';
import { Outside, workerOn } from './worker.ts';

const whyNot = whyNoDisk();
const outside = new Outside();
const tree = supervisor('app', {
  // what arrives in the first moments waits, and so takes room in the log
  backoff: { minMs: 800, maxMs: 800, jitter: 'none' },
  children: [actor('counter', counter, { attemptsMax: 1 }), actor('worker', workerOn(outside))],
});
type Tree = System<typeof tree>;

describe('a full disk', () => {
  let disk: SmallDisk;
  let lab: StoreLab;
  beforeEach(() => {
    if (whyNot !== '') return;
    disk = SmallDisk.mount(4);
    lab = new StoreLab(disk.directory);
  });
  afterEach(async () => {
    if (whyNot !== '') return;
    await lab.dispose();
    disk.unmount();
  });

  /** Sends until the store fails: how many were acknowledged, and what becomes of the last one. */
  async function sendUntilFull(system: Tree): Promise<{ landed: number; last: Promise<string> }> {
    const failed = new Promise<'failed'>((resolve) => {
      system.events.on('store.failed', () => resolve('failed'));
    });
    // asleep: its mail is rows
    await system.ref('/counter').send({ type: 'fail' });
    for (let landed = 0; landed < 10_000; landed += 1) {
      const headers = { text: noise(4_000) };
      const last = codeOf(system.ref('/counter').send({ type: 'add', n: landed + 1 }, { headers }));
      if ((await Promise.race([last, failed])) === 'failed') return { landed, last };
    }
    throw new Error('the disk never got full');
  }

  it.skipIf(whyNot !== '')(
    `loses nothing that was acknowledged, and the same process goes on when there is room again${whyNot}`,
    async () => {
      const system = await lab.open(tree);
      const ref = system.ref('/counter');
      const followed = ref.emitted({ from: 1 })[Symbol.asyncIterator]();
      const worker = system.ref('/worker');
      await worker.send({ type: 'work' });
      await until(() => outside.runs.length === 1, 'the step runs');
      const heard: number[] = [];
      ref.on('added', ({ total }) => heard.push(total));
      const counted = ref.waitFor((snapshot) => snapshot.context.seen.at(-1) === -1);
      disk.fill(300_000);

      const { landed, last } = await sendUntilFull(system);
      expect(landed).toBeGreaterThan(10);
      outside.finish('result');
      const waiting = ref.send({ type: 'add', n: -1 }, { until: 'applied' });
      await until(() => lab.logs.some(isFailedOpen), 'an attempt to open it failed');
      expect(system.health()).toMatchObject({ status: 'recovering', ready: false });
      disk.free();
      await lab.recovered();

      expect(await last).toBe('STORE_WRITE_FAILED');
      await waiting;
      const numbers = Array.from({ length: landed }, (_, n) => n + 1);
      expect((await counted).context.seen).toEqual([...numbers, -1]);
      const totals = [...numbers, -1].map((_, n, ns) => ns.slice(0, n + 1).reduce((a, b) => a + b));
      expect(heard).toEqual(totals);
      for (const total of totals)
        expect(await followed.next()).toMatchObject({ value: { event: { total } } });
      await worker.waitFor((snapshot) => snapshot.context.results.length === 1);
      expect(outside.runs).toHaveLength(1);
      await system.stop();

      const next = await lab.open(tree);
      expect((await next.ref('/counter').snapshot()).context.seen).toEqual([...numbers, -1]);
      expect((await next.ref('/worker').snapshot()).context.results).toEqual(['result']);
      const emissions = await all(next.ref('/counter').emitted({ from: 1, follow: false }));
      expect(emissions).toHaveLength(totals.length);
    },
  );

  it.skipIf(whyNot !== '')(
    `that stays full ends the system, and nothing that was acknowledged is lost${whyNot}`,
    async () => {
      const failing = new FailingStore(levelStore(disk.directory));
      const system = await lab.open(tree, { store: failing, clock: hastyClock(100) });
      disk.fill(300_000);
      const { landed, last } = await sendUntilFull(system);
      const waiting = codeOf(system.ref('/counter').send({ type: 'add', n: 0 }));

      expect(await last).toBe('STORE_WRITE_FAILED');
      expect(await waiting).toBe('SYSTEM_STOPPING');
      expect(await system.closed).toMatchObject({
        reason: 'store_failed',
        exitCode: 74,
        error: { code: 'STORE_WRITE_FAILED', cause: { code: 'STORE_UNAVAILABLE' } },
      });
      expect(failing.isOpen).toBe(false);
      disk.free();
      const next = await lab.open(tree);
      const { context } = await next
        .ref('/counter')
        .waitFor((snapshot) => snapshot.context.seen.length >= landed);
      expect(context.seen).toEqual(Array.from({ length: landed }, (_, n) => n + 1));
    },
  );

  it.skipIf(whyNot !== '')(`makes no system, and no damage${whyNot}`, async () => {
    disk.fill(1_000);
    expect(await codeOf(lab.open(tree))).toBe('STORE_UNAVAILABLE');
    disk.free();
    const system = await lab.open(tree);
    expect(await codeOf(system.ref('/counter').send({ type: 'add', n: 1 }))).toBe('resolved');
  });
});

function isFailedOpen({ message }: { readonly message: string }): boolean {
  return message === 'the store could not be opened again';
}

/** LevelDB compresses what repeats itself. */
function noise(length: number): string {
  return Array.from({ length: length / 10 }, () => Math.random().toString(36).slice(2, 12)).join(
    '',
  );
}
