/** The catalogue: what every error carries, and that the rarer codes reach whoever has to know. */
import { assign, createMachine, fromTransition, setup, spawnChild } from 'xstate';
import { describe, expect, test } from 'vitest';
import {
  type ErrorCode,
  errorCodes,
  isPerdureError,
  PerdureError,
  reasonOf,
} from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { actor, pool, supervisor } from '../../src/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { restoreSnapshot } from '../../src/runtime/restored-snapshot.ts';
import { all, codeOf, eventsOf, Lab, watched } from '../runtime/lab.ts';
import { filesOf } from '../support/source-text.ts';
import { counter } from '../runtime/machines.ts';

describe('an error of the catalogue', () => {
  test('carries its code, its facts, whether to retry, and its cause', () => {
    const cause = new Error('the medium is full');
    const facts = { directory: 'data', what: 'no space' };
    const error = new PerdureError('STORE_UNAVAILABLE', facts, { cause });

    expect(error).toMatchObject({ name: 'PerdureError', facts, retryable: true, cause });
    expect(error.message).toContain('data');
    expect(isPerdureError(error)).toBe(true);
  });

  test('cannot be mistaken for another error, nor another for it', () => {
    expect([new Error('no'), { code: 'STORE_LOCKED' }, undefined, 'x'].some(isPerdureError)).toBe(
      false,
    );
  });

  test('is known by a mark, not by its class: two copies of the package may be loaded', () => {
    const mark = Object.getOwnPropertySymbols(
      new PerdureError('STORE_CLOSED', { directory: '' }),
    )[0];
    expect(isPerdureError({ [mark as symbol]: true })).toBe(true);
  });

  test('has a code that tells its area', () => {
    for (const code of errorCodes) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
  });

  test('is said to be retryable in the docs if, and only if, it is', () => {
    const { 'docs/errors.md': page = '' } = filesOf(/^docs\/errors\.md$/);
    const told = page.matchAll(/^## ([A-Z_]+)$[\s\S]*?^\*\*Retryable:\*\* (yes|no)\.$/gm);
    const inCode = (code: ErrorCode): string =>
      new PerdureError(code, {} as never).retryable ? 'yes' : 'no';

    expect(Object.fromEntries([...told].map(([, code, answer]) => [code, answer]))).toEqual(
      Object.fromEntries(errorCodes.map((code) => [code, inCode(code)])),
    );
  });

  test('shows the message of whatever was thrown', () => {
    expect([reasonOf(new Error('a')), reasonOf('b'), reasonOf(undefined)]).toEqual([
      'a',
      'b',
      'undefined',
    ]);
  });
});

/** A ref to a machine whose events are not typed. */
interface Untyped {
  send(event: { type: string }, options?: { key: string }): Promise<unknown>;
}

const transient = supervisor('app', {
  children: [actor('counter', counter, { restart: 'transient' })],
});

describe('who waits for an actor', () => {
  test('learns that what it waits for can no longer happen', async () => {
    const lab = new Lab();
    const system = await lab.open(transient);
    const ref = system.ref('/counter');
    const waiting = codeOf(ref.waitFor(() => false));
    const done = watched(ref.done());
    await ref.send({ type: 'leave', reason: 'shutdown' });
    await lab.settle();

    expect(await waiting).toBe('WAIT_ENDED');
    expect(done.error).toMatchObject({ code: 'ACTOR_EXITED', facts: { address: '/counter' } });
    await system.stop();
  });

  test('learns that it did not happen in time', async () => {
    const lab = new Lab();
    const system = await lab.open(transient);
    const waited = watched(system.ref('/counter').waitFor(() => false, { timeoutMs: 50 }));
    await lab.advance(50);

    expect(waited.error).toMatchObject({ code: 'WAIT_TIMEOUT', facts: { timeoutMs: 50 } });
    await system.stop();
  });
});

describe('an actor whose machine is another one now', () => {
  const other = supervisor('app', {
    children: [actor('counter', createMachine({ id: 'abacus' }), { restart: 'transient' })],
  });

  test('is quarantined: its snapshot is not shown as if it fitted', async () => {
    const lab = new Lab();
    const before = await lab.open(transient);
    await before.ref('/counter').send({ type: 'add', n: 1 });
    await before.stop();
    const system = await lab.open(other);

    expect(await codeOf(system.ref('/counter').snapshot())).toBe('ACTOR_QUARANTINED');
    await system.stop();
  });

  test('does not answer to the former machine', async () => {
    const system = await new Lab().open(transient);
    const ref = system.ref('/counter', createMachine({ id: 'abacus' }));

    expect(await codeOf(ref.send({ type: 'x' }))).toBe('ACTOR_MACHINE_MISMATCH');
    await system.stop();
  });
});

test('a snapshot of a newer version than the code does not fit', () => {
  const cell = {
    address: '/a',
    version: 2,
    settings: { version: 1, migrate: {} },
    logic: { id: 'm', kind: 'transition', logic: fromTransition((state) => state, {}) },
  };
  const record = ['active', undefined, {}, undefined, undefined, undefined, undefined] as const;
  const restore = () => restoreSnapshot(cell as never, record, () => undefined as never);

  expect(restore).toThrow(
    expect.objectContaining({
      code: 'SNAPSHOT_MISFIT',
      facts: expect.objectContaining({ address: '/a' }),
    }),
  );
});

describe('a pool', () => {
  const clerks = supervisor('app', {
    children: [pool('clerks', counter, { childrenMax: 1, restart: 'transient' })],
  });

  test('refuses a second child of one id, and more children than fit', async () => {
    const system = await new Lab().open(clerks);
    const handle = system.pool('/clerks');
    await handle.startChild('a');

    expect(await codeOf(handle.startChild('a'))).toBe('CHILD_REFUSED');
    expect(await codeOf(handle.startChild('b'))).toBe('POOL_FULL');
    await system.stop();
  });

  test('tells that the start of a child failed', async () => {
    const onStart = (): void => {
      throw new Error('no database');
    };
    const root = supervisor('app', { children: [pool('clerks', counter, { onStart })] });
    const system = await new Lab().open(root);
    const started = await codeOf(system.pool('/clerks').startChild('a'));

    expect(started).toBe('SUPERVISOR_START_FAILED');
    await system.stop();
  });
});

test('a dead letter that is not there cannot be retried or dropped', async () => {
  const system = await new Lab().open(transient);

  expect(await codeOf(system.deadLetters.retry(7))).toBe('DEAD_LETTER_NOT_FOUND');
  expect(await codeOf(system.deadLetters.drop(7))).toBe('DEAD_LETTER_NOT_FOUND');
  await system.stop();
});

test('an actor that remembers as many keys as it may takes no new one, and knows the old ones', async () => {
  const root = supervisor('app', {
    children: [actor('idle', createMachine({}), { mailboxMax: limits.keysMax + 2 })],
  });
  const lab = new Lab();
  const system = await lab.open(root);
  const ref = system.ref('/idle') as unknown as Untyped;
  for (let n = 1; n < limits.keysMax; n += 1) void ref.send({ type: 'x' }, { key: `k${n}` });
  await ref.send({ type: 'x' }, { key: 'last' });

  expect(await codeOf(ref.send({ type: 'x' }, { key: 'one more' }))).toBe('KEY_MEMORY_FULL');
  expect(await ref.send({ type: 'x' }, { key: 'k1' })).toMatchObject({ duplicate: true });
  expect(await codeOf(ref.send({ type: 'x' }))).toBe('resolved');
  await system.stop();
});

describe('a turn that cannot stand', () => {
  /** The code with which the message `go` ends up among the dead letters. */
  async function codeOfTurn(machine: Parameters<typeof actor>[1]): Promise<string | undefined> {
    const root = supervisor('app', {
      attemptsMax: 1,
      children: [
        actor('named', createMachine({ id: 'named' }), { name: 'clerk' }),
        actor('m', machine, { input: undefined } as never),
      ],
    });
    const lab = new Lab();
    const system = await lab.open(root);
    const ref = system.ref('/m') as unknown as Untyped;
    await ref.send({ type: 'go' });
    await lab.advance(1_000);
    const [letter] = await all(system.deadLetters.list());
    await system.stop();
    return letter?.error?.code;
  }

  test('is one that looks into another actor', async () => {
    const machine = setup({
      actions: { peek: assign(({ system }) => ({ seen: system.get('clerk').getSnapshot() })) },
    }).createMachine({ on: { go: { actions: 'peek' } } });

    expect(await codeOfTurn(machine)).toBe('TURN_IMPURE');
  });

  test('is one that takes a name that is taken', async () => {
    const machine = setup({ actors: { child: createMachine({}) } }).createMachine({
      on: { go: { actions: spawnChild('child', { id: 'c', systemId: 'clerk' }) } },
    });

    expect(await codeOfTurn(machine)).toBe('NAME_TAKEN');
  });
});

describe('the end of a system', () => {
  test('says that the root gave up', async () => {
    const lab = new Lab();
    const root = supervisor('app', { intensity: 0, children: [actor('counter', counter)] });
    const system = await lab.open(root);
    await system.ref('/counter').send({ type: 'crash' });
    await lab.settle();

    expect(await system.closed).toMatchObject({
      reason: 'root_ended',
      exitCode: 70,
      error: { code: 'SUPERVISOR_GAVE_UP', facts: { address: '/', child: 'counter' } },
    });
  });

  test('is a good one when the root ended as it was told to', async () => {
    const lab = new Lab();
    const root = supervisor('app', {
      autoShutdown: 'any_significant',
      children: [actor('counter', counter, { restart: 'transient', significant: true })],
    });
    const system = await lab.open(root);
    await system.ref('/counter').send({ type: 'leave', reason: 'normal' });
    await lab.settle();

    expect(await system.closed).toEqual({ reason: 'stopped', exitCode: 0 });
  });
});

describe('the first start of a tree', () => {
  test('fails with the child that did not come up', async () => {
    const onStart = (): void => {
      throw new Error('no database');
    };
    const root = supervisor('app', { children: [actor('counter', counter, { onStart })] });

    await expect(new Lab().open(root)).rejects.toMatchObject({
      code: 'SUPERVISOR_START_FAILED',
      facts: { child: 'counter', why: expect.stringContaining('no database') },
    });
  });

  test('does not wait for a hook longer than it may take', async () => {
    let reason: unknown;
    const onStart = ({ signal }: { signal: AbortSignal }): Promise<void> =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
        });
      });
    const lab = new Lab();
    const options = { onStart, startTimeoutMs: 100 };
    const root = supervisor('app', { children: [actor('counter', counter, options)] });
    const opened = codeOf(lab.open(root));
    await lab.advance(100);

    expect(await opened).toBe('SUPERVISOR_START_FAILED');
    expect(reason).toMatchObject({ code: 'START_TIMEOUT', facts: { timeoutMs: 100 } });
  });
});

/** A store that loses one batch. */
function losingStore(): { readonly store: Store; readonly lose: () => void } {
  const inner = memoryStore();
  let mustLose = false;
  const store: Store = {
    location: inner.location,
    open: async (options) => {
      const opened = await inner.open(options);
      return new Proxy(opened, {
        get: (target, name) => {
          if (name === 'batch' && mustLose) {
            mustLose = false;
            const nothing = (): void => undefined;
            return () => ({ put: nothing, del: nothing, write: async () => 'unknown' as const });
          }
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
  return {
    store,
    lose: () => {
      mustLose = true;
    },
  };
}

test('a batch that was not written fails its senders, and the system goes on', async () => {
  const { store, lose } = losingStore();
  const lab = new Lab(store);
  const system = await lab.open(transient);
  const events = eventsOf(system);
  const ref = system.ref('/counter');
  lose();

  expect(await codeOf(ref.send({ type: 'add', n: 1 }))).toBe('STORE_WRITE_FAILED');
  await lab.advance(10_000);
  await ref.send({ type: 'add', n: 2 }, { until: 'applied' });
  expect((await ref.snapshot()).context.total).toBe(2);
  expect(events.map(({ type }) => type)).toContain('store.recovered');
  await system.stop();
});
