/** The process that owns a store is stopped, as by a debugger, a suspended shell or a frozen container. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actor, createSystem, supervisor } from '../../src/index.ts';
import { counter } from '../runtime/machines.ts';
import { StoreLab } from './store-lab.ts';

const script = fileURLToPath(new URL('owner.ts', import.meta.url));
const tree = supervisor('app', { children: [actor('counter', counter, { restart: 'transient' })] });

/** Another process that works on the store. */
class Owner {
  acknowledged = 0;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #heard: () => void = () => undefined;

  constructor(directory: string) {
    const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    let rest = '';
    child.stdout.on('data', (data: Buffer) => {
      const lines = `${rest}${data.toString()}`.split('\n');
      rest = lines.pop() ?? '';
      this.acknowledged += lines.length;
      this.#heard();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Until so many more are acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.acknowledged + count;
    while (this.acknowledged < wanted)
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
  }
}

let lab: StoreLab;
let owner: Owner;
beforeEach(async () => {
  lab = new StoreLab();
  owner = new Owner(lab.directory);
  await owner.more(20);
  owner.signal('SIGSTOP');
});
afterEach(async () => {
  await owner.kill();
  await lab.dispose();
});

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('an owner that is stopped', () => {
  it.each([0, 100])(
    'keeps its store: who waits %i ms for it is refused, with the name of the holder, and the owner goes on',
    async (lockWaitMs) => {
      const store = { directory: lab.directory, lockWaitMs };
      await expect(createSystem({ root: tree, store })).rejects.toMatchObject({
        code: 'STORE_LOCKED',
        retryable: true,
        exitCode: 75,
        facts: { holder: expect.stringContaining(`process ${owner.pid} on`) as string },
      });
      owner.signal('SIGCONT');
      await owner.more(20);
      await owner.kill();

      const system = await lab.open(tree);
      const { seen } = (await system.ref('/counter').snapshot()).context;
      expect(seen.length).toBeGreaterThanOrEqual(owner.acknowledged);
      expect(seen).toEqual(upTo(seen.length));
    },
  );

  it('and then killed hands it over to who waits, with all that was acknowledged', async () => {
    const waiting = lab.open(tree, { lockWaitMs: 20_000 });
    await owner.kill();

    const system = await waiting;
    const { seen } = (await system.ref('/counter').snapshot()).context;
    expect(seen.length).toBeGreaterThanOrEqual(owner.acknowledged);
    expect(seen).toEqual(upTo(seen.length));
    const last = seen.length + 1;
    await system.ref('/counter').send({ type: 'add', n: last }, { until: 'applied' });
    expect((await system.ref('/counter').snapshot()).context.seen).toEqual(upTo(last));
  });
});
