import { setup } from 'xstate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  actor,
  type Resources,
  step,
  type StepArgs,
  type StepOptions,
  supervisor,
} from '../../src/index.ts';
import { under } from '../../src/persistence/keyspace.ts';
import { deferred, Lab } from './lab.ts';

interface Run {
  readonly who: string;
  readonly atMs: number;
  readonly end: (error?: Error) => void;
  isOver: boolean;
}

type Options = Omit<StepOptions<void, string>, 'run'>;

/** What used the resource, in all processes. */
class Users {
  readonly runs: Run[] = [];
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  get now(): Run[] {
    return this.runs.filter(({ isOver }) => !isOver);
  }

  get order(): string[] {
    return this.runs.map(({ who }) => who);
  }

  run({ input, signal }: StepArgs<string>): Promise<void> {
    const { promise, resolve, reject } = deferred<void>();
    const run: Run = {
      who: input,
      atMs: this.#lab.clock.wallMs(),
      isOver: false,
      end: (error) => {
        run.isOver = true;
        if (error === undefined) resolve();
        else reject(error);
      },
    };
    signal.addEventListener('abort', () => run.end(signal.reason as Error));
    this.runs.push(run);
    return promise;
  }

  /** SIGKILL ends what runs too. */
  die(): void {
    for (const run of this.now) run.isOver = true;
  }
}

/** One worker for each name; each asks for the resource as soon as it is made. */
function treeOf(users: Users, names: readonly string[], options: Options) {
  const machine = setup({
    types: {
      context: {} as { readonly who: string },
      input: {} as { readonly who: string },
      events: {} as { readonly type: 'leave' },
    },
    actors: { work: step<void, string>({ ...options, run: (args) => users.run(args) }) },
  }).createMachine({
    id: 'worker',
    context: ({ input }) => ({ who: input.who }),
    initial: 'working',
    on: { leave: '.over' },
    states: {
      working: {
        invoke: {
          src: 'work',
          input: ({ context }) => context.who,
          onDone: 'over',
          onError: 'over',
        },
      },
      over: {},
    },
  });
  const children = names.map((who) => actor(who, machine, { input: { who } }));
  return supervisor('app', { backoff: false, children });
}

const four = ['a', 'b', 'c', 'd'] as const;

async function grantsIn(lab: Lab): Promise<number> {
  const opened = await lab.store.open({ storeId: 'reader', lockWaitMs: 0 });
  let grants = 0;
  for await (const rows of opened.scan(under('g'))) grants += rows.length;
  await opened.close();
  return grants;
}

describe('a resource with a concurrency', () => {
  const resources: Resources = { api: { concurrency: 2 } };

  test('lets so many run at once, in the order of asking', async () => {
    const lab = new Lab();
    const users = new Users(lab);
    const system = await lab.open(treeOf(users, four, { resource: 'api' }), { resources });
    await lab.settle();
    expect(users.order).toEqual(['a', 'b']);
    users.now[1]?.end();
    await lab.settle();
    expect(users.order).toEqual(['a', 'b', 'c']);
    users.now[0]?.end(new Error('refused'));
    await lab.settle();
    expect(users.order).toEqual(['a', 'b', 'c', 'd']);
    await lab.stop(system);
  });

  test('is free for the next one when the process that used it is gone, the oldest first', async () => {
    const lab = new Lab();
    const users = new Users(lab);
    const tree = treeOf(users, four, { resource: 'api' });
    await lab.open(tree, { resources });
    await lab.settle();
    await lab.kill();
    users.die();
    const system = await lab.open(tree, { resources });
    await lab.settle();
    expect(users.order).toEqual(['a', 'b', 'a', 'b']);
    await lab.stop(system);
  });

  test('does not wait for those that do not want it any more', async () => {
    const lab = new Lab();
    const users = new Users(lab);
    const system = await lab.open(treeOf(users, four, { resource: 'api' }), { resources });
    await lab.settle();
    await system.ref('/c' as never).send({ type: 'leave' } as never, { until: 'applied' });
    users.now[0]?.end();
    await lab.settle();
    expect(users.order).toEqual(['a', 'b', 'd']);
    await lab.stop(system);
  });

  test('is not held by an attempt whose time is over, nor while one waits for its next attempt', async () => {
    const lab = new Lab();
    const users = new Users(lab);
    const options: Options = {
      resource: 'api',
      timeoutMs: 1_000,
      retry: { minMs: 5_000, maxMs: 5_000 },
    };
    const tree = treeOf(users, ['a', 'b', 'c'], options);
    const system = await lab.open(tree, { resources, random: () => 1 });
    await lab.settle();
    expect(users.order).toEqual(['a', 'b']);
    await lab.advance(1_001);
    expect(users.order).toEqual(['a', 'b', 'c']);
    users.now[0]?.end();
    await lab.advance(5_000);
    expect(users.order.slice(3).sort()).toEqual(['a', 'b']);
    await lab.stop(system);
  });

  test('is given back by an actor that is stopped', async () => {
    const lab = new Lab();
    const users = new Users(lab);
    const system = await lab.open(treeOf(users, four, { resource: 'api' }), { resources });
    await lab.settle();
    await system.kill('/a' as never);
    await lab.settle();
    expect(users.now).toHaveLength(2);
    await lab.stop(system);
  });
});

describe('a resource with a rate', () => {
  const resources: Resources = { api: { rate: { max: 2, perMs: 60_000 } } };

  test('lets so many begin in any such time', async () => {
    const lab = new Lab();
    const users = new Users(lab);
    const system = await lab.open(treeOf(users, four, { resource: 'api' }), { resources });
    await lab.advance(59_000);
    expect(users.order).toEqual(['a', 'b']);
    await lab.advance(1_001);
    expect(users.order).toEqual(['a', 'b', 'c', 'd']);
    await lab.stop(system);
  });

  test('counts what earlier processes began', async () => {
    const lab = new Lab();
    const users = new Users(lab);
    const tree = treeOf(users, four, { resource: 'api' });
    await lab.open(tree, { resources });
    await lab.settle();
    await lab.kill();
    users.die();
    await lab.advance(30_000);
    const system = await lab.open(tree, { resources });
    await lab.advance(29_000);
    expect(users.order).toEqual(['a', 'b']);
    await lab.advance(1_001);
    expect(users.order).toEqual(['a', 'b', 'a', 'b']);
    await lab.stop(system);
  });

  test('counts each attempt of one moment', async () => {
    const lab = new Lab();
    const users = new Users(lab);
    const options = { resource: 'api', retry: { minMs: 0, maxMs: 0 } };
    const tree = treeOf(users, ['a'], options);
    await lab.open(tree, { resources });
    await lab.settle();
    users.now[0]?.end(new Error('busy'));
    await lab.settle();
    await lab.kill();
    users.die();
    const system = await lab.open(tree, { resources });
    await lab.advance(59_000);
    expect(users.order).toEqual(['a', 'a']);
    await lab.advance(1_001);
    expect(users.order).toEqual(['a', 'a', 'a']);
    await lab.stop(system);
  });

  test('keeps no row of what does not count any more, nor of a resource without a rate', async () => {
    const lab = new Lab();
    const users = new Users(lab);
    const tree = treeOf(users, four, { resource: 'api' });
    await lab.open(tree, { resources });
    await lab.advance(60_001);
    await lab.kill();
    users.die();
    expect(await grantsIn(lab)).toBe(2);
    const system = await lab.open(tree, { resources: { api: {} } });
    await lab.settle();
    expect(users.now).toHaveLength(4);
    await lab.stop(system);
    expect(await grantsIn(lab)).toBe(0);
  });
});

test('a name that is not there is refused, with the one that was meant', async () => {
  const lab = new Lab();
  const tree = treeOf(new Users(lab), ['a'], { resource: 'apo' });
  await expect(lab.open(tree, { resources: { api: {} } })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    facts: { path: "step 'work' of machine 'worker'.resource" },
    message: expect.stringContaining("is it 'api'?") as string,
  });
});

test('limits hold whatever ends when, with kills in between, and everybody is served', async () => {
  const perMs = 10_000;
  const act = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail' as const), which: fc.nat(9) }) },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(8_000) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'lose' as const) }),
    },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(act, { maxLength: 30 }),
      async (concurrency, max, acts) => {
        const lab = new Lab();
        const users = new Users(lab);
        const names = Array.from({ length: 8 }, (_, n) => `w${n}`);
        const tree = treeOf(users, names, { resource: 'api', retry: { attemptsMax: 2 } });
        const resources = { api: { concurrency, rate: { max, perMs } } };
        let system = await lab.open(tree, { resources });
        const judge = (): void => {
          expect(users.now.length).toBeLessThanOrEqual(concurrency);
          const begun = users.runs.map(({ atMs }) => atMs);
          for (const atMs of begun) {
            const inWindow = begun.filter((other) => other >= atMs && other < atMs + perMs);
            expect(inWindow.length).toBeLessThanOrEqual(max);
          }
        };
        const runs = (which: number): Run | undefined => users.now[which % users.now.length];
        for (const next of acts) {
          if (next.kind === 'end') runs(next.which)?.end();
          else if (next.kind === 'fail') runs(next.which)?.end(new Error('busy'));
          else if (next.kind === 'wait') await lab.advance(next.ms);
          else if (next.kind === 'lose') lab.failNextWrite();
          else {
            await lab.kill();
            users.die();
            system = await lab.open(tree, { resources });
          }
          await lab.settle();
          judge();
        }
        for (let rounds = 0; rounds < 60; rounds += 1) {
          for (const run of users.now) run.end();
          await lab.advance(perMs);
          judge();
        }
        expect(new Set(users.order).size).toBe(names.length);
        expect(users.now).toHaveLength(0);
        await lab.stop(system);
      },
    ),
    { numRuns: 60, verbose: 1, timeout: 4000, endOnFailure: true },
  );
});
