/** EMFILE: a process that may open no more files, when it opens a store and while it runs on one. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, supervisor } from '../../src/index.ts';
import { counter } from '../runtime/machines.ts';
import type { Saw } from './children/saw.ts';
import { StoreLab } from './store-lab.ts';
import { TalkingChild } from './talking-child.ts';

const whyNot = process.platform === 'win32' ? ' (SKIPPED, NO ulimit)' : '';
const script = fileURLToPath(new URL('children/few-descriptors.ts', import.meta.url));
const tree = supervisor('app', { children: [actor('counter', counter)] });

describe('a process without descriptors', () => {
  let lab: StoreLab;
  let child: TalkingChild<Saw> | undefined;
  beforeEach(() => {
    lab = new StoreLab();
  });
  afterEach(async () => {
    await child?.dispose();
    await lab.dispose();
  });

  /** What it saw, of each kind, and with what it ended. */
  async function ran(scenario: string): Promise<{ saw: SawBy; exitCode: unknown }> {
    const command = 'ulimit -n 128 && exec "$@"';
    const args = [process.execPath, '--import', 'tsx', script, lab.directory, scenario];
    child = new TalkingChild('sh', ['-c', command, 'sh', ...args]);
    const exitCode = await child.ended;
    const { lines } = child;
    return { exitCode, saw: (kind) => lines.filter((line) => line.saw === kind) as never };
  }

  /** Everything that was acknowledged, in order; nothing twice, and nothing that was said not to be there. */
  async function expectNothingLost(saw: SawBy): Promise<void> {
    const system = await lab.open(tree);
    // behind all that waited in the store
    await system.ref('/counter').send({ type: 'tell', word: 'last' }, { until: 'applied' });
    const { seen } = (await system.ref('/counter').snapshot()).context;
    const accepted = saw('accepted').map(({ n }) => n);
    const unknown = saw('refused').filter(({ outcome }) => outcome === 'unknown');
    const mayBeThere = new Set([...accepted, ...unknown.map(({ n }) => n)]);

    expect(accepted.length).toBeGreaterThan(0);
    expect(seen).toEqual(expect.arrayContaining(accepted));
    expect(seen.filter((n) => !mayBeThere.has(n))).toEqual([]);
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
  }

  it.skipIf(whyNot !== '')(
    `opens no store with too few, changes nothing with none, and opens it when there are enough${whyNot}`,
    async () => {
      const { saw, exitCode } = await ran('opening');
      const attempts = saw('attempt');
      const failed = attempts.slice(0, -1);

      expect(exitCode).toBe(0);
      expect(failed.length).toBeGreaterThan(3);
      expect(failed.map(({ code }) => code)).toEqual(failed.map(() => 'STORE_UNAVAILABLE'));
      expect(failed.map((attempt) => attempt.exitCode)).toEqual(failed.map(() => 74));
      expect(failed[0]).toMatchObject({ free: 0, isChanged: false });
      expect(failed[0]?.what).toContain('too many open files');
      expect(attempts.at(-1)).toMatchObject({ code: null });
      expect(attempts.map(({ leaked }) => leaked)).toEqual(attempts.map(() => 0));
      await expectNothingLost(saw);
    },
  );

  it.skipIf(whyNot !== '')(
    `is not taken for the holder of what it could not open or has closed${whyNot}`,
    async () => {
      const { saw, exitCode } = await ran('greedy');
      const attempts = saw('attempt');

      expect(exitCode).toBe(0);
      expect(attempts.length).toBeGreaterThan(3);
      expect(attempts.map(({ code }) => code)).toEqual(attempts.map(() => null));
      await expectNothingLost(saw);
    },
  );

  it.skipIf(whyNot !== '')(
    `for a while loses nothing that was acknowledged, and its system goes on${whyNot}`,
    async () => {
      const { saw, exitCode } = await ran('running dry');

      expect(exitCode).toBe(0);
      expect(saw('failed')).toMatchObject([
        { code: 'STORE_WRITE_FAILED', cause: 'STORE_UNAVAILABLE' },
      ]);
      const [recovered] = saw('recovered');
      expect(recovered?.attempts).toBeGreaterThan(2);
      expect(saw('refused').every(({ code }) => code === 'STORE_WRITE_FAILED')).toBe(true);
      const sent = [...saw('accepted'), ...saw('refused')].map(({ n }) => n);
      const last = Math.max(...sent);
      // asked while the store was closed, and after that
      expect(saw('accepted').map(({ n }) => n)).toEqual(expect.arrayContaining([last - 1, last]));
      await expectNothingLost(saw);
    },
  );

  it.skipIf(whyNot !== '')(
    `for good closes its system, and nothing that was acknowledged is lost${whyNot}`,
    async () => {
      const { saw, exitCode } = await ran('running dry for good');

      expect(saw('closed')).toEqual([{ saw: 'closed', reason: 'store_failed', exitCode: 74 }]);
      expect(exitCode).toBe(74);
      expect(saw('recovered')).toEqual([]);
      await expectNothingLost(saw);
    },
  );
});

type SawBy = <K extends Saw['saw']>(kind: K) => Extract<Saw, { saw: K }>[];
