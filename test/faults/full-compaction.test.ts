/** ENOSPC where nobody writes: while LevelDB moves rows from its log into tables. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { actor, supervisor } from '../../src/index.ts';
import { Random } from '../../src/testing/random.ts';
import { codeOf } from '../runtime/lab.ts';
import { SmallDisk, whyNoDisk } from './small-disk.ts';
import { StoreLab } from './store-lab.ts';

const whyNot = whyNoDisk();
const TEXT_LENGTH = 200_000;
/** The log has room before it is moved, the table has not. */
const ROOM_BYTES = 22 * 2 ** 20;

const keeper = setup({
  types: {
    context: {} as { readonly seen: readonly number[]; readonly text: string },
    events: {} as { type: 'keep'; n: number; text: string },
  },
}).createMachine({
  id: 'keeper',
  context: { seen: [], text: '' },
  on: {
    keep: {
      actions: assign(({ context, event }) => ({
        seen: [...context.seen, event.n],
        text: event.text,
      })),
    },
  },
});
const tree = supervisor('app', { children: [actor('keeper', keeper)] });

describe('a disk that is full when rows are moved into tables', () => {
  let disk: SmallDisk;
  let lab: StoreLab;
  beforeEach(() => {
    if (whyNot !== '') return;
    disk = SmallDisk.mount(96);
    lab = new StoreLab(disk.directory);
  });
  afterEach(async () => {
    if (whyNot !== '') return;
    await lab.dispose();
    disk.unmount();
  });

  it.skipIf(whyNot !== '')(
    `fails the writes that come then, and loses nothing that was acknowledged${whyNot}`,
    { timeout: 60_000 },
    async () => {
      const system = await lab.open(tree);
      const random = new Random(3);
      const failed = new Promise<'failed'>((resolve) => {
        system.events.on('store.failed', () => resolve('failed'));
      });
      disk.fill(ROOM_BYTES);
      const landed: number[] = [];
      let last: string | undefined;
      for (let n = 1; n <= 400 && last !== 'failed'; n += 1) {
        const text = noise(random);
        const sent = codeOf(system.ref('/keeper').send({ type: 'keep', n, text }));
        last = await Promise.race([sent, failed]);
        if (last === 'resolved') landed.push(n);
      }

      expect(last).toBe('failed');
      // more than the log alone had room for a table of
      expect(landed.length * TEXT_LENGTH).toBeGreaterThan(10 * 2 ** 20);
      disk.free();
      await lab.recovered();
      await system.ref('/keeper').send({ type: 'keep', n: 0, text: '' }, { until: 'applied' });
      const { seen } = (await system.ref('/keeper').snapshot()).context;
      expect(seen.slice(0, landed.length)).toEqual(landed);
      // the one whose outcome nobody knew is there or is not
      expect(seen.length - landed.length).toBeLessThanOrEqual(2);
      expect(seen.at(-1)).toBe(0);
    },
  );
});

/** LevelDB compresses what repeats itself. */
function noise(random: Random): string {
  return Array.from({ length: TEXT_LENGTH / 6 }, () =>
    random
      .below(2 ** 30)
      .toString(36)
      .padEnd(6, '0'),
  ).join('');
}
