/** A process that owns a store and is stopped with SIGSTOP, as by a debugger or a frozen container. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, supervisor, type System } from '../../src/index.ts';
import { counter } from '../runtime/machines.ts';
import { StoreLab, until } from './store-lab.ts';
import { TalkingChild } from './talking-child.ts';

const whyNot = existsSync('/proc/self/stat') ? '' : ' (SKIPPED, NO /proc)';
const script = fileURLToPath(new URL('children/owner.ts', import.meta.url));
const tree = supervisor('app', { children: [actor('counter', counter, { restart: 'transient' })] });

describe('an owner that is stopped', () => {
  let lab: StoreLab;
  let owner: TalkingChild<number>;
  beforeEach(async () => {
    lab = new StoreLab();
    owner = new TalkingChild(process.execPath, ['--import', 'tsx', script, lab.directory]);
    await owner.said(50);
    owner.signal('SIGSTOP');
    await until(() => stateOf(owner.pid) === 'T', 'it is stopped');
  });
  afterEach(async () => {
    await owner.dispose();
    await lab.dispose();
  });

  async function expectRefusal(lockWaitMs: number): Promise<void> {
    await expect(lab.open(tree, { lockWaitMs })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      retryable: true,
      exitCode: 75,
      facts: { holder: expect.stringContaining(`process ${owner.pid} on `) as string },
    });
  }

  it.skipIf(whyNot !== '')(
    `keeps its store, is named to whoever comes second, and goes on when it may${whyNot}`,
    async () => {
      await expectRefusal(0);
      await expectRefusal(100);
      const accepted = owner.lines.length;
      owner.signal('SIGCONT');
      await owner.said(accepted + 50);
      owner.end();

      expect(await owner.ended).toBe(0);
      const seen = await seenIn(await lab.open(tree));
      expect(seen).toEqual(numbersTo(owner.lines.length));
      expect(owner.lines.toSorted((a, b) => a - b)).toEqual(seen);
    },
  );

  it.skipIf(whyNot !== '')(
    `and then killed leaves its store, with all that was acknowledged, to who waits for it${whyNot}`,
    async () => {
      await expectRefusal(0);
      const waiting = lab.open(tree, { lockWaitMs: 20_000 });
      owner.signal('SIGKILL');
      const system = await waiting;

      expect(await owner.ended).toBe('SIGKILL');
      const seen = await seenIn(system);
      expect(seen).toEqual(numbersTo(seen.length));
      expect(seen).toEqual(expect.arrayContaining(owner.lines));
      await system.ref('/counter').send({ type: 'add', n: -1 }, { until: 'applied' });
      expect(await seenIn(system)).toEqual([...seen, -1]);
    },
  );
});

async function seenIn(system: System<typeof tree>): Promise<readonly number[]> {
  // behind all that waited in the store
  await system.ref('/counter').send({ type: 'tell', word: 'last' }, { until: 'applied' });
  return (await system.ref('/counter').snapshot()).context.seen;
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** As the system tells it: `T` is stopped. */
function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // the name before it may hold blanks
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0];
}
