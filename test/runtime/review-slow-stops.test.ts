/** Steps that are slow to end when their actor is stopped: what comes after that stop is not theirs to end. */
import { describe, expect, it } from 'vitest';
import { assign, fromPromise, setup } from 'xstate';
import { actor, pool, supervisor } from '../../src/index.ts';
import { strayRejections } from '../support/stray-rejections.ts';
import { deferred, Lab } from './lab.ts';

const SHUTDOWN_MS = 1_000;

/** An actor that waits for its own step, above a child whose step is slow to end; and one that brings both down. */
function slowBelow() {
  const held = deferred();
  const slowEnd = deferred();
  const slow = fromPromise(async () => await slowEnd.promise);
  const work = fromPromise<string>(
    ({ signal }) =>
      new Promise((resolve, reject) => {
        void held.promise.then(() => resolve('done'));
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      }),
  );
  const child = setup({ actors: { slow } }).createMachine({ id: 'child', invoke: { src: 'slow' } });
  const parent = setup({ actors: { child, work } }).createMachine({
    id: 'parent',
    initial: 'working',
    states: {
      working: { invoke: [{ src: 'child' }, { src: 'work', onDone: 'over' }] },
      over: {},
    },
  });
  const failing = setup({}).createMachine({
    id: 'failing',
    on: {
      fail: {
        actions: assign(() => {
          throw new Error('failed on purpose');
        }),
      },
    },
  });
  const tree = supervisor('app', {
    strategy: 'one_for_all',
    backoff: false,
    children: [
      actor('parent', parent, { shutdownMs: SHUTDOWN_MS }),
      actor('failing', failing, { attemptsMax: 1 }),
    ],
  });
  return { tree, held, slowEnd };
}

describe('a step below an actor, slow to end when that is stopped,', () => {
  it('does not abort what its parent runs after it was given up', async () => {
    const { tree, held, slowEnd } = slowBelow();
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.ref('/failing').send({ type: 'fail' });
    await lab.advance(SHUTDOWN_MS);
    slowEnd.resolve();
    await lab.settle();
    held.resolve();
    await lab.settle();

    expect((await system.ref('/parent').snapshot()).value).toBe('over');
    await lab.stop(system);
  });

  it('does not abort what its parent runs after a write failed meanwhile', async () => {
    const { tree, held, slowEnd } = slowBelow();
    const lab = new Lab();
    const system = await lab.open(tree);
    await system.ref('/failing').send({ type: 'fail' });
    await lab.settle();
    lab.failNextWrite();
    void system.ref('/parent').send({ type: 'wake' } as never);
    await lab.settle();
    slowEnd.resolve();
    await lab.settle();
    held.resolve();
    await lab.settle();

    expect((await system.ref('/parent').snapshot()).value).toBe('over');
    await lab.stop(system);
  });
});

describe('a step that ends after its actor is gone and the system has stopped', () => {
  it('is no unhandled rejection', async () => {
    const strays = strayRejections();
    const slowEnd = deferred();
    const slow = fromPromise(async () => await slowEnd.promise);
    const clerk = setup({ actors: { slow } }).createMachine({
      id: 'clerk',
      invoke: { src: 'slow' },
    });
    const lab = new Lab();
    const system = await lab.open(
      supervisor('app', { children: [pool('clerks', clerk, { shutdownMs: SHUTDOWN_MS })] }),
    );
    await system.pool('/clerks').startChild('7');
    await lab.settle();
    const ended = system.pool('/clerks').terminateChild('7');
    await lab.advance(SHUTDOWN_MS);
    await ended;
    await lab.stop(system);
    slowEnd.resolve();
    await lab.settle();

    expect(await strays.seen()).toEqual([]);
  });
});
