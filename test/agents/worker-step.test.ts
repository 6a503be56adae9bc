import { assign, createActor, setup, toPromise } from 'xstate';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  actor,
  createSystem,
  memoryStore,
  step,
  type System,
  supervisor,
  workerStep,
} from '../../src/index.ts';
import { openTestSystem } from '../../src/testing/index.ts';

interface Call {
  readonly kind: string;
  readonly n?: number;
}
interface Work {
  readonly default: (args: {
    readonly input: Call;
    readonly idempotencyKey: string;
    readonly attempt: number;
  }) => Promise<unknown>;
}

const module = new URL('../fixtures/threads/work.mjs', import.meta.url);

function treeOf(work: ReturnType<typeof workerStep<Work>>, input: Call) {
  const machine = setup({
    types: {
      context: {} as { readonly input: Call; readonly end: unknown },
      input: {} as Call,
      events: {} as { readonly type: 'leave' },
    },
    actors: { work, other: step(async () => 'still alive') },
  }).createMachine({
    id: 'worker',
    context: ({ input }) => ({ input, end: undefined }),
    initial: 'working',
    states: {
      working: {
        on: { leave: 'asking' },
        invoke: {
          src: 'work',
          input: ({ context }) => context.input,
          onDone: { target: 'over', actions: assign({ end: ({ event }) => event.output }) },
          onError: { target: 'over', actions: assign({ end: ({ event }) => event.error }) },
        },
      },
      asking: {
        invoke: {
          src: 'other',
          onDone: { target: 'over', actions: assign({ end: ({ event }) => event.output }) },
        },
      },
      over: { type: 'final' },
    },
    output: ({ context }) => context.end,
  });
  return supervisor('app', {
    backoff: false,
    children: [actor('worker', machine, { input, restart: 'transient' })],
  });
}

type Tree = ReturnType<typeof treeOf>;

async function open(tree: Tree): Promise<System<Tree>> {
  return await createSystem({ root: tree, store: memoryStore(), keepAlive: false });
}

async function endOf(tree: Tree): Promise<unknown> {
  const system = await open(tree);
  try {
    return await system.ref('/worker').done();
  } finally {
    await system.stop();
  }
}

describe('a worker step', () => {
  test('runs in a thread of its own, with the key and the attempt', async () => {
    expect(await endOf(treeOf(workerStep<Work>(module), { kind: 'double', n: 21 }))).toEqual({
      doubled: 42,
      isMainThread: false,
      idempotencyKey: expect.stringMatching(/\.\d+\.\d+\.\d+$/) as string,
      attempt: 1,
    });
  });

  test('that loops for ever ends with its time, and harms nobody', async () => {
    const work = workerStep<Work>(module, { timeoutMs: 400 });
    expect(await endOf(treeOf(work, { kind: 'loop' }))).toMatchObject({ code: 'STEP_TIMEOUT' });
  });

  test('gets a thread of its own for the next attempt', async () => {
    const work = workerStep<Work>(module, { timeoutMs: 400, retry: { minMs: 0, maxMs: 0 } });
    expect(await endOf(treeOf(work, { kind: 'loop once' }))).toBe(2);
  });

  test('that loops for ever ends when its machine leaves the state', async () => {
    const system = await open(treeOf(workerStep<Work>(module), { kind: 'loop' }));
    await system.ref('/worker').send({ type: 'leave' });
    expect(await system.ref('/worker').done()).toBe('still alive');
    await system.stop();
  });

  test('that loops for ever ends with its system', async () => {
    const system = await open(treeOf(workerStep<Work>(module), { kind: 'loop' }));
    await system.stop();
    expect(await system.closed).toMatchObject({ reason: 'stopped' });
  });

  test('fails as its module does', async () => {
    expect(await endOf(treeOf(workerStep<Work>(module), { kind: 'dance' }))).toMatchObject({
      name: 'RangeError',
      message: 'no such work: dance',
    });
  });

  test('fails when its module ends the thread, and not the process', async () => {
    expect(await endOf(treeOf(workerStep<Work>(module), { kind: 'exit' }))).toBeInstanceOf(Error);
  });

  test('of a file that is not there is refused before anything runs', async () => {
    const missing = new URL('missing.mjs', module);
    await expect(open(treeOf(workerStep<Work>(missing), { kind: 'double' }))).rejects.toMatchObject(
      {
        code: 'OPTION_INVALID',
        facts: { path: "step 'work' of machine 'worker'.module" },
        message: expect.stringContaining('missing.mjs') as string,
      },
    );
  });

  test('runs here in simulated worlds, and on a plain createActor', async () => {
    const tree = treeOf(workerStep<Work>(module), { kind: 'double', n: 4 });
    await using app = await openTestSystem({ root: tree });
    await app.settled();
    expect(await app.system.ref('/worker').done()).toMatchObject({
      doubled: 8,
      isMainThread: true,
    });

    const plain = createActor(workerStep<Work>(module), { input: { kind: 'double', n: 5 } });
    expect(await toPromise(plain.start())).toMatchObject({ doubled: 10 });
  });

  test.each([
    [{ heartbeatMs: 5 }, 'workerStep().heartbeatMs'],
    [{ timeoutMs: 0 }, 'workerStep().timeoutMs'],
  ])('refuses %o', (options, path) => {
    expect(() => workerStep<Work>(module, options as object)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', facts: expect.objectContaining({ path }) }),
    );
  });

  test('refuses what is no file', () => {
    expect(() => workerStep(new URL('https://perdure.test/x.js'))).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });

  test('takes its types from the module', () => {
    const logic = workerStep<Work>(module);
    expectTypeOf(logic).toEqualTypeOf<ReturnType<typeof step<unknown, Call>>>();
  });
});
