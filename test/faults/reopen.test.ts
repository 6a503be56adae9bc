/** After a failed write: everything stands still, the store is opened again, and what was under way goes on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { levelStore } from '../../src/drivers/level-store.ts';
import { actor, supervisor } from '../../src/index.ts';
import { codeOf, watched } from '../runtime/lab.ts';
import { counter } from '../runtime/machines.ts';
import { FailingStore } from './failing-store.ts';
import { hastyClock, StoreLab, until } from './store-lab.ts';
import { Outside, workerOn } from './worker.ts';

let lab: StoreLab;
let store: FailingStore;
let outside: Outside;
beforeEach(() => {
  lab = new StoreLab();
  store = new FailingStore(levelStore(lab.directory));
  outside = new Outside();
});
afterEach(() => lab.dispose());

const small = supervisor('app', { children: [actor('counter', counter)] });

function tree() {
  return supervisor('app', {
    children: [actor('counter', counter), actor('worker', workerOn(outside))],
  });
}

describe('what runs outside while the store is opened again', () => {
  it('a step goes on: it is not started again and its result arrives once', async () => {
    const system = await lab.open(tree(), { store });
    const worker = system.ref('/worker');
    await worker.send({ type: 'work' });
    await until(() => outside.runs.length === 1, 'the step runs');
    store.next('lost');
    expect(await codeOf(system.ref('/counter').send({ type: 'add', n: 1 }))).toBe(
      'STORE_WRITE_FAILED',
    );
    await lab.recovered();
    outside.finish('done');

    await worker.waitFor((snapshot) => snapshot.context.results.length === 1);
    expect(outside.runs).toHaveLength(1);
    expect((await worker.snapshot()).context.results).toEqual(['done']);
  });

  it('a result that came while there was no store is kept', async () => {
    const system = await lab.open(tree(), { store });
    const worker = system.ref('/worker');
    await worker.send({ type: 'work' });
    await until(() => outside.runs.length === 1, 'the step runs');
    store.next('lost');
    store.refusals = 2;
    void system.ref('/counter').send({ type: 'add', n: 1 });
    await until(() => lab.events('store.failed').length === 1, 'the store failed');
    outside.finish('meanwhile');

    await worker.waitFor((snapshot) => snapshot.context.results.length === 1);
    expect(outside.runs).toHaveLength(1);
  });

  it.each(['lost', 'kept'] as const)(
    'a result whose batch was %s is recorded once and emitted once',
    async (fate) => {
      const system = await lab.open(tree(), { store });
      const worker = system.ref('/worker');
      const heard: string[] = [];
      worker.on('finished', ({ result }) => heard.push(result));
      await worker.send({ type: 'work' });
      await until(() => outside.runs.length === 1, 'the step runs');
      store.next(fate);
      outside.finish('paid for');

      await worker.waitFor((snapshot) => snapshot.context.results.length === 1);
      await lab.recovered();
      expect(outside.runs).toHaveLength(1);
      await system.stop();
      const next = await lab.open(tree());
      expect((await next.ref('/worker').snapshot()).context.results).toEqual(['paid for']);
      expect(heard).toEqual(['paid for']);
      expect(outside.runs).toHaveLength(1);
    },
  );

  it('a step whose turn was lost never starts; one whose turn was kept starts once', async () => {
    const system = await lab.open(tree(), { store });
    const worker = system.ref('/worker');
    store.next('lost');
    expect(await codeOf(worker.send({ type: 'work' }))).toBe('STORE_WRITE_FAILED');
    await lab.recovered(1);
    expect(outside.runs).toEqual([]);
    store.next('kept');
    expect(await codeOf(worker.send({ type: 'work' }))).toBe('resolved');
    await lab.recovered(2);
    await until(() => outside.runs.length > 0, 'the step runs');
    outside.finish('once');

    await worker.waitFor((snapshot) => snapshot.context.results.length === 1);
    expect(outside.runs).toHaveLength(1);
  });

  it('a step that was being stopped runs again when it has ended', async () => {
    const root = supervisor('app', {
      strategy: 'one_for_all',
      backoff: false,
      children: [actor('counter', counter, { attemptsMax: 1 }), actor('worker', workerOn(outside))],
    });
    const system = await lab.open(root, { store });
    const worker = system.ref('/worker');
    await worker.send({ type: 'work' });
    await until(() => outside.runs.length === 1, 'the step runs');
    await system.ref('/counter').send({ type: 'fail' });
    await until(() => outside.aborts === 1, 'the step is told to stop');
    store.next('lost');
    expect(await codeOf(worker.send({ type: 'tick' }))).toBe('STORE_WRITE_FAILED');
    await lab.recovered();
    outside.fail(new Error('interrupted'));

    await until(() => outside.runs.length === 2, 'the step runs again');
    outside.finish('done');
    await worker.waitFor((snapshot) => snapshot.context.results.length === 1);
    expect(new Set(outside.runs).size).toBe(1);
  });

  it('a named action whose turn was lost is not run, one whose turn was kept is run', async () => {
    const system = await lab.open(tree(), { store });
    const worker = system.ref('/worker');
    for (const fate of ['lost', 'kept'] as const) {
      store.next(fate);
      await codeOf(worker.send({ type: 'note', text: fate }));
    }
    await worker.send({ type: 'note', text: 'last' });

    await until(() => outside.actions.includes('last'), 'the last action ran');
    expect(outside.actions).toEqual(['kept', 'last']);
  });

  it('a callback ends with the world it was started in: there is never more than one', async () => {
    const system = await lab.open(tree(), { store });
    const worker = system.ref('/worker');
    await worker.send({ type: 'listen' });
    await until(() => outside.callbacks === 1, 'the callback runs');
    const former = outside.sendBack;
    store.next('lost');
    await codeOf(system.ref('/counter').send({ type: 'add', n: 1 }));
    await lab.recovered();
    await until(() => outside.sendBack !== former, 'the callback runs again');

    expect(outside.callbacks).toBe(1);
    former({ type: 'tick' });
    outside.sendBack({ type: 'tick' });
    await worker.waitFor((snapshot) => snapshot.context.ticks > 0);
    expect((await worker.snapshot()).context.ticks).toBe(1);
    await worker.send({ type: 'rest' });
    await until(() => outside.callbacks === 0, 'the callback ended');
  });

  it('a timer that becomes due meanwhile fires once, after the store is back', async () => {
    const system = await lab.open(tree(), { store });
    const worker = system.ref('/worker');
    await worker.send({ type: 'sleep' });
    store.next('lost');
    store.refusals = 3;
    void system.ref('/counter').send({ type: 'add', n: 1 });

    await worker.waitFor((snapshot) => snapshot.context.woken > 0);
    await lab.recovered();
    expect(lab.events('store.recovered')).toMatchObject([{ attempts: 4 }]);
    expect((await worker.snapshot()).context.woken).toBe(1);
  });
});

describe('a store that fails again while it is opened again', () => {
  it('acknowledges nothing for a number that another batch has taken', async () => {
    const system = await lab.open(small, { store });
    const ref = system.ref('/counter');
    // the first batch after the reopen gets the number of the one that was lost
    store.next('lost', 'kept');
    const first = watched(ref.send({ type: 'add', n: 1 }));
    await lab.recovered();

    expect(first.error).toMatchObject({ code: 'STORE_WRITE_FAILED' });
    await ref.send({ type: 'add', n: 10 });
    expect((await ref.snapshot()).context.seen).toEqual([10]);
    expect(lab.events('store.failed')).toHaveLength(1);
    expect(lab.events('store.recovered')).toMatchObject([{ landed: false, attempts: 2 }]);
  });

  it('does not take the batch of another process for its own', async () => {
    const system = await lab.open(small, { store });
    const ref = system.ref('/counter');
    store.next('lost');
    store.refusals = 1;
    const lost = codeOf(ref.send({ type: 'add', n: 1 }));
    await until(() => store.opens === 2, 'the first attempt was refused');
    const other = await lab.open(small);
    await other.ref('/counter').send({ type: 'add', n: 10 });
    await other.stop();

    expect(await lost).toBe('STORE_WRITE_FAILED');
    await ref.send({ type: 'add', n: 100 });
    expect((await ref.snapshot()).context.seen).toEqual([10, 100]);
  });

  it('pauses between attempts, and in the end gives up', async () => {
    const system = await lab.open(tree(), { store, clock: hastyClock(200) });
    await system.ref('/worker').send({ type: 'work' });
    await until(() => outside.runs.length === 1, 'the step runs');
    const emissions = system.ref('/counter').emitted()[Symbol.asyncIterator]().next();
    const waiting = codeOf(system.ref('/counter').waitFor(() => false));
    await system.ref('/counter').send({ type: 'add', n: 7 });
    store.fate = 'lost';

    const lost = codeOf(system.ref('/counter').send({ type: 'add', n: 1 }));
    expect(await system.closed).toMatchObject({
      reason: 'store_failed',
      exitCode: 74,
      error: { code: 'STORE_WRITE_FAILED' },
    });
    expect(store.opens).toBe(11);
    expect(store.isOpen).toBe(false);
    expect(await lost).toBe('STORE_WRITE_FAILED');
    expect(await waiting).toBe('SYSTEM_STOPPING');
    expect(await emissions).toMatchObject({ value: { event: { total: 7 } } });
    expect(await codeOf(system.ref('/counter').send({ type: 'add', n: 1 }))).toBe(
      'SYSTEM_STOPPING',
    );
    expect(system.health()).toMatchObject({ status: 'closed', live: false });

    store.fate = 'landed';
    const next = await lab.open(tree());
    expect((await next.ref('/counter').snapshot()).context.seen).toEqual([7]);
  });

  it('says of a batch that it could never ask about that its outcome is unknown', async () => {
    const system = await lab.open(small, { store, clock: hastyClock(200) });
    store.refusals = 100;
    const held = store.hold('kept');
    const first = system.ref('/counter').send({ type: 'add', n: 1 });
    await held.reached;
    const second = system.ref('/counter').send({ type: 'add', n: 2 });
    held.go();

    await expect(first).rejects.toMatchObject({ facts: { outcome: 'unknown' } });
    await expect(second).rejects.toMatchObject({ facts: { outcome: 'not_accepted' } });
    expect((await system.closed).exitCode).toBe(74);
    const next = await lab.open(small);
    expect((await next.ref('/counter').snapshot()).context.seen).toEqual([1]);
  });

  it('gives up at once where another holds its lease', async () => {
    const system = await lab.open(small, { store });
    store.next('fenced');

    expect(await codeOf(system.ref('/counter').send({ type: 'add', n: 1 }))).toBe(
      'STORE_WRITE_FAILED',
    );
    expect(await system.closed).toMatchObject({ reason: 'store_failed', exitCode: 74 });
    expect(store.opens).toBe(1);
  });

  it('can be stopped meanwhile', async () => {
    const system = await lab.open(small, { store });
    store.next('lost');
    store.refusals = 100;
    const lost = codeOf(system.ref('/counter').send({ type: 'add', n: 1 }));
    await until(() => store.opens === 4, 'the store is being opened again');
    await system.stop({ deadlineMs: 1 });

    expect(await lost).toBe('STORE_WRITE_FAILED');
    expect((await system.closed).exitCode).toBe(74);
    expect(store.isOpen).toBe(false);
  });

  it('at its first open makes no system', async () => {
    store.fate = 'lost';
    expect(await codeOf(lab.open(small, { store }))).toBe('STORE_WRITE_FAILED');
    expect(store.isOpen).toBe(false);
    store.fate = 'landed';
    const system = await lab.open(small, { store });
    expect(await codeOf(system.ref('/counter').send({ type: 'add', n: 1 }))).toBe('resolved');
  });
});
